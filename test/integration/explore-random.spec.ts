/** Small playbooks by chance: exploring them slice by slice says what enumerating every state of the machine says. */
import { expect, test } from '@jest/globals';
import { compileMachines, type Machines } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { explore, replayCase, type ExploreReport } from '@cordon/proof';
import { chance, seedOfRun, type Chance } from '../support/random.js';

const PLAYBOOKS = 200;
/** Of one in so many, it is asked of every locked step as well whether what is said of it unlocks it. */
const EXPLAINED = 4;
/** Larger machines are drawn again: enumerating them would take minutes. */
const MAX_STATES = 150;
const T = { en: 'T' };

/** Draws blocks, and remembers the steps for later references. */
class Drawing {
  readonly steps: string[] = [];
  private left: number;

  constructor(private readonly dice: Chance) {
    this.left = dice.between(1, 4);
  }

  sequence(depth: number): object[] {
    const blocks: object[] = [];
    const earlier: string[] = [];
    const length = this.dice.between(1, depth === 0 ? 3 : 2);
    for (let i = 0; i < length && (this.left > 0 || blocks.length === 0); i += 1)
      blocks.push(...this.block(depth, earlier));
    return blocks;
  }

  private block(depth: number, earlier: string[]): object[] {
    const kind = this.dice.pick([
      'step',
      'step',
      'step',
      'decision',
      'approval',
      'parallel',
      'group',
      'graph',
      'failing',
    ]);
    if (depth > 1 || kind === 'step') return [this.step(earlier)];
    switch (kind) {
      case 'decision':
        return [this.decision(depth, earlier)];
      case 'approval': {
        const work = this.step(earlier, 'task');
        return [work, this.approval(earlier, (work as { task: string }).task)];
      }
      case 'parallel':
        return [{ parallel: [this.sequence(depth + 1), this.sequence(depth + 1)] }];
      case 'group':
        return [{ group: this.name('group'), ...this.when(), title: T, steps: this.sequence(depth + 1) }];
      case 'graph':
        return [this.graph()];
      default:
        return [this.failing(depth, earlier)];
    }
  }

  private step(earlier: string[], only?: string): object {
    const kind = only ?? this.dice.pick(['task', 'task', 'task', 'notice', 'action', 'wait']);
    const id = this.id(earlier);
    const common = {
      [kind]: id,
      title: T,
      role: 'doer',
      ...this.when(),
      ...this.mayBe(0.2, { optional: true }),
    };
    if (kind === 'notice') return { ...common, to: T };
    if (kind === 'action') return { ...common, do: 'notify' };
    if (kind === 'wait') return { ...common, ...this.dice.pick([{ for: 'PT1H' }, { until: this.guard() }]) };
    return {
      ...common,
      ...this.mayBe(0.15, { duty: 'told' }),
      ...this.mayBe(0.1, { evidence: { min: 1 } }),
      ...this.mayBe(0.2, {
        form: [{ id: 'asked', type: 'yesno', title: T, fact: this.fact(), required: true }],
      }),
    };
  }

  private decision(depth: number, earlier: string[]): object {
    const id = this.id(earlier);
    const bound = this.mayBe(0.4, { max: 1 });
    const answers = this.dice.pick<() => object[]>([
      () => [{ id: 'a', then: this.sequence(depth + 1) }, { id: 'b' }],
      () => [
        { id: 'a', set: { [this.fact()]: this.dice.pick(['yes', 'no']) } },
        { id: 'b', repeat: this.dice.pick(earlier), ...bound },
      ],
      () => [
        { id: 'a', when: this.guard() },
        { id: 'b', ...this.mayBe(0.5, { waives: 'told' }) },
      ],
      () => [
        { id: 'a', then: this.sequence(depth + 1), again: true, ...bound },
        ...this.dice.pick([[{ id: 'b' }], []]),
      ],
      () => [
        { id: 'a', when: this.guard(), repeat: this.dice.pick(earlier), max: 1 },
        { id: 'b', ...this.mayBe(0.5, { repeat: this.dice.pick(earlier), ...bound }) },
      ],
    ])();
    return {
      decision: id,
      title: T,
      role: 'doer',
      ...this.when(),
      answers: answers.map((answer) => ({ ...answer, title: T })),
    };
  }

  private approval(earlier: string[], work: string): object {
    const refused = { repeat: work, ...this.mayBe(0.3, { max: 1 }) };
    return {
      approval: this.id(earlier),
      title: T,
      role: 'approver',
      count: this.dice.between(1, 2),
      covers: [work],
      ...this.mayBe(0.4, { facts: [this.fact()] }),
      refused,
      ...this.when(),
    };
  }

  private failing(depth: number, earlier: string[]): object {
    const back = earlier.length > 0 && this.dice.happens(0.5) ? this.dice.pick(earlier) : undefined;
    const step = this.step(earlier, 'task');
    const failed =
      back === undefined
        ? { then: this.sequence(depth + 1) }
        : { repeat: back, ...this.mayBe(0.5, { max: 1 }) };
    return { ...step, failed, ...this.mayBe(0.3, { timeout: 'PT1H' }) };
  }

  private graph(): object {
    const [a, b] = [
      this.step([], 'task'),
      this.dice.happens(0.5) ? this.step([], 'task') : this.plainDecision(),
    ];
    const [first, second] = [this.steps.at(-2) ?? '', this.steps.at(-1) ?? ''];
    const outcome = this.dice.pick(['done', 'failed'] as const);
    const last = this.dice.pick([
      [{ step: first, outcome }],
      [{ step: second, ...('decision' in b ? { answer: 'a' } : {}) }, first],
    ]);
    return {
      graph: this.name('graph'),
      steps: [a, { ...b, ...this.mayBe(0.5, { after: [first] }) }, { ...this.step([], 'task'), after: last }],
    };
  }

  private plainDecision(): object {
    const answers = ['a', 'b'].map((id) => ({ id, title: T }));
    return { decision: this.id([]), title: T, role: 'doer', answers };
  }

  private when(): object {
    return this.dice.happens(0.35) ? { when: this.guard() } : {};
  }

  guard(): object {
    const one = (): object =>
      this.dice.pick([
        { fact: 'f', is: 'yes' },
        { fact: 'f', is: 'no' },
        { fact: 'f', known: true },
        { fact: 'g', is: 'yes' },
        { fact: 'f', known: false },
      ]);
    return this.dice.happens(0.75)
      ? one()
      : this.dice.pick([{ all: [one(), one()] }, { any: [one(), one()] }, { not: one() }]);
  }

  private fact(): string {
    return this.dice.happens(0.8) ? 'f' : 'g';
  }

  private mayBe(probability: number, extra: object): object {
    return this.dice.happens(probability) ? extra : {};
  }

  private id(earlier: string[]): string {
    this.left -= 1;
    const id = `s${this.steps.length + 1}`;
    earlier.push(id);
    this.steps.push(id);
    return id;
  }

  private name(kind: string): string {
    this.left -= 1;
    return `${kind}-${this.steps.length + 1}-${this.left + 9}`;
  }
}

function draw(dice: Chance): string {
  const drawing = new Drawing(dice);
  const two = dice.happens(0.3);
  const phases = [{ id: 'one', title: T, steps: drawing.sequence(0) }];
  if (two) phases.push({ id: 'two', title: T, steps: drawing.sequence(1) });
  if (dice.happens(0.15))
    phases[0]?.steps.push({
      each: 'system',
      id: 'each-one',
      steps: [{ task: 'per-system', title: T, role: 'doer' }],
    });
  const { steps } = drawing;
  const whens = [{}, { when: drawing.guard() }];
  return JSON.stringify({
    cordon: 1,
    id: 'random',
    version: '1.0.0',
    languages: ['en'],
    title: T,
    summary: T,
    roles: ['doer', 'approver'].map((id) => ({ id, title: T })),
    facts: ['f', 'g'].map((id) => ({ id, type: 'yesno', title: T })),
    phases,
    flow: phases.map(({ id }) => id),
    duties: JSON.stringify(phases).includes('told') ? [{ id: 'told', title: T, ...dice.pick(whens) }] : [],
    closure: dice.happens(0.2) ? [{ id: 'settled', title: T, when: drawing.guard() }] : [],
    properties: [
      {
        id: 'first',
        title: T,
        at: dice.pick([...steps, 'close']),
        needs: [dice.pick(steps)],
        ...dice.pick(whens),
      },
    ].filter(({ at, needs }) => at !== needs[0]),
  });
}

/** A playbook that the checks let pass and whose machine is small enough; undefined else. */
function compiled(source: string): Machines | undefined {
  const { playbook, findings } = parsePlaybook(source);
  return playbook && findings.every(({ severity }) => severity !== 'error')
    ? compileMachines(playbook, 'digest')
    : undefined;
}

const verdicts = ({ properties }: ExploreReport) =>
  Object.fromEntries(properties.map(({ id, verdict }) => [id, verdict]));

test('slices and plain enumeration give the same verdict on every property of 200 playbooks; every case replays, and is the shortest where it says so', () => {
  const seed = seedOfRun();
  let tried = 0;
  let violated = 0;
  for (let compared = 0; compared < PLAYBOOKS; tried += 1) {
    const source = draw(chance(seed + tried));
    const machines = compiled(source);
    if (!machines) continue;
    const explain = compared % EXPLAINED === 0;
    const plain = explore(machines, {
      reduction: 'none',
      explain,
      maxStates: MAX_STATES,
      shortestEffort: 0,
    });
    if (plain.bound !== undefined) continue;
    compared += 1;
    const sliced = explore(machines, { explain, shortestEffort: 2_000 });
    const about = `CORDON_SEED=${seed}, playbook ${tried}: ${source}`;
    expect({ about, ...verdicts(sliced) }).toEqual({ about, ...verdicts(plain) });
    // Wherever any run unlocks a step, doing what is said of it does: in every playbook, whatever else is wrong with it.
    if (explain) expect([about, verdicts(plain)['explained']]).toEqual([about, 'holds']);
    for (const { case: found } of [...sliced.properties, ...plain.properties]) {
      if (!found) continue;
      violated += 1;
      expect({ about, ...replayCase(machines, found) }).toMatchObject({ about, breaks: true });
    }
    for (const { id, case: found } of sliced.properties) {
      if (!found?.shortest) continue;
      const least = plain.properties.find((one) => one.id === id)?.case?.events.length ?? 0;
      expect({ about, id, events: found.events.length <= least }).toEqual({ about, id, events: true });
    }
  }
  // Chance that draws nothing wrong would prove nothing.
  expect(violated).toBeGreaterThan(PLAYBOOKS / 10);
}, 600_000);

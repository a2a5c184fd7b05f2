/** The blocks of a playbook by chance: every construct of the language, each in the others. */
import type { Chance } from './random.js';

export const TITLE = { en: 'T' };

/** Yes/no facts that conditions read and forms set. */
export const FACTS = ['alpha', 'beta', 'gamma'] as const;

type Block = Record<string, unknown>;
export type Draw = Pick<Chance, 'between' | 'pick' | 'happens'>;

/** Where a sequence stands. */
interface Place {
  readonly depth: number;
  /** Steps of this sequence so far: where it may go back to. */
  readonly earlier: string[];
  /** Steps only, done per system. */
  readonly perSystem?: true;
  /** The step stands in a graph itself. */
  readonly inGraph?: true;
}

interface Limits {
  /** So many steps or a few more. */
  readonly left: number;
  /** Before every id. */
  readonly prefix: string;
  /** The playbook has working hours. */
  readonly hours: boolean;
  /** It has no duties. */
  readonly plain: boolean;
}

export class Blocks {
  /** Steps that others may count from or cover. */
  steps: string[] = [];
  readonly duties = new Set<string>();
  /** Duties that the playbooks used bring along. */
  readonly dutiesUsed = new Set<string>();
  private count = 0;
  private left: number;

  constructor(
    private readonly draw: Draw,
    private readonly limits: Limits,
    /** Writes a playbook to be used, and says which duties it brings; absent where none is used. */
    private readonly sub?: (name: string) => readonly string[],
  ) {
    this.left = limits.left;
  }

  sequence(depth: number, most = 3): Block[] {
    const place: Place = { depth, earlier: [] };
    const blocks: Block[] = [];
    const length = this.draw.between(1, most);
    while (blocks.length < length && (this.left > 0 || blocks.length === 0))
      blocks.push(...this.block(place));
    return blocks;
  }

  /** What is done for every affected system, with the moves among them. */
  each(moves: readonly string[]): Block {
    const id = this.name('each');
    const place: Place = { depth: 9, earlier: [], perSystem: true };
    const steps: Block[] = moves.length === 0 ? [this.simple(place, 'task')] : [];
    for (const move of moves) {
      if (this.draw.happens(0.4)) steps.push(...this.perSystem(place));
      const own = this.id(place);
      const back = this.draw.happens(0.2) ? { failed: this.back(own, place) } : {};
      const more = { ...this.evidence(0.15), ...this.timeout(0.1), ...back };
      steps.push({ task: own, title: TITLE, role: 'doer', move, ...more });
    }
    return { each: 'system', id, steps };
  }

  /** A step that is open from the start to the end. */
  anytime(): Block {
    const place: Place = { depth: 9, earlier: [], inGraph: true };
    const {
      when: _when,
      timeout: _timeout,
      ...step
    } = this.simple(place, this.draw.pick(['task', 'notice']));
    return step;
  }

  guard(depth = 0): unknown {
    const fact = this.draw.pick(FACTS);
    const one = (): unknown =>
      this.draw.pick<unknown>([
        { fact, is: 'yes' },
        { fact, is: 'no' },
        { fact, isNot: 'yes' },
        { fact, known: true },
        { fact, known: false },
        { fact: 'size', atLeast: 3 },
        { fact: 'mood', is: 'calm' },
        `${fact} == "yes"`,
        `${fact} != "no" || size > 2`,
        `known(${fact}) && mood in ["calm", "wild"]`,
      ]);
    if (depth > 1 || !this.draw.happens(0.25)) return one();
    const [a, b] = [this.guard(depth + 1), this.guard(depth + 1)];
    return this.draw.pick<unknown>([{ all: [a, b] }, { any: [a, b] }, { not: a }]);
  }

  private perSystem(place: Place): Block[] {
    const kind = this.draw.pick(['task', 'action', 'wait', 'decision', 'approval'] as const);
    if (kind === 'decision') return [this.decision(place)];
    if (kind !== 'approval') return [this.simple(place, kind)];
    const work = this.simple(place, 'task');
    return [work, this.approval(place, String(work.task))];
  }

  private block(place: Place): Block[] {
    const { depth } = place;
    const leaf = ['task', 'task', 'notice', 'action', 'wait'] as const;
    const step = ['decision', 'approval', 'failing'] as const;
    const nest = ['group', 'parallel', 'graph', 'eachGroup', 'playbook', 'each'] as const;
    const kind = this.draw.pick(depth > 3 || this.left <= 0 ? leaf : [...leaf, ...step, ...step, ...nest]);
    switch (kind) {
      case 'decision':
        return [this.decision(place)];
      case 'approval': {
        const work = this.simple(place, 'task');
        return [work, this.approval(place, String(work.task))];
      }
      case 'failing':
        return [this.failing(place)];
      case 'group':
        return [
          {
            group: this.name('group'),
            ...this.some(0.5, () => ({ title: TITLE })),
            ...this.when(0.4),
            steps: this.sequence(depth + 1),
          },
        ];
      case 'parallel': {
        const branches = Array.from({ length: this.draw.between(2, 3) }, () => this.sequence(depth + 1));
        return [{ parallel: branches, ...this.some(0.3, () => ({ id: this.name('par') })) }];
      }
      case 'graph':
        return [this.graph(depth)];
      case 'eachGroup':
        return [this.eachGroup(depth)];
      case 'playbook':
        return [this.playbook(place)];
      case 'each':
        return [this.simple(place, 'task')];
      default:
        return [this.simple(place, kind)];
    }
  }

  private simple(place: Place, kind: 'task' | 'notice' | 'action' | 'wait'): Block {
    const common = this.common(kind, place);
    const id = this.id(place);
    const head = { [kind]: id, title: TITLE, role: 'doer', ...common };
    if (kind === 'notice') return { ...head, to: TITLE };
    if (kind === 'action') return { ...head, do: 'notify', with: { text: TITLE } };
    if (kind === 'wait')
      return { ...head, ...this.draw.pick<object>([{ for: 'PT1H' }, { until: this.guard() }]) };
    return head;
  }

  private common(kind: string, { perSystem, inGraph }: Place): Block {
    const proof = kind === 'task' || kind === 'notice';
    const reasons = [
      { id: 'duplicate', title: TITLE },
      { id: 'late', title: TITLE },
    ];
    const leave = this.draw.pick<object>([
      { optional: true },
      { skip: { roles: ['approver'], reasons } },
      { skip: { roles: ['doer'] } },
    ]);
    const field = this.draw.pick<object>([
      { id: 'asked', type: 'yesno', fact: this.draw.pick(FACTS), required: true },
      { id: 'many', type: 'number', fact: 'size' },
      {
        id: 'mood',
        type: 'choice',
        fact: 'mood',
        options: ['calm', 'wild'].map((id) => ({ id, title: TITLE })),
      },
      { id: 'note', type: 'text', required: true },
    ]);
    return {
      ...this.when(0.2),
      ...this.some(0.25, () => leave),
      ...this.some(0.25, () => ({ form: [{ ...field, title: TITLE }] })),
      ...this.some(0.2, () => ({ due: this.due() })),
      ...this.some(0.2, () => ({ keep: true })),
      ...(kind === 'wait' ? {} : this.timeout(0.12)),
      ...(proof ? this.evidence(0.15) : {}),
      ...(proof && !perSystem && !inGraph && !this.limits.plain
        ? this.some(0.12, () => ({ duty: this.duty() }))
        : {}),
    };
  }

  private decision(place: Place): Block {
    const common = this.common('decision', place);
    const id = this.id(place);
    const max = (probability: number): object =>
      this.some(probability, () => ({ max: this.draw.between(1, 3) }));
    const back = (): string => (place.inGraph ? id : this.draw.pick(place.earlier));
    const branch = (): object =>
      place.perSystem ? {} : { then: [...this.needed(), ...this.sequence(place.depth + 1, 2)] };
    const set = (): object => ({
      set: this.draw.pick<object>([{ [this.draw.pick(FACTS)]: this.draw.pick(['yes', 'no']) }, { size: 4 }]),
    });
    const self = (): object => ({ when: this.guard() });
    const round = (): object => (place.perSystem ? { again: true } : { ...branch(), again: true });
    const answers = this.draw.pick<() => object[]>([
      () => [{ id: 'a', ...branch() }, { id: 'b' }],
      () => [
        { id: 'a', ...this.some(0.5, set) },
        { id: 'b', repeat: back(), ...max(0.6) },
      ],
      () => [{ id: 'a' }, { id: 'b', ...round(), ...max(0.6) }],
      () => [
        { id: 'a', ...self(), ...this.some(0.4, set) },
        { id: 'b', ...self(), ...branch() },
      ],
      () => [{ id: 'a', ...this.some(0.5, self) }, this.selfRepeat(place, id)],
      () => [
        { id: 'a', ...set() },
        place.perSystem ? { id: 'b' } : { id: 'b', ...self(), ...round(), max: this.draw.between(1, 3) },
      ],
      () => [
        { id: 'a', ...branch(), ...this.some(0.4, self) },
        { id: 'b', ...round(), ...max(0.4) },
        { id: 'c', repeat: back(), ...max(0.4) },
      ],
    ])();
    const failed = this.draw.happens(0.15) && !place.inGraph ? { failed: this.failure(id, place) } : {};
    return {
      decision: id,
      title: TITLE,
      role: 'doer',
      ...common,
      ...failed,
      answers: answers.map((answer) => ({ ...answer, title: TITLE })),
    };
  }

  /** Goes back by itself where the step before it is one that somebody does. */
  private selfRepeat(place: Place, id: string): object {
    const target = place.inGraph ? id : this.draw.pick(place.earlier);
    const own = { when: this.guard(), max: this.draw.between(1, 3) };
    return { id: 'b', repeat: target, ...(target === id ? { max: own.max } : own) };
  }

  /** A step that somebody has to do, so that what comes round by itself ends. */
  private needed(): Block[] {
    return [{ task: this.id({ depth: 9, earlier: [] }), title: TITLE, role: 'doer' }];
  }

  private approval(place: Place, work: string): Block {
    const common = this.draw.happens(0.3) ? this.common('approval', place) : {};
    const { timeout: _timeout, keep, ...rest } = common;
    const needed = this.draw.happens(0.2)
      ? { roles: ['doer', 'approver'], oneOfEach: true }
      : { role: 'approver', count: this.draw.between(1, 2) };
    const facts = [...FACTS, 'size'].filter(() => this.draw.happens(0.3));
    const late = this.draw.happens(0.2) ? { timeout: 'PT2H' } : {};
    const failed =
      'timeout' in late && !place.inGraph ? this.some(0.5, () => ({ failed: this.back(work, place) })) : {};
    const refused = { repeat: work, ...this.some(0.4, () => ({ max: this.draw.between(1, 2) })) };
    const covers = [work, ...this.some2(0.2, () => this.draw.pick([work, ...this.steps]))];
    const id = this.id(place);
    return {
      ...{ approval: id, title: TITLE, ...needed },
      covers: [...new Set(covers)],
      ...(facts.length > 0 ? { facts } : {}),
      refused,
      ...late,
      ...failed,
      ...(keep === undefined ? {} : { keep }),
      ...rest,
    };
  }

  private failing(place: Place): Block {
    const step = this.simple(place, this.draw.pick(['task', 'notice', 'action']));
    const id = String(step.task ?? step.notice ?? step.action);
    return { ...step, failed: this.failure(id, place) };
  }

  private failure(id: string, place: Place): object {
    if (place.perSystem || place.depth > 3 || this.draw.happens(0.5)) return this.back(id, place);
    return { then: this.sequence(place.depth + 1, 2) };
  }

  private back(id: string, place: Place): object {
    const repeat = this.draw.pick([...place.earlier, id]);
    return { repeat, ...this.some(0.6, () => ({ max: this.draw.between(1, 2) })) };
  }

  private graph(depth: number): Block {
    const nodes: Block[] = [];
    const ids: { readonly id: string; readonly kind: string; readonly answers: readonly string[] }[] = [];
    const refusals: string[] = [];
    const length = this.draw.between(2, 5);
    for (let i = 0; i < length; i += 1) {
      const block = this.node(depth);
      const kind = Object.keys(block).find((key) => NAMES.includes(key)) ?? 'parallel';
      const id = String(kind === 'parallel' ? block.id : kind === 'each' ? block.id : block[kind]);
      const after: unknown[] = [];
      for (const before of ids)
        if (this.draw.happens(1.4 / ids.length)) after.push(this.end(before, refusals));
      nodes.push(after.length > 0 ? { ...block, after } : block);
      const answers = kind === 'decision' ? lastAnswers(block) : [];
      ids.push({ id, kind, answers });
    }
    for (const { id, kind } of ids) {
      if (kind !== 'approval' || refusals.includes(id)) continue;
      const task = this.simple({ depth: 9, earlier: [], inGraph: true }, 'task');
      nodes.push({ ...task, after: [{ step: id, outcome: 'refused' }] });
    }
    return { graph: this.name('graph'), steps: nodes };
  }

  private node(depth: number): Block {
    const place: Place = { depth: depth + 1, earlier: [], inGraph: true };
    const kind = this.draw.pick([
      'task',
      'task',
      'action',
      'wait',
      'decision',
      'approval',
      'nested',
    ] as const);
    if (kind === 'decision') return this.decision(place);
    if (kind === 'approval') {
      const work = this.steps.at(-1);
      if (work !== undefined) {
        const { refused: _refused, ...approval } = this.approval(place, work);
        return approval;
      }
    }
    if (kind !== 'nested' || depth > 2)
      return this.simple(place, kind === 'approval' || kind === 'nested' ? 'task' : kind);
    return this.draw.pick<() => Block>([
      () => ({ group: this.name('group'), ...this.when(0.3), steps: this.sequence(depth + 2) }),
      () => ({ parallel: [this.sequence(depth + 2, 2), this.sequence(depth + 2, 2)], id: this.name('par') }),
      () => this.graph(depth + 1),
      () => this.eachGroup(depth + 1),
    ])();
  }

  private end(
    { id, kind, answers }: { id: string; kind: string; answers: readonly string[] },
    refusals: string[],
  ): unknown {
    const plain: unknown[] = [id, { step: id, outcome: 'done' }];
    if (kind === 'decision') return this.draw.pick([...plain, { step: id, answer: this.draw.pick(answers) }]);
    if (kind === 'approval') {
      const outcome = this.draw.pick(['approved', 'refused']);
      if (outcome === 'refused') refusals.push(id);
      return { step: id, outcome };
    }
    if (kind === 'task' || kind === 'action' || kind === 'notice')
      return this.draw.pick([...plain, { step: id, outcome: 'failed' }]);
    return this.draw.pick(plain);
  }

  /** What is in it has other ids once it is laid out, so nothing outside names it. */
  private eachGroup(depth: number): Block {
    const outside = this.steps;
    this.steps = [];
    const groups = ['staff', 'clients'].slice(0, this.draw.between(1, 2)).map((id) => ({ id, title: TITLE }));
    const block = { each: 'group', id: this.name('tell'), groups, steps: this.sequence(depth + 1) };
    this.steps = outside;
    this.left -= 1;
    return block;
  }

  private playbook(place: Place): Block {
    if (!this.sub) return this.simple(place, 'task');
    const name = this.name('sub');
    const id = `used-${name}`;
    for (const duty of this.sub(id)) this.dutiesUsed.add(duty);
    this.left -= 4;
    return { playbook: name, title: TITLE, use: { id, version: '1.0.0' } };
  }

  private due(): object {
    const from = this.draw.pick<unknown>([
      ...['ready', 'aware', 'opened', 'onset', { fact: 'moment' }],
      this.steps.length > 0 ? { step: this.draw.pick(this.steps) } : 'ready',
    ]);
    return {
      within: 'PT1H',
      from,
      remind: ['PT10M'],
      escalate: [{ after: 'PT10M', to: 'doer' }],
      ...(this.limits.hours ? this.some(0.4, () => ({ working: true })) : {}),
    };
  }

  private duty(): string {
    const id = `${this.limits.prefix}duty-${this.draw.between(1, 2)}`;
    this.duties.add(id);
    return id;
  }

  private evidence(probability: number): object {
    return this.some(probability, () => ({ evidence: { min: this.draw.between(1, 2), title: TITLE } }));
  }

  private timeout(probability: number): object {
    return this.some(probability, () => ({ timeout: 'PT2H' }));
  }

  private when(probability: number): object {
    return this.some(probability, () => ({ when: this.guard() }));
  }

  private some(probability: number, make: () => object): object {
    return this.draw.happens(probability) ? make() : {};
  }

  private some2<T>(probability: number, make: () => T): T[] {
    return this.draw.happens(probability) ? [make()] : [];
  }

  private id({ earlier, perSystem }: Place): string {
    this.count += 1;
    this.left -= 1;
    const id = `${this.limits.prefix}s${this.count}`;
    earlier.push(id);
    if (!perSystem) this.steps.push(id);
    return id;
  }

  private name(kind: string): string {
    this.count += 1;
    return `${this.limits.prefix}${kind}${this.count}`;
  }
}

/** Answers of a decision that do not go back: with which it may end. */
function lastAnswers(decision: Block): readonly string[] {
  const answers = decision.answers as { id: string; repeat?: string; again?: boolean }[];
  return answers.flatMap(({ id, repeat, again }) => (repeat === undefined && !again ? [id] : []));
}

const NAMES = [
  'task',
  'notice',
  'action',
  'wait',
  'decision',
  'approval',
  'group',
  'graph',
  'each',
  'playbook',
];

/**
 * Playbooks by chance, walked by chance: by people with and without the right roles, by the clock, by actions that answer
 * late, through migrations and back. What holds of every incident is asked after every event. `CORDON_SEED` gives the
 * same run again, `CORDON_PLAYBOOKS` a longer one.
 */
import { expect, test } from '@jest/globals';
import {
  changedTaskRows,
  compileMachines,
  decide,
  instances,
  isOpen,
  openState,
  statusOf,
  type Decision,
  type IncidentState,
  type Machines,
  type TaskRow,
} from '@cordon/engine';
import { canonicalJson, type Json } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';
import fc from 'fast-check';
import { ApprovalWatch } from '../support/approval-watch.js';
import { finished } from '../support/finish-incident.js';
import { acceptFaults, faultsOf, refusalFaults } from '../support/incident-invariants.js';
import { mapTo, nextVersion } from '../support/mutate-playbook.js';
import { chance, seedOfRun, type Chance } from '../support/random.js';
import { drawPlaybook, type Written } from '../support/random-playbook.js';
import { anything, ask, lead, OPENED, second } from '../support/wander.js';

const PLAYBOOKS = Number(process.env['CORDON_PLAYBOOKS'] ?? 60);
const EVENTS = 60;
const MINUTE = 60_000;
const AT = OPENED;

/** One incident on its way, with all that is collected along it. */
class Wandering {
  machines: Machines;
  state: IncidentState;
  readonly counts = { events: 0, accepted: 0, moves: 0, lapses: 0, slowestMs: 0 };
  private readonly approvals = new ApprovalWatch();
  private inbox = new Map<string, TaskRow>();
  private readonly keys = new Set<string>();
  private version = 0;

  constructor(
    private written: Written,
    private readonly dice: Chance,
  ) {
    const { playbook } = parsePlaybook(written.text, written.sources);
    if (!playbook) throw new Error('the playbook parses');
    this.machines = compileMachines(playbook, 'version 0');
    const systems = dice.happens(0.5) ? [{ id: 'sys-0', name: 'S' }] : [];
    const opening = { at: OPENED, by: 'lead', awareAt: OPENED, facts: {}, systems };
    const { state, effects } = openState(this.machines, opening);
    this.state = state;
    this.collect(
      undefined,
      effects.map(({ key }) => key),
    );
  }

  /** One more event; returns what does not hold after it. */
  step(): readonly string[] {
    this.counts.events += 1;
    const at = OPENED + this.counts.events * MINUTE;
    if (this.state.status === 'open' && this.dice.happens(0.03)) return this.move(at);
    const scene = { machines: this.machines, state: this.state, draw: this.dice };
    const asked = anything(scene);
    const started = performance.now();
    const decision = ask(scene, asked, at);
    this.counts.slowestMs = Math.max(this.counts.slowestMs, performance.now() - started);
    if (this.dice.happens(0.05) && canonical(ask(scene, asked, at)) !== canonical(decision))
      return ['the same input gave another output'];
    return [...refusalFaults(decision), ...this.take(decision, at)];
  }

  close(at: number): IncidentState {
    return finished(this.machines, this.state, this.dice, at);
  }

  /** To the next version, proposed by one coordinator and signed off by another. */
  private move(at: number): readonly string[] {
    const next = nextVersion(this.written, this.version + 1, this.dice);
    if (!next) return [];
    this.version += 1;
    const target = compileMachines(next.playbook, `version ${this.version}`);
    const map = mapTo(this.machines, target, this.state, this.dice);
    const event = { type: 'incident.migrate', data: { version: `1.0.${this.version}`, map } };
    let decision: Decision | undefined;
    for (const who of [lead, second]) {
      decision = decide(this.machines, this.state, event, who, at, target);
      if (decision.outcome === 'rejected')
        return [`the move is refused: ${JSON.stringify(decision.rejection)}`];
      this.state = decision.state;
    }
    if (!decision) return [];
    this.counts.moves += 1;
    this.machines = target;
    this.written = next;
    this.inbox = new Map();
    return this.take(decision, at, true);
  }

  private take(decision: Decision, at: number, anew = false): readonly string[] {
    if (decision.outcome === 'rejected') return [];
    this.counts.accepted += 1;
    const before = this.state;
    this.state = decision.state;
    const keys = decision.effects.map(({ key }) => key);
    if (anew) this.approvals.forget();
    const watched = this.approvals.look(this.machines, this.state);
    this.counts.lapses = this.approvals.lapses;
    const faults = [
      ...watched,
      ...this.collect(anew ? undefined : before, keys),
      ...faultsOf(this.machines, anew ? this.state : before, this.state),
    ];
    if (this.dice.happens(0.1)) {
      const one = this.dice.pick(instances(this.machines.plan, this.state));
      faults.push(...acceptFaults(this.machines, this.state, one, this.dice, at));
    }
    if (this.dice.happens(0.04)) this.close(at);
    return faults;
  }

  /** Rows of the inbox by difference, and the keys of effects. */
  private collect(before: IncidentState | undefined, keys: readonly string[]): string[] {
    const { plan } = this.machines;
    const faults = keys
      .filter((key) => this.keys.has(key))
      .map((key) => `the effect ${key} is asked for twice`);
    for (const key of keys) this.keys.add(key);
    for (const row of changedTaskRows(plan, before, this.state)) this.inbox.set(row.step, row);
    const whole = new Map(changedTaskRows(plan, undefined, this.state).map((row) => [row.step, row]));
    for (const [step, row] of whole) {
      if (canonical(row) !== canonical(this.inbox.get(step)))
        faults.push(`the inbox row of ${step} is not that of the state`);
    }
    for (const { step, status } of this.inbox.values()) {
      if (!whole.has(step) && isOpen(status))
        faults.push(`the inbox row of ${step} is open, and the step is not`);
    }
    return faults;
  }
}

function canonical(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value ?? null)) as Json);
}

test('every playbook that the checks let pass keeps its promises after every event, and can always be closed', () => {
  const seed = seedOfRun();
  const total = { drawn: 0, playbooks: 0, events: 0, accepted: 0, moves: 0, lapses: 0, slowestMs: 0 };
  for (; total.playbooks < PLAYBOOKS; total.drawn += 1) {
    const dice = chance(seed + total.drawn);
    const written = drawPlaybook(dice, { most: dice.between(6, 24) });
    if (!parsePlaybook(written.text, written.sources).playbook) continue;
    total.playbooks += 1;
    const about = `CORDON_SEED=${seed + total.drawn} CORDON_PLAYBOOKS=1: ${written.text}`;
    try {
      const one = new Wandering(written, dice);
      for (let events = 0; events < EVENTS; events += 1) {
        const faults = one.step();
        if (faults.length > 0) throw new Error(faults.join('; '));
      }
      expect(one.close(OPENED + EVENTS * MINUTE).status).toBe('closed');
      for (const count of ['events', 'accepted', 'moves', 'lapses'] as const)
        total[count] += one.counts[count];
      total.slowestMs = Math.max(total.slowestMs, one.counts.slowestMs);
    } catch (error) {
      throw new Error(about, { cause: error });
    }
  }
  // Chance that is refused mostly, or never moves an incident, would prove little.
  expect(total.playbooks / total.drawn).toBeGreaterThan(0.9);
  if (PLAYBOOKS < 20) return;
  expect(total.accepted / total.events).toBeGreaterThan(0.25);
  expect(total.moves).toBeGreaterThan(PLAYBOOKS / 4);
  expect(total.lapses).toBeGreaterThan(PLAYBOOKS / 8);
  if (process.env['CORDON_PLAYBOOKS'] !== undefined) process.stdout.write(`${JSON.stringify(total)}\n`);
}, 600_000);

function compiled(source: string): Machines {
  const { playbook, findings } = parsePlaybook(source);
  if (!playbook) throw new Error(JSON.stringify(findings));
  return compileMachines(playbook, 'digest');
}

function openOf(machines: Machines, state: IncidentState): readonly { readonly id: string }[] {
  return instances(machines.plan, state).filter((one) => isOpen(statusOf(one.record)));
}

test('steps after a parallel open when its last branch has ended, and not before', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      (width, order) => {
        const { machines, state, complete, status } = parallelOf(width);
        const ids = Array.from({ length: width }, (_, i) => `t${i}`);
        const shuffled = ids.map((id, i) => [order[i] ?? 0, id] as const).sort(([a], [b]) => a - b);
        let now = state;
        for (const [, id] of shuffled) {
          expect(status(now, 'after')).toBe('cannot_start');
          now = complete(now, id);
        }
        expect(openOf(machines, now).map((one) => one.id)).toEqual(['after']);
      },
    ),
  );
});

function parallelOf(width: number) {
  const step = (id: string) => ({ task: id, title: { en: 'T' }, role: 'doer' });
  const machines = compiled(
    JSON.stringify({
      cordon: 1,
      id: 'wide',
      version: '1.0.0',
      languages: ['en'],
      title: { en: 'T' },
      summary: { en: 'T' },
      roles: [{ id: 'doer', title: { en: 'T' } }],
      phases: [
        {
          id: 'main',
          title: { en: 'T' },
          steps: [{ parallel: Array.from({ length: width }, (_, i) => [step(`t${i}`)]) }, step('after')],
        },
      ],
      flow: ['main'],
    }),
  );
  const { state } = openState(machines, { at: AT, by: 'lead', awareAt: AT, facts: {}, systems: [] });
  const complete = (now: IncidentState, id: string): IncidentState => {
    const decision = decide(machines, now, { type: 'step.complete', step: id }, lead, AT);
    if (decision.outcome === 'rejected') throw new Error(JSON.stringify(decision.rejection));
    return decision.state;
  };
  const status = (now: IncidentState, id: string) =>
    statusOf(instances(machines.plan, now).find((one) => one.id === id)?.record);
  return { machines, state, complete, status };
}

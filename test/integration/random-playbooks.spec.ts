/** Playbooks by chance, walked by chance. What holds of every incident is asked after every event. */
import { expect, test } from '@jest/globals';
import {
  acceptedBy,
  armedTimers,
  changedTaskRows,
  compileMachines,
  decide,
  instances,
  isOpen,
  openState,
  statusOf,
  whyLocked,
  type Actor,
  type Decision,
  type IncidentEvent,
  type IncidentState,
  type Instance,
  type Machines,
  type TaskRow,
} from '@cordon/engine';
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';
import fc from 'fast-check';
import { FACTS, randomPlaybook } from '../support/random-playbook.js';

const AT = Date.parse('2026-03-24T02:00:00Z');
const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator'] };
const approvers: readonly Actor[] = ['ann', 'bob'].map((id) => ({ type: 'person', id, roles: ['approver'] }));
const cordon: Actor = { type: 'system', id: 'cordon', roles: [] };

const STEP_EVENTS = [
  'step.start',
  'step.complete',
  'step.skip',
  'step.problem',
  'step.reopen',
  'task.accept',
];
const APPROVALS = ['approval.approve', 'approval.refuse'];

function compiled(source: string): Machines {
  const { playbook, findings } = parsePlaybook(source);
  expect(findings).toEqual([]);
  if (!playbook) throw new Error('the playbook parses');
  return compileMachines(playbook, 'digest');
}

/** The next of a list of numbers, over and over: the walk is a function of what fast-check drew. */
function dice(rolls: readonly number[]): (sides: number) => number {
  let at = 0;
  return (sides) => {
    const roll = rolls[at % rolls.length] ?? 0;
    at += 1;
    return (roll + at) % sides;
  };
}

type Roll = ReturnType<typeof dice>;

function pick<T>(items: readonly T[], roll: Roll): T {
  const item = items[roll(items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

function openOf(machines: Machines, state: IncidentState): readonly Instance[] {
  return instances(machines.plan, state).filter((one) => isOpen(statusOf(one.record)));
}

function dataFor(type: string, { planned }: Instance, roll: Roll, forward: boolean): JsonObject {
  if (type !== 'step.complete')
    return type === 'step.start' || type === 'task.accept' ? {} : { reason: 'so it is' };
  const { step } = planned;
  const output: Record<string, Json> = {};
  for (const field of step.form) output[field.id] = pick(['yes', 'no', 'unknown'], roll);
  if (step.kind === 'decision') {
    const answers = step.answers.filter((answer) => !forward || answer.repeat === undefined);
    output.answer = pick(answers, roll).id;
  }
  return { output };
}

/** Brings an open step to its end. */
function advance(
  machines: Machines,
  state: IncidentState,
  one: Instance,
  roll: Roll,
  forward: boolean,
  at: number,
): Decision {
  const { step } = one.planned;
  if (step.kind === 'approval') {
    const who = approvers.find(({ id }) => !one.record?.approvedBy?.includes(id)) ?? lead;
    const type = !forward && roll(4) === 0 ? 'approval.refuse' : 'approval.approve';
    return decide(machines, state, { type, step: one.id, data: { reason: 'r' } }, who, at);
  }
  if (step.kind === 'action' && one.record?.status === 'in_progress' && roll(2) === 0) {
    const rounds = one.system === undefined ? state.rounds : state.systems[one.system]?.rounds;
    const key = `action:${one.id}#${rounds?.[step.id] ?? 0}`;
    return decide(machines, state, { type: 'action.succeeded', step: one.id, data: { key } }, cordon, at);
  }
  const type = !step.mandatory && roll(3) === 0 ? 'step.skip' : 'step.complete';
  return decide(machines, state, { type, step: one.id, data: dataFor(type, one, roll, forward) }, lead, at);
}

/** Anything a responder, a coordinator or the clock may do, sensible or not. */
function wander(machines: Machines, state: IncidentState, roll: Roll, at: number): Decision {
  const one = pick(instances(machines.plan, state), roll);
  const events: readonly IncidentEvent[] = [
    { type: 'fact.set', data: { fact: pick(FACTS, roll), value: pick(['yes', 'no', 'unknown'], roll) } },
    { type: 'fact.set', data: { fact: 'moment', value: `2026-03-24T0${roll(4)}:00:00Z` } },
    { type: 'fact.set', data: { fact: 'awareAt', value: `2026-03-24T0${roll(2)}:00:00Z` } },
    { type: 'system.add', data: { id: `sys-${roll(3)}`, name: 'S' } },
    { type: 'phase.reopen', data: { phase: pick([...machines.plan.phases.keys()], roll), reason: 'r' } },
    { type: 'step.reopen', step: one.id, data: { reason: 'r' } },
    { type: 'step.problem', step: one.id, data: { reason: 'r' } },
    { type: 'step.start', step: one.id },
    { type: 'task.assign', step: one.id, data: { to: pick(['ann', 'bob'], roll) } },
    { type: 'task.release', step: one.id },
  ];
  const timers = [...armedTimers(machines.plan, state).values()];
  if (timers.length > 0 && roll(4) === 0) {
    const { id, fireAt } = pick(timers, roll);
    return decide(machines, state, { type: 'timer.fired', data: { timer: id, fireAt } }, cordon, at);
  }
  return decide(machines, state, pick(events, roll), lead, at);
}

/** Nothing is open: the incident closes, or says which fact is missing, which is then set. */
function finish(machines: Machines, state: IncidentState, roll: Roll, at: number): Decision {
  const closing = decide(machines, state, { type: 'incident.close' }, lead, at);
  if (closing.outcome === 'accepted') return closing;
  const reasons = closing.rejection.code === 'event_not_accepted' ? closing.rejection.blockedBy : [];
  const fact = reasons.find((reason) => reason.code === 'fact_unknown')?.fact;
  if (fact === undefined)
    throw new Error(`stuck: ${JSON.stringify(reasons)} in ${JSON.stringify(state.value)}`);
  return decide(
    machines,
    state,
    { type: 'fact.set', data: { fact, value: pick(['yes', 'no'], roll) } },
    lead,
    at,
  );
}

interface Walk {
  readonly machines: Machines;
  readonly roll: Roll;
  /** Called after every event that was accepted. */
  readonly each: (before: IncidentState | undefined, after: IncidentState) => void;
}

/** Wanders for a while, then goes straight to the end; returns the closed incident. */
function walk({ machines, roll, each }: Walk): IncidentState {
  const systems = [{ id: 'sys-0', name: 'S' }].slice(0, machines.plan.eaches.size > 0 ? roll(2) : 0);
  let { state } = openState(machines, { at: AT, by: 'lead', awareAt: AT, facts: {}, systems });
  each(undefined, state);
  for (let events = 1; events <= 600; events += 1) {
    const at = AT + events * 1000;
    const wandering = events < 60;
    const open = openOf(machines, state);
    const decision =
      wandering && roll(2) === 0
        ? wander(machines, state, roll, at)
        : open.length > 0
          ? advance(machines, state, pick(open, roll), roll, !wandering, at)
          : finish(machines, state, roll, at);
    if (decision.outcome === 'rejected') {
      if (wandering) continue;
      throw new Error(`refused on the way to the end: ${JSON.stringify(decision.rejection)}`);
    }
    each(state, decision.state);
    state = decision.state;
    if (state.status === 'closed') return state;
  }
  throw new Error(`does not end: ${JSON.stringify(state.value)}`);
}

const rolls = fc.array(fc.nat({ max: 1000 }), { minLength: 20, maxLength: 60 });

function everyWalk(numRuns: number, each: (machines: Machines) => Walk['each']): void {
  fc.assert(
    fc.property(randomPlaybook, rolls, (source, drawn) => {
      const machines = compiled(source);
      const closed = walk({ machines, roll: dice(drawn), each: each(machines) });
      expect(closed.value).toBe('closed');
    }),
    { numRuns },
  );
}

test('every playbook compiles, opens, and ends closed or names the fact that is missing', () => {
  everyWalk(60, () => () => undefined);
});

test('a step that cannot start says why, and a state is its canonical text', () => {
  everyWalk(25, ({ plan }) => (_before, after) => {
    expect(canonicalJson(JSON.parse(canonicalJson(after)))).toBe(canonicalJson(after));
    for (const one of instances(plan, after)) {
      if (statusOf(one.record) === 'cannot_start' && whyLocked(plan, after, one).length === 0) {
        throw new Error(`${one.id} is locked without a reason in ${JSON.stringify(after.value)}`);
      }
    }
  });
});

test('a step takes exactly the events that it says it takes', () => {
  everyWalk(8, (machines) => (_before, after) => {
    for (const one of instances(machines.plan, after)) {
      const says = acceptedBy(one, after);
      for (const type of one.planned.step.kind === 'approval'
        ? [...APPROVALS, ...STEP_EVENTS]
        : STEP_EVENTS) {
        const data = dataFor(type, one, () => 0, true);
        const actor = APPROVALS.includes(type)
          ? { ...lead, id: 'nobody-else' }
          : { ...lead, id: one.record?.assignee ?? 'x' };
        const decision = decide(machines, after, { type, step: one.id, data }, actor, AT + 999_999);
        expect([one.id, type, decision.outcome]).toEqual([
          one.id,
          type,
          says.includes(type) ? 'accepted' : 'rejected',
        ]);
      }
    }
  });
});

test('inbox rows written by difference are the rows of the whole state', () => {
  everyWalk(60, ({ plan }) => {
    const inbox = new Map<string, TaskRow>();
    return (before, after) => {
      for (const row of changedTaskRows(plan, before, after)) inbox.set(row.step, row);
      const whole = changedTaskRows(plan, undefined, after);
      const open = (rows: Iterable<TaskRow>) => [...rows].filter((row) => isOpen(row.status)).sort(byStep);
      expect(open(inbox.values())).toEqual(open(whole));
      for (const row of whole) expect(inbox.get(row.step)).toEqual(row);
    };
  });
});

function byStep(a: TaskRow, b: TaskRow): number {
  return a.step < b.step ? -1 : 1;
}

test('timers are armed for open steps only, and only while the incident is open', () => {
  everyWalk(25, ({ plan }) => (_before, after) => {
    for (const { instance } of armedTimers(plan, after).values()) {
      expect([after.status, isOpen(statusOf(instance.record))]).toEqual(['open', true]);
    }
  });
});

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

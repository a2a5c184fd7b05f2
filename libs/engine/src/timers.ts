/** Which moments an open incident waits for: a pure function of its state, so that restarts and replays agree. */
import { fromIso, type EpochMs } from '@cordon/kernel';
import { addWorkingTime } from '@cordon/obligations';
import { factValue, type Due, type Plan, type Step, type StepRecord } from '@cordon/playbook';
import { isOpen, recorded, statusOf, type Instance } from './instances.js';
import type { Effect, IncidentState, Timer } from './model.js';

/** When the step is due: as a person set it, else as the playbook says; undefined while that is unknown. */
export function dueAt(plan: Plan, state: IncidentState, instance: Instance): EpochMs | undefined {
  const set = instance.record?.dueAt;
  if (set === undefined) return ruleDueAt(plan, state, instance);
  const rule = isBoundByRule(instance) ? ruleDueAt(plan, state, instance) : undefined;
  return rule === undefined ? set : Math.min(set, rule);
}

/** Somebody outside sets its time: nobody here puts it off. */
export function isBoundByRule({ planned: { step } }: Instance): boolean {
  return step.kind === 'notice' || step.duty !== undefined;
}

/** When the playbook says that the step is due; undefined while the moment it counts from is unknown. */
export function ruleDueAt(
  plan: Plan,
  state: IncidentState,
  { planned, record }: Instance,
): EpochMs | undefined {
  const { due } = planned.step;
  if (!due) return undefined;
  const from = startOf(plan, state, due, record?.readyAt);
  if (from === undefined) return undefined;
  const { workingHours } = plan.playbook;
  return due.working && workingHours ? addWorkingTime(from, due.withinMs, workingHours) : from + due.withinMs;
}

function startOf(
  plan: Plan,
  state: IncidentState,
  { from }: Due,
  readyAt: EpochMs | undefined,
): EpochMs | undefined {
  if (from === 'aware') return state.awareAt;
  if (from === 'onset') return state.onsetAt;
  if (from === 'opened') return state.openedAt;
  if (from === 'ready') return readyAt;
  if ('fact' in from) {
    const value = factValue(state.facts, from.fact);
    return typeof value === 'string' ? fromIso(value) : undefined;
  }
  const record = plan.steps.get(from.step)?.each === undefined ? state.steps[from.step] : undefined;
  return record?.status === 'completed' ? record.at : undefined;
}

/** A timer with the step it belongs to. */
export interface ArmedTimer extends Timer {
  readonly instance: Instance;
  readonly kind: 'due' | 'remind' | 'escalate' | 'wait' | 'timeout';
  readonly to?: string;
  /** Whom it is told to first; where nobody is found there, whoever comes next. */
  readonly tell?: Audience;
  /** The task was given to somebody who has not accepted it. */
  readonly unaccepted?: true;
}

/** From whoever has the task to everybody: who is told of it, and who instead when there is nobody. */
export const AUDIENCES = ['assignee', 'role', 'coordinator', 'roster'] as const;
export type Audience = (typeof AUDIENCES)[number];

type Rung = readonly [afterMs: number, tell: Audience];

const MINUTE = 60_000;
/** After a task was given to somebody who does not accept it. */
const UNACCEPTED: readonly Rung[] = [
  [15 * MINUTE, 'assignee'],
  [30 * MINUTE, 'role'],
  [45 * MINUTE, 'coordinator'],
  [60 * MINUTE, 'roster'],
];
/** After the due time of a task for which the playbook says nothing. */
const LATE: readonly Rung[] = [
  [15 * MINUTE, 'role'],
  [30 * MINUTE, 'coordinator'],
  [60 * MINUTE, 'roster'],
];

/** A fired timer is remembered with its moment, so that moving the moment arms it anew. */
export function firedMark(timer: Timer): string {
  return `${timer.id}@${timer.fireAt}`;
}

/** Every timer that is armed now, by id. A closed incident waits for nothing. O(open steps). */
export function armedTimers(plan: Plan, state: IncidentState): ReadonlyMap<string, ArmedTimer> {
  const armed = new Map<string, ArmedTimer>();
  if (state.status === 'closed') return armed;
  for (const instance of recorded(plan, state)) {
    const { record, planned } = instance;
    if (!record || !isTimed(planned.step, record) || !isOpen(statusOf(record))) continue;
    const earlier = firedBefore(state, instance);
    const hasFired = (timer: Timer): boolean => {
      const mark = firedMark(timer);
      return record.fired?.includes(mark) === true || earlier.includes(mark);
    };
    for (const timer of timersOf(plan, state, instance, record, hasFired)) {
      if (!hasFired(timer)) armed.set(timer.id, { ...timer, instance });
    }
  }
  return armed;
}

function isTimed({ due, kind, timeoutMs }: Step, record: StepRecord): boolean {
  const handed = record.assignedAt !== undefined || record.dueAt !== undefined;
  return due !== undefined || kind === 'wait' || timeoutMs !== undefined || handed;
}

type StepTimer = Omit<ArmedTimer, 'instance'>;

function timersOf(
  plan: Plan,
  state: IncidentState,
  instance: Instance,
  record: StepRecord,
  hasFired: (timer: Timer) => boolean,
): readonly StepTimer[] {
  const { id, planned } = instance;
  const { step } = planned;
  const timers: StepTimer[] = [];
  if (step.kind === 'wait' && step.forMs !== undefined) {
    timers.push({ kind: 'wait', id: `wait:${id}`, fireAt: record.readyAt + step.forMs });
  }
  if (step.timeoutMs !== undefined && record.status !== 'problem') {
    timers.push({ kind: 'timeout', id: `timeout:${id}`, fireAt: record.readyAt + step.timeoutMs });
  }
  if (record.assignedAt !== undefined && !record.accepted) {
    const rung = nextRung(`accept:${id}`, record.assignedAt, UNACCEPTED, hasFired);
    if (rung) timers.push({ ...rung, unaccepted: true });
  }
  const at = dueAt(plan, state, instance);
  if (at === undefined) return timers;
  const due: StepTimer = { kind: 'due', id: `due:${id}`, fireAt: at, tell: 'assignee' };
  timers.push(due);
  const { remindMs = [], escalate = [] } = step.due ?? {};
  remindMs.forEach((ms, i) =>
    timers.push({ kind: 'remind', id: `remind:${i}:${id}`, fireAt: at - ms, tell: 'assignee' }),
  );
  escalate.forEach(({ afterMs, to }, i) =>
    timers.push({ kind: 'escalate', id: `escalate:${i}:${id}`, fireAt: at + afterMs, to, tell: 'role' }),
  );
  const late =
    escalate.length === 0 && hasFired(due) ? nextRung(`late:${id}`, at, LATE, hasFired) : undefined;
  return late ? [...timers, late] : timers;
}

/** The first rung that has not been told of: one timer at a time climbs the ladder. */
function nextRung(
  id: string,
  from: EpochMs,
  ladder: readonly Rung[],
  hasFired: (timer: Timer) => boolean,
): StepTimer | undefined {
  for (const [afterMs, tell] of ladder) {
    const timer = { id, fireAt: from + afterMs };
    if (!hasFired(timer)) return { ...timer, kind: tell === 'assignee' ? 'remind' : 'escalate', tell };
  }
  return undefined;
}

/** Timers that fired before the step was started over: the same moment of the same step is told once. */
function firedBefore(state: IncidentState, { planned, system }: Instance): readonly string[] {
  const fired = system === undefined ? state.fired : state.systems[system]?.fired;
  return fired?.[planned.step.id] ?? [];
}

const EFFECT_KIND = { due: 'overdue', remind: 'reminder', escalate: 'escalation' } as const;

/** What a fired timer asks the world to do: tell whoever has the step, or the role it escalates to. */
export function timerEffect(timer: ArmedTimer, dueAtMs: EpochMs | undefined): Effect | undefined {
  if (timer.kind === 'wait' || timer.kind === 'timeout') return undefined;
  const { planned, record, id } = timer.instance;
  return {
    key: `timer:${firedMark(timer)}`,
    kind: EFFECT_KIND[timer.kind],
    step: id,
    payload: {
      title: planned.step.title,
      roles: timer.to === undefined ? planned.step.roles : [timer.to],
      assignee: record?.assignee ?? null,
      dueAt: dueAtMs ?? null,
      ...(timer.tell === undefined ? {} : { tell: timer.tell }),
      ...(timer.unaccepted ? { unaccepted: true } : {}),
    },
  };
}

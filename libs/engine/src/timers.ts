/** Which moments an open incident waits for: a pure function of its state, so that restarts and replays agree. */
import { fromIso, type EpochMs } from '@cordon/kernel';
import { addWorkingTime } from '@cordon/obligations';
import { factValue, type Due, type Plan } from '@cordon/playbook';
import { isOpen, recorded, statusOf, type Instance } from './instances.js';
import type { Effect, IncidentState, Timer } from './model.js';

/** When the step is due; undefined while the moment it counts from is unknown. */
export function dueAt(plan: Plan, state: IncidentState, { planned, record }: Instance): EpochMs | undefined {
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
}

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
    const { due: dueRule, kind, timeoutMs } = planned.step;
    const timed = dueRule !== undefined || kind === 'wait' || timeoutMs !== undefined;
    if (!timed || !record || !isOpen(statusOf(record))) continue;
    const earlier = firedBefore(state, instance);
    const add = (timer: Omit<ArmedTimer, 'instance'>): void => {
      const mark = firedMark(timer);
      if (!record.fired?.includes(mark) && !earlier.includes(mark))
        armed.set(timer.id, { ...timer, instance });
    };
    const { step } = planned;
    if (step.kind === 'wait' && step.forMs !== undefined) {
      add({ kind: 'wait', id: `wait:${instance.id}`, fireAt: record.readyAt + step.forMs });
    }
    if (timeoutMs !== undefined && record.status !== 'problem') {
      add({ kind: 'timeout', id: `timeout:${instance.id}`, fireAt: record.readyAt + timeoutMs });
    }
    const due = step.due && dueAt(plan, state, instance);
    if (!step.due || due === undefined) continue;
    add({ kind: 'due', id: `due:${instance.id}`, fireAt: due });
    step.due.remindMs.forEach((ms, i) =>
      add({ kind: 'remind', id: `remind:${i}:${instance.id}`, fireAt: due - ms }),
    );
    step.due.escalate.forEach(({ afterMs, to }, i) =>
      add({ kind: 'escalate', id: `escalate:${i}:${instance.id}`, fireAt: due + afterMs, to }),
    );
  }
  return armed;
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
    },
  };
}

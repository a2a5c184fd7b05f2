/** Events that Cordon itself brings through the door: timers that fired, and what became of actions. */
import type { EpochMs } from '@cordon/kernel';
import { actionKey, effectsOf } from './effects.js';
import { findInstance, withRecord, type Instance } from './instances.js';
import type { Machines } from './machines.js';
import type { Blocker, Decision, Effect, IncidentEvent, IncidentState } from './model.js';
import { settle, stepInstance } from './settle.js';
import { armedTimers, dueAt, firedMark, timerEffect, type ArmedTimer } from './timers.js';
import { notAccepted } from './verdicts.js';

const TYPES: readonly string[] = [
  'timer.fired',
  'action.succeeded',
  'action.failed',
  'effect.delivered',
  'effect.failed',
  'evidence.scan',
];

/** `timer.fired {timer, fireAt}` · `action.succeeded|failed {key, detail?}` on a step · `effect.delivered|failed {key, detail?}` · `evidence.scan {id, verdict, detail?}`. */
export function isSystemEvent(type: string): boolean {
  return TYPES.includes(type);
}

/** As `decide`, for these events. What became of a message is history alone. */
export function decideSystemEvent(
  machines: Machines,
  state: IncidentState,
  event: IncidentEvent,
  at: EpochMs,
): Decision {
  if (event.type === 'timer.fired') return timerFired(machines, state, event, at);
  if (event.type.startsWith('action.')) return actionEnded(machines, state, event, at);
  return { outcome: 'accepted', state, effects: [] };
}

/** A timer counts only as it is armed now: one that was moved or withdrawn meanwhile is gone. */
function timerFired(
  machines: Machines,
  state: IncidentState,
  { data }: IncidentEvent,
  at: EpochMs,
): Decision {
  const { plan } = machines;
  const timer = typeof data?.timer === 'string' ? armedTimers(plan, state).get(data.timer) : undefined;
  if (!timer || timer.fireAt !== data?.fireAt) return refused({ code: 'timer_gone' });
  const { instance } = timer;
  if (timer.kind === 'wait') {
    const over = { type: `wait.over.${instance.planned.step.id}`, at };
    const next = stepInstance(machines, state, instance, over);
    return next ? settled(machines, state, next, at) : refused(notOpen(instance.id));
  }
  if (timer.kind === 'timeout') return timedOut(machines, state, timer, at);
  const effect = timerEffect(timer, dueAt(plan, state, instance));
  const mark = firedMark(timer);
  const next = withRecord(state, instance, (record) => ({
    ...record,
    fired: [...(record.fired ?? []), mark],
  }));
  return { outcome: 'accepted', state: next, effects: effect ? [effect] : [] };
}

/** The step has failed: along its edge for that if it has one that may still be taken, else it has a problem. */
function timedOut(machines: Machines, state: IncidentState, timer: ArmedTimer, at: EpochMs): Decision {
  const { instance } = timer;
  const marked = withRecord(state, instance, (record) => ({
    ...record,
    fired: [...(record.fired ?? []), firedMark(timer)],
  }));
  const { id } = instance.planned.step;
  const failed = stepInstance(machines, marked, instance, { type: `step.fail.${id}`, at });
  const next = failed ?? stepInstance(machines, marked, instance, { type: `step.problem.${id}`, at });
  if (!next) return refused(notOpen(instance.id));
  const decision = settled(machines, state, next, at);
  const unanswered = !failed && instance.planned.step.kind === 'approval';
  if (!unanswered || decision.outcome === 'rejected') return decision;
  return { ...decision, effects: [...decision.effects, unansweredEffect(timer)] };
}

/** Nobody approved or refused in time: a coordinator is told, and the approval goes on waiting. Silence approves nothing. */
function unansweredEffect(timer: ArmedTimer): Effect {
  const { id, planned } = timer.instance;
  return {
    key: `timer:${firedMark(timer)}`,
    kind: 'escalation',
    step: id,
    payload: {
      title: planned.step.title,
      roles: ['coordinator'],
      assignee: timer.instance.record?.assignee ?? null,
      dueAt: timer.fireAt,
      tell: 'coordinator',
    },
  };
}

/** The verdict counts only for the round that asked: a late answer to an earlier attempt changes nothing. */
function actionEnded(
  machines: Machines,
  state: IncidentState,
  { type, step, data }: IncidentEvent,
  at: EpochMs,
): Decision {
  const instance = findInstance(machines.plan, state, step ?? '');
  if (!instance) return refused(notOpen(step ?? ''));
  const { id } = instance.planned.step;
  if (actionKey(state, id, instance.system) !== data?.key) return refused(notOpen(instance.id));
  const next = isParked(instance)
    ? endedAside(state, instance, type, at)
    : stepInstance(machines, state, instance, { type: `${type}.${id}`, at });
  return next ? settled(machines, state, next, at) : refused(notOpen(instance.id));
}

function isParked({ planned, record }: Instance): boolean {
  return planned.step.kind === 'action' && record?.status === 'in_progress' && record.parked === true;
}

/** The flow has gone back meanwhile: the verdict waits in the record until the flow comes by again. */
function endedAside(state: IncidentState, instance: Instance, type: string, at: EpochMs): IncidentState {
  return withRecord(state, instance, ({ parked: _parked, ...record }) =>
    type === 'action.succeeded'
      ? { ...record, status: 'completed', at }
      : { ...record, status: 'problem', at, parked: true },
  );
}

function settled(machines: Machines, before: IncidentState, next: IncidentState, at: EpochMs): Decision {
  const state = settle(machines, before, next, at);
  return { outcome: 'accepted', state, effects: effectsOf(machines.plan, before, state) };
}

function notOpen(step: string): Blocker {
  return { code: 'step_not_open', step };
}

function refused(blocker: Blocker): Decision {
  return notAccepted([], blocker);
}

/** Events that Cordon itself brings through the door: timers that fired, and what became of actions. */
import type { EpochMs } from '@cordon/kernel';
import type { StepRecord } from '@cordon/playbook';
import { actionKey, effectsOf } from './effects.js';
import { findInstance } from './instances.js';
import type { Machines } from './machines.js';
import type { Decision, IncidentEvent, IncidentState } from './model.js';
import { settle, stepIncident, stepSystem } from './settle.js';
import { armedTimers, dueAt, firedMark, timerEffect } from './timers.js';

const TYPES = ['timer.fired', 'action.succeeded', 'action.failed', 'effect.delivered', 'effect.failed'] as const;

/** `timer.fired {timer, fireAt}` · `action.succeeded|failed {key, detail?}` on a step · `effect.delivered|failed {key, detail?}`. */
export function isSystemEvent(type: string): boolean {
  return (TYPES as readonly string[]).includes(type);
}

export function decideSystemEvent(machines: Machines, state: IncidentState, event: IncidentEvent, at: EpochMs): Decision {
  if (event.type === 'timer.fired') return timerFired(machines, state, event, at);
  if (event.type.startsWith('action.')) return actionEnded(machines, state, event, at);
  return { outcome: 'accepted', state, effects: [] };
}

function timerFired(machines: Machines, state: IncidentState, { data }: IncidentEvent, at: EpochMs): Decision {
  const timer = armedTimers(machines.plan, state).get(String(data?.timer));
  if (!timer || timer.fireAt !== data?.fireAt) {
    return { outcome: 'rejected', rejection: { code: 'event_not_accepted', accepted: [], blockedBy: [{ code: 'timer_gone' }] } };
  }
  const { instance } = timer;
  const { step } = instance.planned;
  if (timer.kind === 'wait') {
    const over = { type: `wait.over.${step.id}`, at };
    const next = instance.system === undefined ? stepIncident(machines, state, over) : stepSystem(machines, state, instance.system, over);
    const settled = settle(machines, state, next ?? state, at);
    return { outcome: 'accepted', state: settled, effects: effectsOf(machines.plan, state, settled) };
  }
  const effect = timerEffect(timer, dueAt(machines.plan, state, instance));
  const next = withFired(state, step.id, instance.system, firedMark(timer));
  return { outcome: 'accepted', state: next, effects: effect ? [effect] : [] };
}

function withFired(state: IncidentState, step: string, system: string | undefined, mark: string): IncidentState {
  const add = (records: IncidentState['steps']): IncidentState['steps'] => {
    const record = records[step] as StepRecord;
    return { ...records, [step]: { ...record, fired: [...(record.fired ?? []), mark] } };
  };
  const one = system === undefined ? undefined : state.systems[system];
  if (!one || system === undefined) return { ...state, steps: add(state.steps) };
  return { ...state, systems: { ...state.systems, [system]: { ...one, steps: add(one.steps) } } };
}

/** The verdict counts only for the round that asked: a late answer to an earlier attempt changes nothing. */
function actionEnded(machines: Machines, state: IncidentState, { type, step, data }: IncidentEvent, at: EpochMs): Decision {
  const instance = findInstance(machines.plan, state, step ?? '');
  const current = instance && actionKey(state, instance.planned.step.id, instance.system);
  const machineEvent = { type: `${type}.${instance?.planned.step.id ?? ''}`, at };
  const next =
    instance && current === data?.key
      ? instance.system === undefined
        ? stepIncident(machines, state, machineEvent)
        : stepSystem(machines, state, instance.system, machineEvent)
      : undefined;
  if (!next) {
    return { outcome: 'rejected', rejection: { code: 'event_not_accepted', accepted: [], blockedBy: [{ code: 'step_not_open', step: step ?? '' }] } };
  }
  const settled = settle(machines, state, next, at);
  return { outcome: 'accepted', state: settled, effects: effectsOf(machines.plan, state, settled) };
}

/** Which events a step, and the incident as a whole, take now. */
import { isJsonObject } from '@cordon/kernel';
import type { Step } from '@cordon/playbook';
import { isOpen, statusOf, type Instance } from './instances.js';
import { MOVE_EVENTS, type IncidentState, type SystemState } from './model.js';

const TASK_EVENTS = ['task.assign', 'task.accept', 'task.decline', 'task.release'] as const;

/** Events that the instance takes in its present status, whoever asks; step events first. */
export function acceptedBy(instance: Instance, state: IncidentState): readonly string[] {
  if (state.status === 'closed') return [];
  const status = statusOf(instance.record);
  if (isOpen(status)) return [...stepEvents(instance.planned.step, status), ...taskEvents(instance)];
  const done = status === 'completed' || status === 'skipped';
  return done && instance.record?.notApplicable !== true ? ['step.reopen'] : [];
}

function stepEvents(step: Step, status: string): readonly string[] {
  const skip = step.mandatory ? [] : ['step.skip'];
  if (step.kind === 'approval') return ['approval.approve', 'approval.refuse', ...skip];
  const move = Object.entries(MOVE_EVENTS).flatMap(([event, name]) => (name === step.move ? [event] : []));
  if (status === 'in_progress') return ['step.complete', 'step.problem', ...skip, ...move];
  if (status === 'problem') return ['step.start', 'step.complete', ...skip, ...move];
  return ['step.start', 'step.complete', 'step.problem', ...skip, ...move];
}

function taskEvents({ record }: Instance): readonly string[] {
  if (record?.assignee === undefined) return ['task.assign', 'task.accept'];
  return record.accepted ? TASK_EVENTS.filter((event) => event !== 'task.accept') : TASK_EVENTS;
}

/** Events addressed to no step that are accepted now. */
export function acceptedByIncident(state: IncidentState): readonly string[] {
  const always = ['note.add', 'evidence.add', 'entry.correct'];
  if (state.status === 'closed') return [...always, 'incident.reopen'];
  const close = isReadyToClose(state) ? ['incident.close'] : [];
  return [...always, 'fact.set', 'system.add', 'phase.reopen', ...close];
}

/** All phases are done, and every affected system is through what the playbook does per system. */
export function isReadyToClose(state: IncidentState): boolean {
  return (
    isJsonObject(state.value) &&
    state.value.open === 'ready-to-close' &&
    Object.values(state.systems).every(isThrough)
  );
}

/** Nothing is left to do on the system: back in service, where the playbook moves systems at all. */
export function isThrough({ value }: SystemState): boolean {
  return isJsonObject(value) && value.open === 'through';
}

/** Which events a step, and the incident as a whole, take now. */
import { isJsonObject } from '@cordon/kernel';
import type { Plan, PlannedStep } from '@cordon/playbook';
import { ACCESS_EVENTS } from './access-events.js';
import { conditionsOfClosing } from './closing.js';
import { isOpen, statusOf, type Instance } from './instances.js';
import { MOVE_EVENTS, type IncidentState, type SystemState } from './model.js';
import { RECORD_EVENTS } from './record-events.js';

const TASK_EVENTS = ['task.assign', 'task.accept', 'task.decline', 'task.release'] as const;
const PLANNING_EVENTS = ['task.schedule', 'task.prioritise'] as const;

/** Events that the instance takes in its present status, whoever asks; step events first. */
export function acceptedBy(instance: Instance, state: IncidentState): readonly string[] {
  if (state.status === 'closed') return [];
  const status = statusOf(instance.record);
  if (isOpen(status)) return [...stepEvents(instance.planned, status), ...taskEvents(instance)];
  const done = status === 'completed' || status === 'skipped' || status === 'failed';
  return done && instance.record?.notApplicable !== true ? ['step.reopen'] : [];
}

function stepEvents({ step, failable }: PlannedStep, status: string): readonly string[] {
  const skip = step.mandatory ? [] : ['step.skip'];
  // Nobody says of an approval that it has failed: only its time does.
  if (step.kind === 'approval') return ['approval.approve', 'approval.refuse', ...skip];
  const leave = [...skip, ...(failable ? ['step.fail'] : [])];
  const move = Object.entries(MOVE_EVENTS).flatMap(([event, name]) => (name === step.move ? [event] : []));
  if (status === 'in_progress') return ['step.complete', 'step.problem', ...leave, ...move];
  if (status === 'problem') return ['step.start', 'step.complete', ...leave, ...move];
  return ['step.start', 'step.complete', 'step.problem', ...leave, ...move];
}

function taskEvents({ record }: Instance): readonly string[] {
  if (record?.assignee === undefined) return ['task.assign', 'task.accept', ...PLANNING_EVENTS];
  const handing = record.accepted ? TASK_EVENTS.filter((event) => event !== 'task.accept') : TASK_EVENTS;
  return [...handing, ...PLANNING_EVENTS];
}

/** Events addressed to no step that are accepted now. */
export function acceptedByIncident(plan: Plan, state: IncidentState): readonly string[] {
  const always = [...RECORD_EVENTS, ...ACCESS_EVENTS];
  if (state.status === 'closed') return [...always, 'incident.reopen'];
  const close = isReadyToClose(plan, state) ? ['incident.close'] : [];
  return [...always, 'fact.set', 'system.add', 'phase.reopen', 'incident.migrate', ...close];
}

/** All phases are done, every affected system is through what the playbook does per system, and its conditions hold. */
export function isReadyToClose(plan: Plan, state: IncidentState): boolean {
  return (
    isJsonObject(state.value) &&
    state.value.open === 'ready-to-close' &&
    Object.values(state.systems).every(isThrough) &&
    conditionsOfClosing(plan, state).length === 0
  );
}

/** Nothing is left to do on the system: back in service, where the playbook moves systems at all. */
export function isThrough({ value }: SystemState): boolean {
  return isJsonObject(value) && value.open === 'through';
}

/** Why an event is not accepted now: computed from plan and records, never written per playbook. */
import type { Plan } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import { before, conditionBlockers, frontier } from './frontier.js';
import { instances, isOpen, statusOf, type Instance } from './instances.js';
import type { Blocker, IncidentState } from './model.js';

/** What stands in the way of this event on this step; empty when the step takes it. */
export function whyNot(plan: Plan, state: IncidentState, type: string, instance: Instance): readonly Blocker[] {
  if (state.status === 'closed') return [{ code: 'incident_closed', ...(state.closedAt === undefined ? {} : { since: state.closedAt }) }];
  if (acceptedBy(instance, state).includes(type)) return [];
  const { record, id, planned } = instance;
  const status = statusOf(record);
  const who = record?.by === undefined ? {} : { by: record.by };
  if (status === 'cannot_start') return whyLocked(plan, state, instance);
  if (record && (status === 'completed' || status === 'skipped')) {
    if (record.notApplicable) return conditionBlockers(state, planned.step.when, id);
    return [{ code: 'step_done', step: id, status, since: record.at, ...who }];
  }
  if (type === 'step.skip') return [{ code: 'mandatory', step: id }];
  if (type === 'task.accept' && record?.accepted) return [{ code: 'assigned_to_other', step: id, ...(record.assignee === undefined ? {} : { by: record.assignee }) }];
  if (type.startsWith('task.')) return [{ code: 'not_assigned', step: id }];
  if (record && ((type === 'step.start' && status === 'in_progress') || (type === 'step.problem' && status === 'problem'))) {
    return [{ code: 'step_underway', step: id, status, since: record.at, ...who }];
  }
  if (type === 'step.reopen') return [{ code: 'step_not_open', step: id, status }];
  return [{ code: 'other_kind', step: id, status: planned.step.kind }];
}

/** Why a step that cannot start is locked; never empty for such a step. */
export function whyLocked(plan: Plan, state: IncidentState, instance: Instance): readonly Blocker[] {
  if (statusOf(instance.record) !== 'cannot_start') return [];
  if (state.status === 'closed') return [{ code: 'incident_closed', ...(state.closedAt === undefined ? {} : { since: state.closedAt }) }];
  const blockers = before(plan, state, instance);
  if (blockers.length > 0) return blockers;
  return conditionBlockers(state, instance.planned.step.when, instance.id);
}

/** What stands between now and closing. */
export function closeBlockers(plan: Plan, state: IncidentState): readonly Blocker[] {
  if (state.status === 'closed') return [{ code: 'incident_closed', ...(state.closedAt === undefined ? {} : { since: state.closedAt }) }];
  const steps = frontier(plan, state, plan.root);
  const systems = Object.entries(state.systems)
    .filter(([, system]) => system.life !== 'returned')
    .map(([system, { life, addedAt }]): Blocker => ({ code: 'system_open', system, status: life, since: addedAt }));
  return [...steps, ...systems];
}

/** The steps that are open now. */
export function openInstances(plan: Plan, state: IncidentState): readonly Instance[] {
  return instances(plan, state).filter((instance) => isOpen(statusOf(instance.record)));
}

/** Why an event is not accepted now: computed from plan and records, never written per playbook. */
import type { Plan, StepRecord } from '@cordon/playbook';
import { acceptedBy, isThrough } from './accepts.js';
import { conditionsOfClosing } from './closing.js';
import { before, conditionBlockers, frontier } from './frontier.js';
import { statusOf, type Instance } from './instances.js';
import type { Blocker, IncidentState } from './model.js';

/** What stands in the way of this event on this step; empty when the step takes it. O(steps) when it does not. */
export function whyNot(
  plan: Plan,
  state: IncidentState,
  type: string,
  instance: Instance,
): readonly Blocker[] {
  if (state.status === 'closed') return [isClosed(state)];
  if (acceptedBy(instance, state).includes(type)) return [];
  const { record, id } = instance;
  if (!record || record.parked) return whyLocked(plan, state, instance);
  if (record.status === 'completed' || record.status === 'skipped' || record.status === 'failed') {
    if (record.notApplicable) return whyPassedOver(plan, state, instance, record);
    return [{ code: 'step_done', step: id, ...lastChange(record) }];
  }
  return [whyNotOpen(type, instance, record)];
}

/** Its condition does not hold, or the flow has to come by again: what it stands at is named as well. Never empty. */
function whyPassedOver(
  plan: Plan,
  state: IncidentState,
  instance: Instance,
  record: StepRecord,
): readonly Blocker[] {
  const condition = conditionBlockers(state, instance.planned.step.when, instance.id);
  const blockers = [...condition, ...before(plan, state, instance)];
  return blockers.length > 0
    ? blockers
    : [{ code: 'step_not_open', step: instance.id, status: record.status }];
}

/** The step is open, but not for this event. */
function whyNotOpen(type: string, { id, planned }: Instance, record: StepRecord): Blocker {
  const { status } = record;
  if (type === 'step.skip') return { code: 'mandatory', step: id };
  if (type === 'task.accept' && record.accepted) {
    return {
      code: 'assigned_to_other',
      step: id,
      ...(record.assignee === undefined ? {} : { by: record.assignee }),
    };
  }
  if (type.startsWith('task.')) return { code: 'not_assigned', step: id };
  const again =
    (type === 'step.start' && status === 'in_progress') || (type === 'step.problem' && status === 'problem');
  if (again) return { code: 'step_underway', step: id, ...lastChange(record) };
  if (type === 'step.fail') return { code: 'other_kind', step: id, status: planned.step.kind };
  if (type === 'step.reopen') return { code: 'step_not_open', step: id, status };
  return { code: 'other_kind', step: id, status: planned.step.kind };
}

function lastChange({ status, at, by }: StepRecord): Pick<Blocker, 'status' | 'since' | 'by'> {
  return { status, since: at, ...(by === undefined ? {} : { by }) };
}

/** Why a step that cannot start is locked; never empty for such a step, empty for any other. O(steps). */
export function whyLocked(plan: Plan, state: IncidentState, instance: Instance): readonly Blocker[] {
  if (statusOf(instance.record) !== 'cannot_start') return [];
  if (state.status === 'closed') return [isClosed(state)];
  const blockers = before(plan, state, instance);
  if (blockers.length > 0) return blockers;
  return conditionBlockers(state, instance.planned.step.when, instance.id);
}

/** What stands between now and closing: the next steps of every branch, and systems that are not through. */
export function closeBlockers(plan: Plan, state: IncidentState): readonly Blocker[] {
  if (state.status === 'closed') return [isClosed(state)];
  const steps = frontier(plan, state, plan.root);
  const systems = Object.entries(state.systems)
    .filter(([, system]) => !isThrough(system))
    .map(([system, { life, addedAt }]): Blocker => ({
      code: 'system_open',
      system,
      status: life,
      since: addedAt,
    }));
  const open = [...steps, ...systems];
  return open.length > 0 ? open : conditionsOfClosing(plan, state);
}

export function isClosed({ closedAt }: IncidentState): Blocker {
  return { code: 'incident_closed', ...(closedAt === undefined ? {} : { since: closedAt }) };
}

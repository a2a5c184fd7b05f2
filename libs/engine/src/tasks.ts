import type { Plan } from '@cordon/playbook';
import { instances, statusOf, type Instance } from './instances.js';
import type { IncidentState, TaskRow } from './model.js';
import { dueAt } from './timers.js';

/** The inbox rows of every step that has ever been open, by step instance. */
export function taskRows(plan: Plan, state: IncidentState): ReadonlyMap<string, TaskRow> {
  const rows = new Map<string, TaskRow>();
  for (const instance of instances(plan, state)) {
    const { record } = instance;
    if (!record || record.notApplicable) continue;
    rows.set(instance.id, rowOf(plan, state, instance));
  }
  return rows;
}

function rowOf(plan: Plan, state: IncidentState, instance: Instance): TaskRow {
  const { planned, record, system } = instance;
  const due = dueAt(plan, state, instance);
  return {
    step: instance.id,
    phase: planned.phase,
    kind: planned.step.kind,
    ...(system === undefined ? {} : { system }),
    status: statusOf(record),
    roles: planned.step.roles,
    ...(record?.assignee === undefined ? {} : { assignee: record.assignee }),
    accepted: record?.accepted === true,
    ...(due === undefined ? {} : { dueAt: due }),
  };
}

import type { Plan } from '@cordon/playbook';
import { recorded, recordOf, statusOf, type Instance } from './instances.js';
import type { IncidentState, TaskRow } from './model.js';
import { dueAt } from './timers.js';

/**
 * The inbox rows that differ between two states of one incident; every row when there is no `before`. A step whose
 * record was forgotten, because it is started over, goes back to waiting for its turn. O(records).
 */
export function changedTaskRows(
  plan: Plan,
  before: IncidentState | undefined,
  after: IncidentState,
): readonly TaskRow[] {
  const sameStart = before !== undefined && dueTimesStand(plan, before, after);
  const rows: TaskRow[] = [];
  for (const instance of recorded(plan, after)) {
    const { record, planned, system } = instance;
    if (!record || record.notApplicable) continue;
    const old = before && recordOf(before, planned.step.id, system);
    if (old === record && (sameStart || planned.step.due === undefined)) continue;
    const row = rowOf(plan, after, instance);
    const same =
      before && old && !old.notApplicable && sameRow(rowOf(plan, before, { ...instance, record: old }), row);
    if (!same) rows.push(row);
  }
  if (before) rows.push(...forgotten(plan, before, after));
  return rows;
}

/** Steps that had a row and whose turn is no longer: started over, or passed over. */
function forgotten(plan: Plan, before: IncidentState, after: IncidentState): readonly TaskRow[] {
  if (before.steps === after.steps && before.systems === after.systems) return [];
  return recorded(plan, before).flatMap((instance): TaskRow[] => {
    const { planned, system, record } = instance;
    if (record?.notApplicable) return [];
    const now = recordOf(after, planned.step.id, system);
    if (now && !now.notApplicable) return [];
    const {
      assignee: _assignee,
      assignedBy: _by,
      priority: _priority,
      dueAt: _dueAt,
      ...row
    } = rowOf(plan, before, instance);
    return [{ ...row, status: now ? 'skipped' : 'cannot_start', accepted: false }];
  });
}

/** Nothing changed that due times of other steps count from. */
function dueTimesStand(plan: Plan, before: IncidentState, after: IncidentState): boolean {
  if (before.awareAt !== after.awareAt || before.onsetAt !== after.onsetAt) return false;
  if (before.facts !== after.facts) return false;
  if (before.steps === after.steps) return true;
  for (const step of plan.anchors) if (before.steps[step] !== after.steps[step]) return false;
  return true;
}

function sameRow(a: TaskRow, b: TaskRow): boolean {
  return (
    a.status === b.status &&
    a.assignee === b.assignee &&
    a.accepted === b.accepted &&
    a.assignedBy === b.assignedBy &&
    a.priority === b.priority &&
    a.dueAt === b.dueAt
  );
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
    ...(record?.assignedBy === undefined ? {} : { assignedBy: record.assignedBy }),
    ...(record?.priority === undefined ? {} : { priority: record.priority }),
    ...(due === undefined ? {} : { dueAt: due }),
  };
}

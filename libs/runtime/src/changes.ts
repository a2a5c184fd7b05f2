/** What a move from one state to another changes beside the state itself: inbox rows and timers. */
import { armedTimers, phaseStatuses, taskRows, type IncidentState, type Machines, type TaskRow, type Timer } from '@cordon/engine';
import type { IncidentListing } from './ports.js';

export interface Changes {
  readonly tasks: readonly TaskRow[];
  readonly timersGone: readonly string[];
  readonly timersSet: readonly Timer[];
}

/** The net difference; the two timer lists are disjoint. Pass no `before` for a new incident. */
export function changesBetween(machines: Machines, before: IncidentState | undefined, after: IncidentState): Changes {
  if (before === after) return { tasks: [], timersGone: [], timersSet: [] };
  const { plan } = machines;
  const oldRows = before ? taskRows(plan, before) : new Map<string, TaskRow>();
  const newRows = taskRows(plan, after);
  const tasks = [...newRows.values()].filter((row) => !sameRow(oldRows.get(row.step), row));
  // A step that was started over has no record for now: its row goes back to waiting instead of vanishing.
  for (const row of oldRows.values()) {
    if (!newRows.has(row.step) && row.status !== 'cannot_start') tasks.push({ ...unassigned(row), status: 'cannot_start' });
  }
  const oldTimers = before ? armedTimers(plan, before) : new Map<string, Timer>();
  const newTimers = armedTimers(plan, after);
  const timersGone = [...oldTimers.keys()].filter((id) => !newTimers.has(id));
  const timersSet = [...newTimers.values()]
    .filter(({ id, fireAt }) => oldTimers.get(id)?.fireAt !== fireAt)
    .map(({ id, fireAt }) => ({ id, fireAt }));
  return { tasks, timersGone, timersSet };
}

function unassigned(row: TaskRow): TaskRow {
  const { assignee: _assignee, dueAt: _dueAt, ...rest } = row;
  return { ...rest, accepted: false };
}

function sameRow(a: TaskRow | undefined, b: TaskRow): boolean {
  return (
    a !== undefined &&
    a.status === b.status &&
    a.assignee === b.assignee &&
    a.accepted === b.accepted &&
    a.dueAt === b.dueAt
  );
}

/** The columns that lists filter by. */
export function listingOf(machines: Machines, state: IncidentState): IncidentListing {
  const phases = [...phaseStatuses(machines.plan, state.value)].filter(([, status]) => status === 'active').map(([id]) => id);
  return {
    status: state.status,
    phases,
    awareAt: state.awareAt,
    ...(state.closedAt === undefined ? {} : { closedAt: state.closedAt }),
  };
}

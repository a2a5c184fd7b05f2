/** What a move from one state to another changes beside the state itself: inbox rows and timers. */
import {
  armedTimers,
  changedTaskRows,
  phaseStatuses,
  USUAL_TLP,
  type IncidentState,
  type Machines,
  type TaskRow,
  type Timer,
} from '@cordon/engine';
import type { IncidentListing } from './ports.js';

export interface Changes {
  readonly tasks: readonly TaskRow[];
  readonly timersGone: readonly string[];
  readonly timersSet: readonly Timer[];
}

/**
 * The net difference; the two timer lists are disjoint. Pass no `before` for a new incident, and the machines that
 * decided before where those have changed.
 */
export function changesBetween(
  machines: Machines,
  before: IncidentState | undefined,
  after: IncidentState,
  machinesBefore: Machines = machines,
): Changes {
  if (before === after) return { tasks: [], timersGone: [], timersSet: [] };
  const { plan } = machines;
  const same = machinesBefore === machines;
  const tasks =
    same || !before ? changedTaskRows(plan, before, after) : rowsAnew(machinesBefore, before, plan, after);
  const oldTimers = before ? armedTimers(machinesBefore.plan, before) : new Map<string, Timer>();
  const newTimers = armedTimers(plan, after);
  const timersGone = [...oldTimers.keys()].filter((id) => !newTimers.has(id));
  const timersSet = [...newTimers.values()]
    .filter(({ id, fireAt }) => oldTimers.get(id)?.fireAt !== fireAt)
    .map(({ id, fireAt }) => ({ id, fireAt }));
  return { tasks, timersGone, timersSet };
}

/** Every row of the new version, and those of steps that it does not have, out of the way. */
function rowsAnew(
  { plan: oldPlan }: Machines,
  before: IncidentState,
  plan: Machines['plan'],
  after: IncidentState,
): readonly TaskRow[] {
  const rows = changedTaskRows(plan, undefined, after);
  const now = new Set(rows.map(({ step }) => step));
  const left = changedTaskRows(oldPlan, undefined, before)
    .filter(({ step }) => !now.has(step))
    .map(({ assignee: _assignee, dueAt: _dueAt, ...row }): TaskRow => ({
      ...row,
      status: 'cannot_start',
      accepted: false,
    }));
  return [...rows, ...left];
}

/** The columns that lists filter by. */
export function listingOf(machines: Machines, state: IncidentState): IncidentListing {
  const phases = [...phaseStatuses(machines.plan, state.value)]
    .filter(([, status]) => status === 'active')
    .map(([id]) => id);
  return {
    status: state.status,
    phases,
    awareAt: state.awareAt,
    tlp: state.tlp ?? USUAL_TLP,
    members: state.members,
    ...(state.closedAt === undefined ? {} : { closedAt: state.closedAt }),
  };
}

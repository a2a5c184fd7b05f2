/** What a move from one state to another changes beside the state itself: inbox rows and timers. */
import {
  armedTimers,
  changedTaskRows,
  phaseStatuses,
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

/** The net difference; the two timer lists are disjoint. Pass no `before` for a new incident. */
export function changesBetween(
  machines: Machines,
  before: IncidentState | undefined,
  after: IncidentState,
): Changes {
  if (before === after) return { tasks: [], timersGone: [], timersSet: [] };
  const { plan } = machines;
  const tasks = changedTaskRows(plan, before, after);
  const oldTimers = before ? armedTimers(plan, before) : new Map<string, Timer>();
  const newTimers = armedTimers(plan, after);
  const timersGone = [...oldTimers.keys()].filter((id) => !newTimers.has(id));
  const timersSet = [...newTimers.values()]
    .filter(({ id, fireAt }) => oldTimers.get(id)?.fireAt !== fireAt)
    .map(({ id, fireAt }) => ({ id, fireAt }));
  return { tasks, timersGone, timersSet };
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
    ...(state.closedAt === undefined ? {} : { closedAt: state.closedAt }),
  };
}

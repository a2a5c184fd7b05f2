import type { Actor } from '@cordon/engine';
import type { EpochMs } from '@cordon/kernel';
import type { TaskFilter } from './ports.js';
import type { Teams } from './teams.js';
import type { InboxFilter } from './views.js';

/** What "mine" and "my team" mean for this person at this moment. Two reads at the most. */
export async function inboxOf(
  teams: Teams | undefined,
  { mine, ofMyTeams, ...filter }: InboxFilter,
  { id }: Actor,
  now: EpochMs,
): Promise<TaskFilter> {
  const others = mine && teams ? await teams.standsInFor(id, now) : [];
  const team = ofMyTeams ? ((await teams?.teamOf(id)) ?? NO_TEAM) : undefined;
  return {
    ...filter,
    ...(mine ? (others.length === 0 ? { assignee: id } : { assignees: [id, ...others] }) : {}),
    ...(team ? { team } : {}),
  };
}

const NO_TEAM = { people: [], roles: [] };

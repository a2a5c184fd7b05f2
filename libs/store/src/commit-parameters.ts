import type { IncidentId, IncidentWrite } from '@cordon/runtime';
import {
  effectColumns,
  entryColumns,
  instant,
  openingColumns,
  plannedColumns,
  taskColumns,
  textArray,
  timerColumns,
} from './parameters.js';

/** The rows that all writes have of one kind, in order, and beside them the incident that each belongs to. */
function gather<Row>(
  writes: readonly IncidentWrite[],
  rowsOf: (write: IncidentWrite) => readonly Row[],
): { ids: IncidentId[]; rows: Row[] } {
  const ids: IncidentId[] = [];
  const rows: Row[] = [];
  for (const write of writes) {
    for (const row of rowsOf(write)) {
      ids.push(write.id);
      rows.push(row);
    }
  }
  return { ids, rows };
}

/** $1 to $11 of `commit-writes`. */
function incidentColumns(writes: readonly IncidentWrite[]): unknown[][] {
  return [
    writes.map((write) => write.id),
    writes.map((write) => write.expectedSeq),
    writes.map((write) => write.revision),
    writes.map((write) => write.seq),
    writes.map((write) => write.head),
    writes.map((write) => instant(write.updatedAt)),
    writes.map((write) => write.state ?? null),
    writes.map((write) => write.listing?.status ?? null),
    writes.map((write) => (write.listing ? textArray(write.listing.phases) : null)),
    writes.map((write) => instant(write.listing?.awareAt)),
    writes.map((write) => instant(write.listing?.closedAt)),
  ];
}

/** The 50 arrays of `commit-writes`, in its order. O(rows). */
export function commitParameters(writes: readonly IncidentWrite[]): unknown[][] {
  const entries = gather(writes, (write) => write.entries);
  const openings = gather(writes, (write) => write.entries.filter((entry) => entry.openings !== undefined));
  const tasks = gather(writes, (write) => write.tasks);
  const gone = gather(writes, (write) => write.timersGone);
  const timers = gather(writes, (write) => write.timersSet);
  const effects = gather(writes, (write) => write.effects);
  return [
    ...incidentColumns(writes),
    entries.ids,
    ...entryColumns(entries.rows),
    openings.ids,
    ...openingColumns(openings.rows),
    tasks.ids,
    ...taskColumns(tasks.rows),
    gone.ids,
    gone.rows,
    timers.ids,
    ...timerColumns(timers.rows),
    effects.ids,
    ...effectColumns(effects.rows),
    writes.map((write) => write.playbook?.playbookVersion ?? null),
    writes.map((write) => write.playbook?.playbookDigest ?? null),
    writes.map((write) => write.listing?.tlp ?? null),
    writes.map((write) => (write.listing ? textArray(write.listing.members) : null)),
    ...plannedColumns(tasks.rows),
  ];
}

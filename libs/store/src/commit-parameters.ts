import type { IncidentId, IncidentWrite } from '@cordon/runtime';
import { byteas, instants, int4s, int8s, texts } from './array-parameter.js';
import {
  effectColumns,
  entryColumns,
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
function incidentColumns(writes: readonly IncidentWrite[]): Buffer[] {
  return [
    int8s(writes.map((write) => write.id)),
    int4s(writes.map((write) => write.expectedSeq)),
    int4s(writes.map((write) => write.revision)),
    int4s(writes.map((write) => write.seq)),
    byteas(writes.map((write) => write.head)),
    instants(writes.map((write) => write.updatedAt)),
    texts(writes.map((write) => write.state)),
    texts(writes.map((write) => write.listing?.status)),
    texts(writes.map((write) => write.listing && textArray(write.listing.phases))),
    instants(writes.map((write) => write.listing?.awareAt)),
    instants(writes.map((write) => write.listing?.closedAt)),
  ];
}

/** The 50 arrays of `commit-writes`, in its order. O(rows). */
export function commitParameters(writes: readonly IncidentWrite[]): Buffer[] {
  const entries = gather(writes, (write) => write.entries);
  const openings = gather(writes, (write) => write.entries.filter((entry) => entry.openings !== undefined));
  const tasks = gather(writes, (write) => write.tasks);
  const gone = gather(writes, (write) => write.timersGone);
  const timers = gather(writes, (write) => write.timersSet);
  const effects = gather(writes, (write) => write.effects);
  return [
    ...incidentColumns(writes),
    int8s(entries.ids),
    ...entryColumns(entries.rows),
    int8s(openings.ids),
    ...openingColumns(openings.rows),
    int8s(tasks.ids),
    ...taskColumns(tasks.rows),
    int8s(gone.ids),
    texts(gone.rows),
    int8s(timers.ids),
    ...timerColumns(timers.rows),
    int8s(effects.ids),
    ...effectColumns(effects.rows),
    texts(writes.map((write) => write.playbook?.playbookVersion)),
    texts(writes.map((write) => write.playbook?.playbookDigest)),
    texts(writes.map((write) => write.listing?.tlp)),
    texts(writes.map((write) => write.listing && textArray(write.listing.members))),
    ...plannedColumns(tasks.rows),
  ];
}

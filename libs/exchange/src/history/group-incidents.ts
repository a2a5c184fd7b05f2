import { isJournal } from './reading.js';
import type { HistoryRecord, Records } from './record.js';

/** How the text of one group is written: what stands before its first record, each record, and what stands after. */
export interface GroupText {
  begin(first: HistoryRecord): string;
  record(record: HistoryRecord): string;
  readonly end: string;
}

/** Characters of the incidents that wait for another one to be written out. Part of the form: it decides their order. */
const GROUP_BUFFER_CHARS = 64 * 1024 * 1024;

/**
 * Writes a log in which incidents lie across each other as one group for each incident, without the journal. An incident
 * is written as it is read while no other one is being written; the others wait in a buffer, and those that do not fit
 * have to wait for another reading of the log. Memory: the buffer, and one number for each incident. Readings: two where
 * incidents follow each other or the buffer holds what overlaps; at most one more for each incident.
 */
export async function* groupedByIncident(
  records: Records,
  text: GroupText,
  bufferChars = GROUP_BUFFER_CHARS,
): AsyncGenerator<string> {
  const left = await lastRecords(records);
  while (left.size > 0) yield* oneReading(records, text, left, bufferChars);
}

/** The incidents in the order in which they begin, each with the index of its last record. */
async function lastRecords(records: Records): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  for await (const { leaf, index } of records()) if (!isJournal(leaf)) last.set(leaf.incident, index);
  return last;
}

/** Takes out of `left` what it has written: at least the first of them. */
async function* oneReading(
  records: Records,
  text: GroupText,
  left: Map<string, number>,
  bufferChars: number,
): AsyncGenerator<string> {
  const waiting = new Map<string, string[]>();
  const complete = new Set<string>();
  const later = new Set<string>();
  let direct: string | undefined;
  let chars = 0;
  for await (const record of records()) {
    const { incident } = record.leaf;
    const last = left.get(incident);
    if (last === undefined || later.has(incident)) continue;
    const parts = waiting.get(incident);
    const begins = parts === undefined && incident !== direct;
    if (begins) direct ??= incident;
    const written = (begins ? text.begin(record) : '') + text.record(record);
    const ends = record.index === last ? text.end : '';
    if (incident === direct) {
      yield written + ends;
      if (ends !== '') {
        left.delete(incident);
        direct = undefined;
        yield* writtenOut();
      }
    } else if (chars + written.length > bufferChars) {
      chars -= lengthOf(parts ?? []);
      waiting.delete(incident);
      later.add(incident);
    } else {
      chars += written.length;
      if (parts) parts.push(written);
      else waiting.set(incident, [written]);
      if (ends !== '') complete.add(incident);
      if (direct === undefined) yield* writtenOut();
    }
    if (left.size === 0) return;
  }

  function* writtenOut(): Generator<string> {
    for (const incident of complete) {
      const parts = waiting.get(incident) ?? [];
      for (const part of parts) yield part;
      yield text.end;
      chars -= lengthOf(parts);
      waiting.delete(incident);
      left.delete(incident);
    }
    complete.clear();
  }
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

import type { EpochMs } from '@cordon/kernel';
import { toIso } from '@cordon/kernel';
import type { TaskRow, Timer } from '@cordon/engine';
import type { EntryRow, IncidentWrite } from '@cordon/runtime';

type Effects = IncidentWrite['effects'];

/** An instant as PostgreSQL reads it without loss: text with milliseconds and offset. */
export const instant = (at: EpochMs | undefined): string | null => (at === undefined ? null : toIso(at));

/** A `text[]` in PostgreSQL's own spelling, for arrays inside arrays, which `unnest` would flatten. */
export function textArray(items: readonly string[]): string {
  if (items.length === 0) return '{}';
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/**
 * Columns of `entry` in the statements: seq, revision, at, event_key, request_hash, prev, hash, leaf. A leaf is UTF-8
 * text without U+0000, so it travels as text, half as long as bytes in hexadecimal; the server turns it back.
 */
export function entryColumns(entries: readonly EntryRow[]): unknown[][] {
  return [
    entries.map((entry) => entry.seq),
    entries.map((entry) => entry.revision),
    entries.map((entry) => instant(entry.at)),
    entries.map((entry) => entry.eventKey ?? null),
    entries.map((entry) => entry.requestHash ?? null),
    entries.map((entry) => entry.prev),
    entries.map((entry) => entry.hash),
    entries.map(({ leaf }) => Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('utf8')),
  ];
}

/** Columns of `task`: step, phase, kind, system, status, roles, assignee, accepted, due_at. */
export function taskColumns(tasks: readonly TaskRow[]): unknown[][] {
  return [
    tasks.map((task) => task.step),
    tasks.map((task) => task.phase),
    tasks.map((task) => task.kind),
    tasks.map((task) => task.system ?? null),
    tasks.map((task) => task.status),
    tasks.map((task) => textArray(task.roles)),
    tasks.map((task) => task.assignee ?? null),
    tasks.map((task) => task.accepted),
    tasks.map((task) => instant(task.dueAt) ?? 'infinity'),
  ];
}

/** Columns of `task` that came later: assigned_by, priority. */
export function plannedColumns(tasks: readonly TaskRow[]): unknown[][] {
  return [tasks.map((task) => task.assignedBy ?? null), tasks.map((task) => task.priority ?? 'normal')];
}

/** Columns of `timer`: id, fire_at. */
export function timerColumns(timers: readonly Timer[]): unknown[][] {
  return [timers.map((timer) => timer.id), timers.map((timer) => instant(timer.fireAt))];
}

/** Columns of `effect`: seq, key, kind, step, payload. */
export function effectColumns(effects: Effects): unknown[][] {
  return [
    effects.map(({ seq }) => seq),
    effects.map(({ effect }) => effect.key),
    effects.map(({ effect }) => effect.kind),
    effects.map(({ effect }) => effect.step),
    effects.map(({ effect }) => JSON.stringify(effect.payload)),
  ];
}

/** Entries that have openings, as columns: seq, openings. */
export function openingColumns(entries: readonly EntryRow[]): unknown[][] {
  const opened = entries.filter((entry) => entry.openings !== undefined);
  return [opened.map((entry) => entry.seq), opened.map((entry) => entry.openings)];
}

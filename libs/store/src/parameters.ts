import type { EpochMs } from '@cordon/kernel';
import { toIso } from '@cordon/kernel';
import type { TaskRow, Timer } from '@cordon/engine';
import type { EntryRow, IncidentWrite } from '@cordon/runtime';
import { booleans, byteas, instants, int4s, texts } from './array-parameter.js';

type Effects = IncidentWrite['effects'];

/** An instant as PostgreSQL reads it without loss: text with milliseconds and offset. */
export const instant = (at: EpochMs | undefined): string | null => (at === undefined ? null : toIso(at));

/** A `text[]` in PostgreSQL's own spelling, for arrays inside arrays, which `unnest` would flatten. */
export function textArray(items: readonly string[]): string {
  if (items.length === 0) return '{}';
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** Columns of `entry` in the statements: seq, revision, at, event_key, request_hash, prev, hash, leaf. */
export function entryColumns(entries: readonly EntryRow[]): Buffer[] {
  return [
    int4s(entries.map((entry) => entry.seq)),
    int4s(entries.map((entry) => entry.revision)),
    instants(entries.map((entry) => entry.at)),
    texts(entries.map((entry) => entry.eventKey)),
    byteas(entries.map((entry) => entry.requestHash)),
    byteas(entries.map((entry) => entry.prev)),
    byteas(entries.map((entry) => entry.hash)),
    byteas(entries.map((entry) => entry.leaf)),
  ];
}

/** Columns of `task`: step, phase, kind, system, status, roles, assignee, accepted, due_at. */
export function taskColumns(tasks: readonly TaskRow[]): Buffer[] {
  return [
    texts(tasks.map((task) => task.step)),
    texts(tasks.map((task) => task.phase)),
    texts(tasks.map((task) => task.kind)),
    texts(tasks.map((task) => task.system)),
    texts(tasks.map((task) => task.status)),
    texts(tasks.map((task) => textArray(task.roles))),
    texts(tasks.map((task) => task.assignee)),
    booleans(tasks.map((task) => task.accepted)),
    instants(tasks.map((task) => task.dueAt ?? Infinity)),
  ];
}

/** Columns of `task` that came later: assigned_by, priority. */
export function plannedColumns(tasks: readonly TaskRow[]): Buffer[] {
  return [texts(tasks.map((task) => task.assignedBy)), texts(tasks.map((task) => task.priority ?? 'normal'))];
}

/** Columns of `timer`: id, fire_at. */
export function timerColumns(timers: readonly Timer[]): Buffer[] {
  return [texts(timers.map((timer) => timer.id)), instants(timers.map((timer) => timer.fireAt))];
}

/** Columns of `effect`: seq, key, kind, step, payload. */
export function effectColumns(effects: Effects): Buffer[] {
  return [
    int4s(effects.map(({ seq }) => seq)),
    texts(effects.map(({ effect }) => effect.key)),
    texts(effects.map(({ effect }) => effect.kind)),
    texts(effects.map(({ effect }) => effect.step)),
    texts(effects.map(({ effect }) => JSON.stringify(effect.payload))),
  ];
}

/** Entries that have openings, as columns: seq, openings. */
export function openingColumns(entries: readonly EntryRow[]): Buffer[] {
  const opened = entries.filter((entry) => entry.openings !== undefined);
  return [int4s(opened.map((entry) => entry.seq)), texts(opened.map((entry) => entry.openings))];
}

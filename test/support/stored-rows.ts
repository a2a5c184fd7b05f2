/** Rows as the driver gives them, and what they stand for. */
import { isOpen, type KeptOpening } from '@cordon/audit';
import type { TaskRow } from '@cordon/engine';
import type { Entry } from './walk-log.js';

/** Entries read at once. */
export const PAGE = 1_000;

export const ENTRIES = `
SELECT entry.seq, entry.revision, entry.at, entry.leaf, entry.hash, entry.prev, entry.event_key, opening.openings
  FROM audit_entry AS entry LEFT JOIN audit_opening AS opening USING (incident_id, seq)
 WHERE incident_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`;

export const OPEN_TASKS = `
SELECT step, phase, kind, system, status, roles, assignee, accepted, due_at, assigned_by, priority
  FROM task WHERE incident_id = $1 AND status IN ('ready', 'in_progress', 'problem')`;

export interface RawTask {
  readonly step: string;
  readonly phase: string;
  readonly kind: string;
  readonly system: string | null;
  readonly status: TaskRow['status'];
  readonly roles: string[];
  readonly assignee: string | null;
  readonly accepted: boolean;
  /** `infinity` comes as the number. */
  readonly due_at: Date | number;
  readonly assigned_by: string | null;
  readonly priority: NonNullable<TaskRow['priority']> | 'normal';
}

export function taskOf({
  system,
  assignee,
  due_at: dueAt,
  assigned_by: assignedBy,
  priority,
  ...rest
}: RawTask): TaskRow {
  return {
    ...rest,
    ...(system === null ? {} : { system }),
    ...(assignee === null ? {} : { assignee }),
    ...(assignedBy === null ? {} : { assignedBy }),
    ...(priority === 'normal' ? {} : { priority }),
    ...(dueAt instanceof Date ? { dueAt: dueAt.getTime() } : {}),
  };
}

export interface RawEntry {
  readonly seq: number;
  readonly revision: number;
  readonly at: Date;
  readonly leaf: Buffer;
  readonly hash: Buffer;
  readonly prev: Buffer;
  readonly event_key: string | null;
  readonly openings: string | null;
}

export function entryOf({ openings, at, seq, revision, leaf, hash, prev }: RawEntry): Entry {
  const parsed = openings === null ? [] : (JSON.parse(openings) as readonly KeptOpening[]).filter(isOpen);
  const stored = { seq, revision, at: at.getTime(), leaf, hash, prev };
  return { stored: openings === null ? stored : { ...stored, openings }, openings: parsed };
}

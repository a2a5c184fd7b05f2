import type { EpochMs, JsonObject } from '@cordon/kernel';
import type { IncidentRow, StoredPlaybook, StoredTask, StoredToken } from '@cordon/runtime';
import type { IncidentEntity, PlaybookEntity, TokenEntity } from './entities/index.js';
import { idOf } from './door-store.js';

/** `{ [name]: at }`, or nothing where the column is NULL: absent members stay absent. */
export function when<Name extends string>(name: Name, at: Date | null): { [K in Name]?: EpochMs } {
  return (at === null ? {} : { [name]: at.getTime() }) as { [K in Name]?: EpochMs };
}

export function incidentRow(row: IncidentEntity): IncidentRow {
  return {
    id: idOf(row.id),
    uid: row.uid,
    playbookId: row.playbookId,
    playbookVersion: row.playbookVersion,
    playbookDigest: row.playbookDigest,
    exercise: row.exercise,
    revision: row.revision,
    seq: row.seq,
    head: row.head,
    state: row.state,
    title: row.title,
    ...(row.summary !== null && { summary: row.summary }),
    ...(row.severity !== null && { severity: row.severity }),
    ...(row.organisation !== null && { organisation: row.organisation as JsonObject }),
    status: row.status,
    phases: row.phases,
    tlp: row.tlp,
    members: row.members,
    awareAt: row.awareAt.getTime(),
    ...when('onsetAt', row.onsetAt),
    openedAt: row.openedAt.getTime(),
    openedBy: row.openedBy,
    updatedAt: row.updatedAt.getTime(),
    ...when('closedAt', row.closedAt),
  };
}

/** A task joined to its incident, as the query builder answers it. */
export interface RawTask {
  readonly incident_id: string;
  readonly incident_title: string;
  readonly severity: string | null;
  readonly exercise: boolean;
  readonly playbook_digest: string;
  readonly step: string;
  readonly phase: string;
  readonly kind: string;
  readonly system: string | null;
  readonly status: StoredTask['status'];
  readonly roles: string[];
  readonly assignee: string | null;
  readonly accepted: boolean;
  readonly assigned_by: string | null;
  readonly priority: NonNullable<StoredTask['priority']> | 'normal';
  /** The driver reads PostgreSQL's `infinity` as the number: no due time. */
  readonly due_at: Date | number;
}

export function taskRow(row: RawTask): StoredTask {
  return {
    incidentId: idOf(row.incident_id),
    incidentTitle: row.incident_title,
    ...(row.severity !== null && { severity: row.severity }),
    exercise: row.exercise,
    playbookDigest: row.playbook_digest,
    step: row.step,
    phase: row.phase,
    kind: row.kind,
    ...(row.system !== null && { system: row.system }),
    status: row.status,
    roles: row.roles,
    ...(row.assignee !== null && { assignee: row.assignee }),
    accepted: row.accepted,
    ...(row.assigned_by !== null && { assignedBy: row.assigned_by }),
    ...(row.priority !== 'normal' && { priority: row.priority }),
    ...(row.due_at instanceof Date && { dueAt: row.due_at.getTime() }),
  };
}

/** `name` as the vault opened it: undefined for a token that was erased. */
export function tokenRow(row: TokenEntity, name: string | undefined): StoredToken {
  return {
    id: row.id,
    name: name ?? '',
    ...(name === undefined && { erased: true }),
    roles: row.roles,
    ...(row.scopes !== null && { scopes: row.scopes }),
    createdAt: row.createdAt.getTime(),
    ...(row.createdBy !== null && { createdBy: row.createdBy }),
    ...when('expiresAt', row.expiresAt),
    ...when('revokedAt', row.revokedAt),
  };
}

export function playbookRow(row: PlaybookEntity): StoredPlaybook {
  return {
    id: row.id,
    version: row.version,
    digest: row.digest,
    source: row.source,
    publishedAt: row.publishedAt.getTime(),
  };
}

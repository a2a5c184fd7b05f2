import type { TaskQuery } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { EpochMs } from '@cordon/kernel';
import { idOfRef, type InboxFilter, type IncidentId, type TaskFilter } from '@cordon/runtime';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../http/cursor.js';
import { defined } from '../http/defined.js';

const TaskKeys = z.tuple([z.number().int().nullable(), z.number().int().positive(), z.string().max(200)]);

/** The query in the terms of the use case. */
export function filterOf(query: TaskQuery, actor: Actor, now: EpochMs): InboxFilter {
  const { mine, assignee, role, incident, overdue, unassigned, unaccepted, status, limit, cursor } = query;
  const { waiting, team, priority } = query;
  const me = assignee === 'me';
  return defined({
    mine: mine || me || undefined,
    assignee: me ? undefined : assignee,
    assignedBy: waiting ? actor.id : undefined,
    ofMyTeams: team || undefined,
    priority,
    unassigned: unassigned || undefined,
    unaccepted: unaccepted || undefined,
    overdueAt: overdue ? now : undefined,
    roles: role === undefined ? undefined : [role],
    incidentId: incident === undefined ? undefined : idOfRef(incident),
    status,
    limit,
    after: afterOf(cursor),
  });
}

export function cursorOf(next: TaskFilter['after']): string | null {
  return next ? encodeCursor([next.dueAt ?? null, next.incidentId, next.step]) : null;
}

function afterOf(cursor: string | undefined): TaskFilter['after'] {
  const keys = decodeCursor(cursor, TaskKeys);
  if (!keys) return undefined;
  const [dueAt, incidentId, step] = keys;
  return { ...(dueAt === null ? {} : { dueAt }), incidentId: incidentId as IncidentId, step };
}

/**
 * Effects that were handed to the queue and are not carried out. The queue's tables are another program's, made by its
 * own migrations: in a backup its jobs become rows of the outbox again, from where the next relay hands them over, under
 * the same keys. What was carried out since the backup may be carried out once more; actions are idempotent under their key.
 */
import pg from 'pg';

/** How to copy the outbox so that the queue's effects are among its rows, and how many effects come in and stay out. */
export interface QueueCopy {
  readonly select: string;
  readonly included: number;
  readonly missing: number;
}

const LAYOUT = `
SELECT to_regclass('graphile_worker._private_jobs') IS NOT NULL
   AND to_regclass('graphile_worker._private_tasks') IS NOT NULL AS known,
       to_regclass('graphile_worker.jobs') IS NOT NULL AS there`;

/** Each column of the outbox from a job's payload, which is what `relayOutbox` made of the row. Nobody reads its `seq`. */
const FROM_JOB: Readonly<Record<string, string>> = {
  id: `(payload->>'id')::bigint`,
  incident_id: `(payload->>'incidentId')::bigint`,
  created_at: `job.created_at`,
  seq: `incident.seq`,
  key: `payload->'effect'->>'key'`,
  kind: `payload->'effect'->>'kind'`,
  step: `payload->'effect'->>'step'`,
  payload: `payload->'effect'->'payload'`,
};

const JOBS = `
FROM graphile_worker._private_jobs AS job
JOIN graphile_worker._private_tasks AS task ON task.id = job.task_id AND task.identifier = 'cordon_effect'
JOIN incident ON incident.id = (payload->>'incidentId')::bigint`;

/** Inside the backup's transaction. */
export async function queueCopy(client: pg.ClientBase, columns: readonly string[]): Promise<QueueCopy> {
  const own = `SELECT ${columns.map((column) => pg.escapeIdentifier(column)).join(', ')} FROM outbox`;
  const { rows } = await client.query<{ known: boolean; there: boolean }>(LAYOUT);
  if (rows[0]?.known === true && columns.every((column) => FROM_JOB[column] !== undefined)) {
    const included = await count(client, `SELECT count(*)::int AS count ${JOBS}`);
    const values = columns.map((column) => FROM_JOB[column]).join(', ');
    return { select: `${own} UNION ALL SELECT ${values} ${JOBS}`, included, missing: 0 };
  }
  const waiting = `SELECT count(*)::int AS count FROM graphile_worker.jobs`;
  const missing = rows[0]?.there === true ? await count(client, waiting) : 0;
  return { select: own, included: 0, missing };
}

async function count(client: pg.ClientBase, sql: string): Promise<number> {
  return (await client.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
}

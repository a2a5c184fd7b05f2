import { makeWorkerUtils, type WorkerEvents } from 'graphile-worker';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Loop } from './loop.js';

/** Advisory locks of living queues: this number, and a number made of the queue's name. */
const LIFE_LOCK = 1_970_512_043;
/** A queue that has only just started may take a job before it has shown that it lives. */
const SINCE_MS = 5_000;
const LOOK_MS = 5_000;

/**
 * Gives back the jobs of queues that lock jobs and no longer live; a statement is a transaction, so the locks it tries
 * are gone at its end.
 */
const GIVE_BACK = `
SELECT array_agg(locked_by) AS dead, graphile_worker.force_unlock_workers(array_agg(locked_by))
  FROM (SELECT DISTINCT locked_by FROM graphile_worker.jobs
         WHERE locked_at < now() - $2 * interval '1 millisecond') AS holder
 WHERE pg_try_advisory_xact_lock($1, hashtext(locked_by))
HAVING count(*) > 0`;

/** After its last attempt has come to nothing, an effect is tried once more after so long, and so on. */
const LATER_MS = 60_000;

/**
 * An attempt is counted when a job is taken. One whose worker was killed in the last attempt, or could not bring the
 * verdict through the door, would lie there for ever without a verdict: it gets its last attempt again.
 */
const TRY_LAST_AGAIN = `
SELECT count(*)::int AS jobs
  FROM (SELECT array_agg(id) AS ids, max_attempts - 1 AS attempts FROM graphile_worker.jobs
         WHERE task_identifier = 'cordon_effect' AND locked_at IS NULL AND attempts >= max_attempts
         GROUP BY max_attempts) AS spent,
       graphile_worker.reschedule_jobs(ids, run_at => now() + $1 * interval '1 millisecond', attempts => spent.attempts)`;

/**
 * Shows that this process's queue lives, for as long as it listens. The lock ends with the connection, hence also with a
 * process that is killed or a machine that dies. Call before the queue runs.
 */
export function showLife(events: WorkerEvents, log: Logger): void {
  events.on('pool:listen:success', ({ client, workerPool }) => {
    // The queue's own LISTEN goes first on this connection.
    client.once('drain', () => {
      client
        .query('SELECT pg_advisory_lock($1, hashtext($2))', [LIFE_LOCK, workerPool.id])
        .catch((error: unknown) => log.warn({ err: error }, 'the queue could not show that it lives'));
    });
  });
}

/**
 * The queue keeps a job for whoever took it for four hours. A worker that is killed in a delivery would delay a
 * reminder by that; so every worker looks for jobs of the dead. When it takes a living one for dead, because its
 * connection broke, an effect is delivered twice under one key, which equals once.
 */
export async function reclaimAbandonedJobs(pgPool: Pool, log: Logger): Promise<{ stop(): Promise<void> }> {
  const utils = await makeWorkerUtils({ pgPool });
  const loop = new Loop('abandoned jobs', log, async () => {
    const { rows } = await utils.withPgClient((client) =>
      client.query<{ dead: string[] }>(GIVE_BACK, [LIFE_LOCK, SINCE_MS]),
    );
    if (rows[0])
      log.warn({ queues: rows[0].dead }, 'jobs of workers that ended in the middle are taken up again');
    const { rows: spent } = await utils.withPgClient((client) =>
      client.query<{ jobs: number }>(TRY_LAST_AGAIN, [LATER_MS]),
    );
    if (spent[0] && spent[0].jobs > 0)
      log.warn({ jobs: spent[0].jobs }, 'effects that ended without a verdict are tried again');
    return LOOK_MS;
  });
  loop.start();
  return {
    async stop() {
      await loop.stop();
      await utils.release();
    },
  };
}

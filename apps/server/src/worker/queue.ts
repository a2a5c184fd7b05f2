import { EventEmitter } from 'node:events';
import { Logger as QueueLogger, run, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import type { Logger } from 'pino';
import { deliverEffect, outboxRowOf, type Deliverer, type Runtime } from '@cordon/runtime';
import { reclaimAbandonedJobs, showLife } from './abandoned-jobs.js';

/** Effects carried out at once by one process. */
const CONCURRENCY = 4;
/** How often the queue is asked when nothing wakes it. */
const POLL_MS = 1_000;

export interface QueueParts {
  readonly databaseUrl: string;
  readonly deliverer: Deliverer;
  readonly cordon: Pick<Runtime, 'submitSystemEvent' | 'recipients'>;
  readonly log: Logger;
}

/** The queue's side of delivery: it owns retries, back-off and concurrency; a delivery that throws comes again later. */
export async function startQueue({
  databaseUrl,
  deliverer,
  cordon,
  log,
}: QueueParts): Promise<{ stop(): Promise<void> }> {
  const events: WorkerEvents = new EventEmitter();
  const pgPool = openPool(databaseUrl, log);
  showLife(events, log);
  const runner = await run({
    events,
    pgPool,
    concurrency: CONCURRENCY,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: quietLogger(log),
    taskList: {
      async cordon_effect(payload, { job }) {
        const row = outboxRowOf(payload);
        if (!row) throw new Error('a job of the queue does not hold an effect');
        const verdict = await deliverEffect(deliverer, cordon, row, job.attempts >= job.max_attempts);
        log.info(
          {
            incident: row.incidentId,
            step: row.effect.step,
            kind: row.effect.kind,
            outcome: verdict.outcome,
          },
          'effect delivered',
        );
      },
    },
  });
  const reclaim = await reclaimAbandonedJobs(pgPool, log);
  return {
    async stop() {
      await reclaim.stop();
      // A worker that the database has stopped already rejects here; there is nothing left to wait for.
      await runner
        .stop()
        .catch((error: unknown) => log.warn({ err: error }, 'the queue did not stop in order'));
      await pgPool.end();
    },
  };
}

/**
 * A pool of our own, because a connection may still break while it is being closed: the queue stops listening for that
 * when it lets go of a pool that it has made, and an error that nobody listens for ends the process.
 */
function openPool(connectionString: string, log: Logger): pg.Pool {
  const lost = (error: Error): void => log.warn({ err: error }, 'the queue lost a connection');
  return new pg.Pool({ connectionString, max: CONCURRENCY + 3 })
    .on('error', lost)
    .on('connect', (client) => void client.on('error', lost));
}

/** The queue logs each job at information level; ours says the same with the incident. */
function quietLogger(log: Logger): QueueLogger {
  return new QueueLogger(() => (level, message) => {
    if (level === 'error') log.error({ queue: message }, 'queue');
    else if (level === 'warning') log.warn({ queue: message }, 'queue');
    else log.debug({ queue: message }, 'queue');
  });
}

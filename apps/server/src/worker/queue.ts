import { EventEmitter } from 'node:events';
import { Logger as QueueLogger, run, type WorkerEvents } from 'graphile-worker';
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
  readonly cordon: Pick<Runtime, 'submitSystemEvent'>;
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
  showLife(events, log);
  const runner = await run({
    events,
    connectionString: databaseUrl,
    concurrency: CONCURRENCY,
    pollInterval: POLL_MS,
    maxPoolSize: CONCURRENCY + 2,
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
  const reclaim = await reclaimAbandonedJobs(databaseUrl, log);
  return {
    async stop() {
      await reclaim.stop();
      // A worker that the database has stopped already rejects here; there is nothing left to wait for.
      await runner
        .stop()
        .catch((error: unknown) => log.warn({ err: error }, 'the queue did not stop in order'));
    },
  };
}

/** The queue logs each job at information level; ours says the same with the incident. */
function quietLogger(log: Logger): QueueLogger {
  return new QueueLogger(() => (level, message) => {
    if (level === 'error') log.error({ queue: message }, 'queue');
    else if (level === 'warning') log.warn({ queue: message }, 'queue');
    else log.debug({ queue: message }, 'queue');
  });
}

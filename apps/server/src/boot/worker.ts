import { createAlertChannel } from '@cordon/actions';
import type { Clock } from '@cordon/kernel';
import { fireDueTimers, type Runtime } from '@cordon/runtime';
import type { Store } from '@cordon/store';
import type { Logger } from 'pino';
import { askingApprovers } from '../approvals/ask-approvers.js';
import { approvalLinks } from '../approvals/use-links.js';
import type { Config } from '../config.js';
import type { Metrics } from '../operations/metrics.js';
import { Loop } from '../worker/loop.js';
import { startQueue } from '../worker/queue.js';
import { byName } from './first-link.js';
import { openJournal } from './use-cases.js';

export interface WorkerParts {
  readonly cordon: Runtime;
  readonly store: Store;
  /** For the queue's own connections, which need the login's rights. */
  readonly databaseUrl: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Where people open Cordon; left out where that is not known. */
  readonly url?: string | undefined;
}

/** How long the loops sleep at the most: a timer fires, and an effect leaves, at most this much late. */
const TIMER_POLL_MS = 1_000;
const RELAY_POLL_MS = 250;
const RELAY_BATCH = 100;

/**
 * Fires timers, relays the outbox to the queue and delivers what is in the queue, until stopped; `stop` waits for what
 * is under way. Any number of workers may run over one database.
 */
export async function startWorker({
  cordon,
  store,
  databaseUrl,
  config,
  clock,
  log,
  url,
}: WorkerParts): Promise<{ stop(): Promise<void> }> {
  const channel = createAlertChannel({
    webhookUrl: config.alertUrl,
    smtpUrl: config.smtpUrl,
    mailTo: config.alertEmail,
    mailFrom: config.mailFrom,
    publicUrl: config.publicUrl,
  });
  const links = approvalLinks({ cordon, store, journal: openJournal(store, clock), clock, config });
  const deliverer = askingApprovers({
    ...{ channel, cordon, links, store, vault: store.vault, clock },
    baseUrl: url === undefined ? undefined : byName(url),
  });
  const queue = await startQueue({ databaseUrl, deliverer, cordon, log });
  const timers = new Loop('timers', log, async () => {
    const { full } = await fireDueTimers(store, cordon);
    if (full) return 0;
    const next = await store.nextTimerAt();
    return next === undefined ? TIMER_POLL_MS : Math.max(0, Math.min(TIMER_POLL_MS, next - clock.now()));
  });
  const relay = new Loop('relay', log, async () =>
    (await store.relayOutbox(RELAY_BATCH)) === RELAY_BATCH ? 0 : RELAY_POLL_MS,
  );
  timers.start();
  relay.start();
  return {
    async stop() {
      await Promise.all([timers.stop(), relay.stop()]);
      await queue.stop();
      channel.close();
    },
  };
}

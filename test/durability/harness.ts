/** Kills a working Cordon again and again, at moments that chance chooses, and starts it on the same data each time. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openAlertSink, type AlertSink } from '../support/alert-sink.js';
import { ask } from '../support/ask.js';
import { publish, type Deployment } from '../support/deployment.js';
import { chance } from '../support/random.js';
import { launch, type ServerProcess } from '../support/server-process.js';
import { SHORT_CLOCKS } from '../support/short-clocks.js';
import { pause, until } from '../support/until.js';
import { Clients, type Target } from './clients.js';
import { Ledger } from './ledger.js';

export interface CampaignOptions {
  readonly deployment: Deployment;
  readonly kills: number;
  readonly seed: number;
}

export interface Campaign {
  readonly ledger: Ledger;
  readonly sink: AlertSink;
  readonly figures: {
    kills: number;
    duringStart: number;
    withDatabase: number;
  };
}

/** A start recovers the database and compiles everything anew; a machine that does other work beside takes its time. */
const READY_BOUND_MS = 120_000;
/** Timers that a killed worker had leased come up again after half a minute; deliveries back off for some seconds. */
const SETTLED_BOUND_MS = 180_000;
const CLIENTS = 12;
const INCIDENTS = 20;
const TOKEN = randomUUID() + randomUUID();

/**
 * Runs the load through so many kills, lets everything settle, and stops in order. Each client then has an answer to
 * each request. Close the sink when done.
 */
export async function runCampaign({ deployment, kills, seed }: CampaignOptions): Promise<Campaign> {
  // Every tenth first delivery is refused, so that some come a second time without any kill.
  let deliveries = 0;
  const sink = await openAlertSink((times) => times === 1 && (deliveries += 1) % 10 === 0);
  const settings = { ...deployment.settings, CORDON_BOOTSTRAP_TOKEN: TOKEN, CORDON_ALERT_URL: sink.url };
  await publish(deployment, SHORT_CLOCKS);
  const ledger = new Ledger();
  const target: Target = { url: undefined };
  const figures = { kills: 0, duringStart: 0, withDatabase: 0 };
  let server = launch(settings);
  try {
    target.url = await readyUrl(server);
    const tokens = { lead: TOKEN, auditor: await newAuditor(target.url) };
    const clients = new Clients({ target, ledger, seed, count: CLIENTS, tokens, incidents: INCIDENTS });
    await clients.start();
    const luck = chance(seed);
    while (figures.kills < kills) {
      const early = luck.happens(0.2) && figures.kills > 0;
      if (early) figures.duringStart += 1;
      else target.url = await readyUrl(server);
      await pause(luck.between(50, 1_500));
      // What ends by itself, a failed start say, is a fault of its own.
      if (!server.isRunning()) throw new Error(`it ended before it was killed. ${server.said()}`);
      const databaseFirst = luck.happens(0.5);
      const both = luck.happens(0.2);
      if (both && databaseFirst && (await deployment.killDatabase())) figures.withDatabase += 1;
      await server.kill();
      target.url = undefined;
      figures.kills += 1;
      if (both && !databaseFirst && (await deployment.killDatabase())) figures.withDatabase += 1;
      server = launch(settings);
    }
    target.url = await readyUrl(server);
    await clients.stop();
    await settled(deployment);
    await server.stop();
    // Once more: what was stopped in order starts, finds nothing to do, and stops.
    server = launch(settings);
    await readyUrl(server);
    await settled(deployment);
    await server.stop();
    return { ledger, sink, figures };
  } catch (error) {
    await server.kill();
    await sink.close();
    throw error;
  }
}

async function readyUrl(server: ServerProcess): Promise<string> {
  let late: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`it is not ready. ${server.said()}`)), READY_BOUND_MS);
  });
  try {
    const url = await Promise.race([server.ready, tooLate]);
    if (url === undefined) throw new Error('it has no address');
    return url;
  } finally {
    clearTimeout(late);
  }
}

async function newAuditor(url: string): Promise<string> {
  const json = { name: 'Auditor', roles: ['auditor'] };
  const { body } = await ask(`${url}/api/v1/tokens`, { token: TOKEN, json });
  return String(body['token']);
}

const PENDING = `
SELECT (SELECT count(*) FROM outbox) AS effects, (SELECT count(*) FROM timer) AS timers,
       (SELECT coalesce(json_agg(job), '[]') FROM graphile_worker.jobs AS job) AS jobs`;

/** Every clock has run out, and whoever had to be told was told: nothing is left that would move by itself. */
async function settled(deployment: Deployment): Promise<void> {
  const client = new pg.Client(await deployment.url());
  await client.connect();
  let pending: { effects: string; timers: string; jobs: unknown[] } | undefined;
  const isQuiet = async (): Promise<true | undefined> => {
    pending = (await client.query(PENDING)).rows[0] as typeof pending;
    return pending?.effects === '0' && pending.timers === '0' && pending.jobs.length === 0 ? true : undefined;
  };
  try {
    await until('timers, outbox and queue are empty', SETTLED_BOUND_MS, isQuiet, () => pending);
  } finally {
    await client.end();
  }
}

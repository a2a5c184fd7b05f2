import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@cordon/kernel';
import { idOfRef, publishPlaybook, type EntryView, type IncidentId, type Runtime } from '@cordon/runtime';
import { grantQueue, openStore, type Store } from '@cordon/store';
import { makeWorkerUtils, runMigrations } from 'graphile-worker';
import { openAlertSink, type AlertSink } from '../../../../test/support/alert-sink.js';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { until } from '../../../../test/support/until.js';
import { assembleCordon } from '../boot/use-cases.js';
import { startWorker } from '../boot/worker.js';
import { loadConfig } from '../config.js';
import { makeLog } from '../log.js';
import { Metrics } from '../operations/metrics.js';

/** A task, then an action of Cordon's own: telling the alert channel. */
const PLAYBOOK = `
cordon: 1
id: tell
version: 1.0.0
languages: [en]
title: {en: Tell}
summary: {en: Tells somebody}
roles:
  - {id: responder, title: {en: Responder}}
phases:
  - id: tell
    title: {en: Tell}
    steps:
      - {task: decide, title: {en: Decide}, role: responder}
      - {action: call, title: {en: Call the chief}, role: responder, do: notify}
flow: [tell]
`;

const responder = { type: 'person' as const, id: 'responder', roles: ['responder'] };
const boundMs = 20_000;

let database: TestDatabase;
let store: Store;
let cordon: Runtime;
let sink: AlertSink;
let worker: { stop(): Promise<void> } | undefined;
/** The webhook's first answers, before it takes a message. */
let refusals: number;

beforeEach(async () => {
  database = await testDatabase();
  await runMigrations({ connectionString: database.url });
  await grantQueue(database);
  store = await openStore(database);
  cordon = assembleCordon(store, systemClock);
  refusals = 0;
  sink = await openAlertSink((times) => times <= refusals);
  const { findings } = await publishPlaybook(store.playbooks, PLAYBOOK, Date.now());
  expect(findings).toEqual([]);
});
afterEach(async () => {
  await stopWorker();
  await sink.close();
  await store.close();
  await database.drop();
});

async function work(environment: Record<string, string>): Promise<void> {
  const config = loadConfig(environment);
  const [metrics, log] = [new Metrics(), makeLog('silent')];
  worker = await startWorker({
    cordon,
    store,
    databaseUrl: database.url,
    config,
    clock: systemClock,
    metrics,
    log,
  });
}

async function stopWorker(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

/** An incident in which the action has just begun. */
async function reachTheAction(exercise: boolean): Promise<IncidentId> {
  const command = {
    key: 'open',
    playbook: 'tell',
    title: 'Ransom note',
    awareAt: new Date().toISOString(),
    exercise,
  };
  const opened = await cordon.openIncident(command, responder);
  const id = opened.ok ? idOfRef(opened.value.ref) : undefined;
  if (id === undefined) throw new Error(JSON.stringify(opened));
  const done = await cordon.submitEvent(id, { key: 'k', type: 'step.complete', step: 'decide' }, responder);
  expect(done.ok).toBe(true);
  return id;
}

async function verdicts(id: IncidentId): Promise<readonly EntryView[]> {
  const entries = (await cordon.transitions(id, responder, 0, 100)) ?? [];
  return entries.filter(({ event }) => event.type.startsWith('action.'));
}

/** The entry that says what came of the action; what waits for its next try in the queue is due now. */
async function verdictOf(id: IncidentId): Promise<EntryView> {
  const utils = await makeWorkerUtils({ connectionString: database.url, maxPoolSize: 1 });
  try {
    return await until('the verdict is in the history', boundMs, async () => {
      const { rows } = await utils.withPgClient((client) =>
        client.query<{ id: string }>('SELECT id FROM graphile_worker.jobs WHERE run_at > now()'),
      );
      await utils.rescheduleJobs(
        rows.map((job) => job.id),
        { runAt: new Date() },
      );
      return (await verdicts(id))[0];
    });
  } finally {
    await utils.release();
  }
}

async function statusOf(id: IncidentId): Promise<string | undefined> {
  return (await cordon.steps(id, responder, 'en'))?.find((step) => step.id === 'call')?.status;
}

test('a webhook that is away twice is asked again with the same key until it takes the message, and the history says so once', async () => {
  refusals = 2;
  await work({ CORDON_ALERT_URL: sink.url });
  const id = await reachTheAction(false);
  const { event, actor } = await verdictOf(id);
  expect([event.type, event.step, actor.type]).toEqual(['action.succeeded', 'call', 'system']);
  expect([...sink.received.values()]).toEqual([3]);
  expect([...sink.received.keys()][0]).toMatch(new RegExp(`^INC-${id}/`));
  await stopWorker();
  expect(await verdicts(id)).toHaveLength(1);
  expect(await statusOf(id)).toBe('completed');
});

test('nothing real leaves from an exercise, and its history says so', async () => {
  await work({ CORDON_ALERT_URL: sink.url });
  const id = await reachTheAction(true);
  const { event } = await verdictOf(id);
  expect(event).toMatchObject({
    type: 'action.succeeded',
    data: { detail: 'exercise: nothing was sent' },
  });
  await stopWorker();
  expect(sink.received.size).toBe(0);
});

test('without an alert channel the step becomes a problem, with a sentence that says what to do', async () => {
  await work({});
  const id = await reachTheAction(false);
  const { event } = await verdictOf(id);
  expect(event).toMatchObject({
    type: 'action.failed',
    data: { detail: expect.stringContaining('no alert channel is set: give CORDON_ALERT_URL') },
  });
  expect(await statusOf(id)).toBe('problem');
});

test('an effect whose last attempt ended without a verdict, as when its worker is killed, still comes to one', async () => {
  const id = await reachTheAction(false);
  expect(await store.relayOutbox(10)).toBe(1);
  const utils = await makeWorkerUtils({ connectionString: database.url, maxPoolSize: 1 });
  const { rows } = await utils.withPgClient((client) =>
    client.query<{ id: string; max_attempts: number }>('SELECT id, max_attempts FROM graphile_worker.jobs'),
  );
  await utils.rescheduleJobs(
    rows.map((job) => job.id),
    { attempts: rows[0]?.max_attempts ?? 0 },
  );
  await utils.release();
  await work({ CORDON_ALERT_URL: sink.url });
  expect((await verdictOf(id)).event.type).toBe('action.succeeded');
});

/** Several processes over one database: one leads, any may ask. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openNote, parseVkey, verifyInclusion, inclusionProof } from '@cordon/audit';
import { systemClock, TamperError } from '@cordon/kernel';
import { announcedKeys, Backlog, DeploymentLog, storedTiles } from '@cordon/runtime';
import { openStore, type Store } from '@cordon/store';
import { until } from '../../../../test/support/until.js';
import { openJournal } from '../boot/use-cases.js';
import { makeLog } from '../log.js';
import { HealthController } from '../operations/health.controller.js';
import { Metrics } from '../operations/metrics.js';
import { FakeStore } from '../testing/fake-store.js';
import { logDeployment, SYSTEM, type LogDeployment } from '../testing/log-deployment.js';
import { LogHealth } from './log-health.js';
import { LogLeader } from './log-leader.js';

const BOUND_MS = 20_000;

interface Process {
  readonly store: Store;
  readonly leader: LogLeader;
  readonly health: LogHealth;
  readonly backlog: Backlog;
  readonly service: DeploymentLog;
  readonly logged: string[];
}

let one: LogDeployment;
let processes: Process[];
beforeEach(async () => {
  one = await logDeployment();
  processes = [];
});
afterEach(async () => {
  for (const { leader, store } of processes) {
    await leader.stop();
    await store.close();
  }
  await one.close();
});

/** What one server process has; `leads` as those do that work in the background. */
async function begin(leads = true): Promise<Process> {
  const store = await openStore({ url: one.database.url });
  const journal = openJournal(store, systemClock);
  const logged: string[] = [];
  const log = makeLog('info', { write: (line: string) => void logged.push(line) });
  const backlog = new Backlog(store.log);
  const health = new LogHealth(store.log, backlog, systemClock);
  const keeper = one.keeper({ store: store.log, journal });
  const leader = new LogLeader({ keeper, store: store.log, health, log });
  const service = new DeploymentLog({
    ...{ store: store.log, journal, keys: one.keys, health },
    pause: async (ms) => void (await pause(ms)),
  });
  const started = { store, leader, health, backlog, service, logged };
  processes.push(started);
  if (leads) await leader.start();
  return started;
}

test('any process gets a checkpoint that covers its entry, and proves it by what is stored', async () => {
  await begin();
  const asking = await begin(false);
  const { seq, hash } = await one.journal.record({ actor: SYSTEM, type: 'test.entry', data: {} });
  const checkpoint = await asking.service.covering(seq, BOUND_MS);
  expect(checkpoint?.note).toBe(await asking.service.checkpoint());
  const [entry] = await asking.store.log.chainEntries(0 as never, seq - 1, seq, 1);
  const { size = 0, root = Buffer.alloc(0) } = checkpoint ?? {};
  const index = entry?.index ?? -1;
  const proof = await inclusionProof(
    storedTiles(asking.store.log, await asking.store.log.head()),
    size,
    index,
  );
  expect(verifyInclusion({ leafHash: hash, index, size, root, proof })).toBe(true);
  const vkeys = await asking.service.vkeys();
  openNote(checkpoint?.note ?? '', vkeys.map(parseVkey));
});

test('the key of bundles is announced once, and in the tree before it is handed out', async () => {
  await begin();
  const asking = await begin(false);
  const key = await asking.service.bundleKey();
  const again = await asking.service.bundleKey();
  expect(again.vkey).toBe(key.vkey);
  const known = (await announcedKeys(one.store.log)).filter(({ purpose }) => purpose === 'bundle');
  expect(known).toEqual([{ purpose: 'bundle', vkey: key.vkey, retired: false }]);
  expect(await asking.service.vkeys()).toEqual([expect.stringContaining(`${one.store.logName}+`)]);
});

test('when the leader stops all is signed, and another takes over', async () => {
  const first = await begin();
  await begin();
  await one.write(40);
  const { seq } = await one.journal.record({ actor: SYSTEM, type: 'test.entry', data: {} });
  expect(await first.service.covering(seq, BOUND_MS)).toBeDefined();
  await one.write(10);
  await first.leader.stop();
  const head = await one.store.log.head();
  expect((await one.store.log.checkpoint())?.size).toBe(head.size);
  const later = await one.journal.record({ actor: SYSTEM, type: 'test.entry', data: {} });
  expect(await first.service.covering(later.seq, BOUND_MS)).toBeDefined();
});

test('a log that does not verify is not signed on: alarm, not ready, and whoever asks is told', async () => {
  await one.write(5);
  await one.settle();
  await one.attack(
    'ALTER TABLE log_head DISABLE TRIGGER ALL',
    `UPDATE log_head SET edge = overlay(edge PLACING '\\x00ff'::bytea FROM 3 FOR 2)`,
  );
  await one.write(1);
  const found = await begin();
  await until('the alarm', BOUND_MS, async () => found.health.fault);
  expect(found.health.fault).toContain('Nothing is signed until a person has looked');
  expect(found.logged.join('')).toContain('THE LOG DOES NOT VERIFY');
  await expect(found.service.covering(1, 1_000)).rejects.toThrow(TamperError);
  expect((await found.health.status()).check).toBe('bad');
  const ready = new HealthController(
    new FakeStore(),
    makeLog('silent'),
    { check: async () => undefined },
    found.health,
  );
  await expect(ready.ready()).rejects.toMatchObject({ code: 'unavailable' });
  const metrics = await new Metrics().withLog(found.health).registry.metrics();
  expect(metrics).toContain('cordon_log_verifies 0');
});

test('readiness and metrics say how the log stands; a late checkpoint is said, and stops nobody', async () => {
  await one.write(5);
  await one.settle();
  const clock = { at: Date.now(), now: () => clock.at };
  const backlog = new Backlog(one.store.log);
  const health = new LogHealth(one.store.log, backlog, clock);
  const ready = new HealthController(
    new FakeStore(),
    makeLog('silent'),
    { check: async () => undefined },
    health,
  );
  expect(await ready.ready()).toMatchObject({ checks: { database: 'ok', log: 'ok' } });
  await one.write(3);
  await backlog.look();
  clock.at += 61_000;
  expect(await ready.ready()).toMatchObject({ status: 'ok', checks: { log: 'late' } });
  const { size } = await one.store.log.head();
  const metrics = await new Metrics().withLog(health).registry.metrics();
  for (const line of [`backlog_entries 3`, `entries ${size}`, `checkpoint_entries ${size}`, 'verifies 1'])
    expect(metrics).toContain(`cordon_log_${line}\n`);
  expect(metrics).toMatch(/cordon_log_checkpoint_age_seconds 6\d/);
});

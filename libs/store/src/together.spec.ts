import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aNewIncident, aPlaybook, aWrite, noon, sha256 } from '@cordon/testkit';
import type { StoredAct, StoredIncident } from '@cordon/runtime';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openStore, type Store } from './open-store.js';

const applicationName = 'together.spec';
const INCIDENTS = 12;

let database: TestDatabase;
let store: Store;
let other: pg.Client;
let incidents: readonly StoredIncident[];

beforeEach(async () => {
  database = await testDatabase();
  store = await openStore({ url: database.url, applicationName, poolSize: 2 });
  other = new pg.Client(database.url);
  await other.connect();
  await store.playbooks.publish(aPlaybook());
  const ids = [];
  for (let i = 0; i < INCIDENTS; i += 1) ids.push((await store.open(aNewIncident())).id);
  ({ incidents } = await store.load(ids, []));
});

afterEach(async () => {
  await other.end();
  await store.close();
  await database.drop();
});

const act: StoredAct = { actor: 'ann', key: 'k', requestHash: sha256('r'), at: noon, answer: '[]' };
const writes = () => incidents.map((one) => aWrite(one));

const WAITING = `SELECT pid FROM pg_stat_activity
  WHERE application_name = '${applicationName}' AND datname = current_database() AND wait_event_type = 'Lock'`;

/** Holds the last of the incidents, starts the act, and returns once it has come that far and waits. */
async function actThatWaits(): Promise<{ result: Promise<unknown>; pid: number }> {
  const last = Math.max(...incidents.map(({ id }) => id));
  await other.query('BEGIN');
  await other.query('SELECT FROM incident WHERE id = $1 FOR UPDATE', [last]);
  const result = store.commitTogether(writes(), act).catch((error: unknown) => error);
  for (;;) {
    const { rows } = await other.query<{ pid: number }>(WAITING);
    if (rows[0]) return { result, pid: rows[0].pid };
  }
}

const seqs = async () =>
  (
    await store.load(
      incidents.map(({ id }) => id),
      [],
    )
  ).incidents.map(({ seq }) => seq);

async function expectNothing(): Promise<void> {
  expect(await seqs()).toEqual(Array.from({ length: INCIDENTS }, () => 1));
  expect(await store.act('ann', 'k')).toBeUndefined();
  const { rows } = await other.query(
    'SELECT count(*)::int AS entries FROM audit_entry WHERE incident_id > 0',
  );
  expect(rows).toEqual([{ entries: INCIDENTS }]);
}

test('killed in the middle of an act: nothing of it is there, and the same act goes through afterwards', async () => {
  const { result, pid } = await actThatWaits();
  await other.query('SELECT pg_terminate_backend($1)', [pid]);
  expect(await result).toMatchObject({ name: 'OperationalError', retryable: true });
  await other.query('ROLLBACK');
  await expectNothing();
  expect(await store.commitTogether(writes(), act)).toBe(true);
  expect(await seqs()).toEqual(Array.from({ length: INCIDENTS }, () => 2));
});

test('somebody who was quicker at the last of the incidents: nothing of the act is there', async () => {
  const { result } = await actThatWaits();
  const last = Math.max(...incidents.map(({ id }) => id));
  await other.query('UPDATE incident SET seq = seq + 1 WHERE id = $1', [last]);
  await other.query('COMMIT');
  expect(await result).toBe(false);
  await other.query('UPDATE incident SET seq = seq - 1 WHERE id = $1', [last]);
  await expectNothing();
});

test('a row that stays locked is waited for no longer than the lock timeout', async () => {
  const { result } = await actThatWaits();
  expect(await result).toMatchObject({ name: 'OperationalError', retryable: true });
  await other.query('ROLLBACK');
  await expectNothing();
});

test('after a failure the connection is as good as new', async () => {
  for (let i = 0; i < 4; i += 1) {
    const wrong = writes().map((write) => ({ ...write, head: new Uint8Array(3) }));
    await expect(store.commitTogether(wrong, act)).rejects.toMatchObject({ name: 'InvariantError' });
  }
  await expectNothing();
  expect(await store.commitTogether(writes(), act)).toBe(true);
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aNewIncident, aPlaybook, aWrite } from '@cordon/testkit';
import { OperationalError } from '@cordon/kernel';
import type { StoredIncident } from '@cordon/runtime';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openStore, type Store } from './open-store.js';

const applicationName = 'door-store.spec';

let database: TestDatabase;
let store: Store;
let other: pg.Client;
let incident: StoredIncident;

beforeEach(async () => {
  database = await testDatabase();
  store = await openStore({ url: database.url, applicationName, poolSize: 2 });
  other = new pg.Client(database.url);
  await other.connect();
  await store.playbooks.publish(aPlaybook());
  const { id } = await store.open(aNewIncident());
  incident = (await store.load([id], [])).incidents[0] as StoredIncident;
});

afterEach(async () => {
  await other.end();
  await store.close();
  await database.drop();
});

const sql = {
  lock: 'BEGIN; SELECT FROM incident FOR UPDATE',
  waiting: `SELECT pid FROM pg_stat_activity
    WHERE application_name = '${applicationName}' AND datname = current_database() AND wait_event_type = 'Lock'`,
  terminateAll: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = '${applicationName}' AND datname = current_database()`,
};

/** Holds the incident's row, starts a commit, and returns once the commit waits for the row. */
async function commitThatWaits(): Promise<{ result: Promise<unknown>; pid: number }> {
  await other.query(sql.lock);
  const result = store.commit([aWrite(incident)]).catch((error: unknown) => error);
  for (;;) {
    const { rows } = await other.query<{ pid: number }>(sql.waiting);
    if (rows[0]) return { result, pid: rows[0].pid };
  }
}

describe('when the world misbehaves', () => {
  test('a connection lost in the middle of a commit: retryable, and the retry goes through', async () => {
    const { result, pid } = await commitThatWaits();
    await other.query('SELECT pg_terminate_backend($1)', [pid]);
    const error = await result;
    expect(error).toBeInstanceOf(OperationalError);
    expect(error).toMatchObject({ retryable: true });
    await other.query('ROLLBACK');
    expect(await store.commit([aWrite(incident)])).toEqual(new Set([incident.id]));
  });

  test('a row that stays locked: retryable after the lock timeout, and nothing is committed', async () => {
    const { result } = await commitThatWaits();
    expect(await result).toMatchObject({ name: 'OperationalError', retryable: true });
    await other.query('ROLLBACK');
    expect((await store.load([incident.id], [])).incidents).toMatchObject([{ seq: 1 }]);
  });

  test('a commit that waited for another writer finds its expectation gone', async () => {
    const { result } = await commitThatWaits();
    await other.query('UPDATE incident SET seq = seq + 1; COMMIT');
    expect(await result).toEqual(new Set());
  });

  test('idle connections that the server closes are replaced', async () => {
    await other.query(sql.terminateAll);
    // One call may still meet a connection whose end has not been read yet; it says that it may be tried again.
    await store.ping().catch((error: unknown) => expect(error).toMatchObject({ retryable: true }));
    await store.ping();
  });

  test('a relay without a queue says what is missing', async () => {
    await store.commit([
      aWrite(incident, {
        effects: [{ seq: 2, effect: { key: 'k', kind: 'action', step: 's', payload: {} } }],
      }),
    ]);
    await expect(store.relayOutbox(1)).rejects.toThrow(/cordon_queue_effect/);
    const { rows } = await other.query('SELECT key FROM outbox');
    expect(rows).toEqual([{ key: 'k' }]);
  });

  test('an address where nothing listens: retryable', async () => {
    await expect(openStore({ url: 'postgres://127.0.0.1:1/none' })).rejects.toMatchObject({
      name: 'OperationalError',
      retryable: true,
    });
  });
});

test('closing twice is closing once', async () => {
  await Promise.all([store.close(), store.close()]);
  await store.close();
  await expect(store.ping()).rejects.toMatchObject({ retryable: false });
});

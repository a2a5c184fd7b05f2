import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FeedTail, type StoredIncident } from '@cordon/runtime';
import { anEntry, aNewIncident, aPlaybook, aWrite } from '@cordon/testkit';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openStore, type Store } from './open-store.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase();
  store = await openStore({ url: database.url });
  await store.playbooks.publish(aPlaybook());
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function anIncident(): Promise<StoredIncident> {
  const { id } = await store.open(aNewIncident());
  const { incidents } = await store.load([id], []);
  if (!incidents[0]) throw new Error('it was opened');
  return incidents[0];
}

/** Numbers that no opened incident has. */
let incidents = 1_000_000;

/** A writer of its own, which has written an entry and not yet committed. */
async function aSlowWriter() {
  const client = new pg.Client(database.url);
  await client.connect();
  const entry = anEntry({ seq: 1, revision: 1, prev: new Uint8Array(32) });
  await client.query('BEGIN');
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO audit_entry (incident_id, seq, revision, at, prev, hash, leaf)
     VALUES ($4, 1, 1, now(), $1, $2, $3) RETURNING id`,
    [entry.prev, entry.hash, entry.leaf, (incidents += 1)],
  );
  const finish = async (how: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
    await client.query(how);
    await client.end();
  };
  return { id: Number(rows[0]?.id), finish };
}

async function ids(tail: FeedTail): Promise<number[]> {
  const { entries, more } = await tail.advance();
  const given = entries.map(({ id }) => id);
  return more ? [...given, ...(await ids(tail))] : given;
}

test('an entry whose number is smaller and whose commit is later is not passed over', async () => {
  const tail = new FeedTail(store.feed);
  await tail.advance();
  const slow = await aSlowWriter();
  const fast = await anIncident();
  const newest = await store.feed.newest();
  expect(newest).toBeGreaterThan(slow.id);
  // What a reader that goes on after the newest number would have seen, and lost the slow one by.
  expect((await store.feed.read(0, 1000)).map(({ id }) => id)).not.toContain(slow.id);
  expect(await ids(tail)).toEqual([]);
  expect(await store.commit([aWrite(fast)])).toEqual(new Set([fast.id]));
  expect(await ids(tail)).toEqual([]);
  await slow.finish('COMMIT');
  expect(await ids(tail)).toEqual([slow.id, newest, newest + 1]);
});

test('a number that is rolled back holds nobody up after that', async () => {
  const tail = new FeedTail(store.feed);
  await tail.advance();
  const slow = await aSlowWriter();
  await anIncident();
  expect(await ids(tail)).toEqual([]);
  await slow.finish('ROLLBACK');
  expect(await ids(tail)).toEqual([slow.id + 1]);
});

test('a tail that begins while a number is on its way waits for it', async () => {
  const slow = await aSlowWriter();
  await anIncident();
  const tail = new FeedTail(store.feed);
  await tail.advance();
  expect(tail.settled).toBeUndefined();
  await slow.finish('COMMIT');
  await tail.advance();
  expect(tail.settled).toBeGreaterThan(slow.id);
});

test('writers are those of this database and of the history only, whatever rights the reader has', async () => {
  expect(store.restricted).toBe(true);
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query('BEGIN');
  await client.query(`UPDATE incident SET revision = revision`);
  await client.query('SELECT FROM audit_entry');
  expect(await store.feed.writers()).toEqual(new Set());
  await client.query('ROLLBACK');
  await client.end();
  const slow = await aSlowWriter();
  expect((await store.feed.writers()).size).toBe(1);
  await slow.finish('ROLLBACK');
  expect(await store.feed.writers()).toEqual(new Set());
});

test('under writers that commit in any order a tail gives each entry once, in order', async () => {
  const tail = new FeedTail(store.feed);
  await tail.advance();
  const start = tail.settled ?? 0;
  const given: number[] = [];
  let writing = true;
  const listening = (async () => {
    while (writing) given.push(...(await ids(tail)));
  })();
  const rounds = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 15; round += 1) {
      const slow = await aSlowWriter();
      if (round % 3 === writer % 3) await anIncident();
      await slow.finish((round + writer) % 4 === 0 ? 'ROLLBACK' : 'COMMIT');
    }
  });
  await Promise.all(rounds);
  writing = false;
  await listening;
  given.push(...(await ids(tail)));
  const stored = (await store.feed.read(start, 10_000)).map(({ id }) => id);
  expect(stored.length).toBeGreaterThan(100);
  expect(given).toEqual(stored);
}, 60_000);

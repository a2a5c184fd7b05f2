import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ChainChecker } from '@cordon/audit';
import { DeploymentJournal, JOURNAL_ID, type StoredEntry } from '@cordon/runtime';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openStore, type Store } from './open-store.js';

let database: TestDatabase;
let stores: readonly Store[];
beforeAll(async () => {
  database = await testDatabase();
  stores = [await openStore({ url: database.url }), await openStore({ url: database.url })];
}, 120_000);
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});

const actor = { type: 'system', id: 'cordon', roles: [] } as const;
let salts = 0;

function journalOver(store: Store, now: number): DeploymentJournal {
  const salt = (): string => `salt-${(salts += 1)}`;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return new DeploymentJournal({
    store: store.journal,
    log: store.logName,
    clock: { now: () => now },
    salt,
    pause,
  });
}

async function entriesOf(store: Store): Promise<readonly StoredEntry[]> {
  return store.entries(JOURNAL_ID, 0, 1_000);
}

test('two processes that write at once make one chain without gaps, in which time does not run backwards', async () => {
  const [one, two] = stores as [Store, Store];
  const noon = Date.parse('2026-03-24T12:00:00Z');
  const journals = [journalOver(one, noon), journalOver(two, noon - 60_000)] as const;
  await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      journals[i % 2 === 0 ? 0 : 1].record({
        ...{ actor, type: 'session.start', subject: `person-${i}`, data: { method: 'passkey' } },
        ...(i % 5 === 0 ? { refused: 'wrong_code' } : {}),
      }),
    ),
  );
  const entries = await entriesOf(one);
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
  const checker = new ChainChecker((await one.journal.head()).uid);
  expect(
    entries.map(({ openings, ...entry }) =>
      checker.next({ ...entry, ...(openings ? { openings: JSON.parse(openings) as [] } : {}) }),
    ),
  ).toEqual(entries.map(() => undefined));
  expect(entries.every(({ at }, i) => i === 0 || at >= (entries[i - 1]?.at ?? 0))).toBe(true);
  expect(await one.journal.head()).toMatchObject({ seq: 120, revision: 96 });
  const subjects = entries.map(
    ({ leaf }) => JSON.parse(Buffer.from(leaf).toString()).event.subject as string,
  );
  expect(new Set(subjects).size).toBe(120);
});

test('an entry that cannot be written is the caller’s to know, and the next one goes on', async () => {
  const [store] = stores as [Store];
  const journal = journalOver(store, Date.now());
  const tooLarge = 'x'.repeat(70_000);
  await expect(journal.record({ actor, type: tooLarge })).rejects.toThrow(/audit leaf/);
  await journal.record({ actor, type: 'token.revoke', subject: 'a' });
  expect((await store.journal.head()).seq).toBe(121);
});

test('the application cannot move the head away or delete it', async () => {
  const [store] = stores as [Store];
  for (const statement of [
    'DELETE FROM journal_head',
    'UPDATE journal_head SET id = 1',
    'UPDATE journal_head SET uid = gen_random_uuid()',
    `INSERT INTO journal_head VALUES (0, 0, 0, 'epoch', '', gen_random_uuid())`,
    'DELETE FROM audit_entry WHERE incident_id = 0',
  ])
    await expect(store.dataSource.query(statement)).rejects.toThrow(/permission denied|refused|restrict/);
});

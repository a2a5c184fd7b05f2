import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aNewIncident, anEntry, aPlaybook, bytes, leafHash } from '@cordon/testkit';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { openStore, type Store } from '../open-store.js';
import { evidenceReferences } from './references.js';

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

test('a hash that an entry names is wanted, whatever incident it is of, and no other', async () => {
  const [named, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const uid = '0198aaaa-0000-7000-8000-000000000001';
  const openings = JSON.stringify([{ salt: 's', key: 'data.sha256', value: named }]);
  const entry = anEntry({ seq: 1, revision: 1, prev: leafHash(bytes(uid)), openings });
  await store.open(aNewIncident({ uid, entries: [entry] }));
  expect(await evidenceReferences(store.dataSource)([named, other])).toEqual(new Set([named]));
  expect(await evidenceReferences(store.dataSource)([])).toEqual(new Set());
});

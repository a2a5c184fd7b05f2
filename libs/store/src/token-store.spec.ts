import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openStore, type Store } from './open-store.js';

let database: TestDatabase;
let owner: pg.Client;
let folder: string;
const open: Store[] = [];

beforeEach(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-tokens-'));
  owner = new pg.Client(database.url);
  await owner.connect();
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await owner.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function opened(): Promise<Store> {
  const store = await openStore({ url: database.url, vaultKeyFile: join(folder, 'vault.key') });
  open.push(store);
  return store;
}

const ADD = `INSERT INTO token (id, created_at, name, roles, hash)
  VALUES ($1::text, now(), $2, '{}', sha256(convert_to($1::text, 'UTF8')))`;

async function storedNames(): Promise<readonly string[]> {
  const { rows } = await owner.query<{ name: string }>('SELECT name FROM token ORDER BY id');
  return rows.map(({ name }) => name);
}

test('names that were written in clear are sealed at the start, by whichever process comes first, and read as before', async () => {
  const names = ['Ada', 'v1.short', '陳大文', ''];
  for (const [i, name] of names.entries()) await owner.query(ADD, [`t-${i}`, name]);
  const stores = await Promise.all([opened(), opened(), opened()]);
  const sealed = await storedNames();
  expect(sealed.every((name) => /^v1\.[A-Za-z0-9_-]{38,}$/.test(name))).toBe(true);
  for (const { tokens } of stores) {
    const found = await tokens.byIds(['t-0', 't-1', 't-2', 't-3']);
    expect(found.map(({ id, name }) => [id, name]).sort()).toEqual(names.map((name, i) => [`t-${i}`, name]));
  }
  await opened();
  expect(await storedNames()).toEqual(sealed);
});

test("a sealed name that is moved to another token's row does not open there", async () => {
  const { tokens } = await opened();
  for (const id of ['a', 'b'])
    await tokens.add({ id, name: `Name of ${id}`, roles: [], createdAt: 0, hash: Buffer.alloc(32, id) });
  await owner.query(`UPDATE token SET name = (SELECT name FROM token WHERE id = 'a') WHERE id = 'b'`);
  await expect(tokens.byIds(['b'])).rejects.toMatchObject({ name: 'TamperError' });
  expect(await tokens.byIds(['a'])).toMatchObject([{ name: 'Name of a' }]);
});

test('a store without a key file says so when somebody is asked for, and works otherwise', async () => {
  await owner.query(ADD, ['t-0', 'Ada']);
  const store = await openStore({ url: database.url });
  open.push(store);
  await expect(store.tokens.byIds(['t-0'])).rejects.toThrow('without a vault key file');
  expect(await store.playbooks.list()).toEqual([]);
});

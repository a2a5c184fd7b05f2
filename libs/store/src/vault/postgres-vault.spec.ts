import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { vaultConformance } from '@cordon/testkit';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { makeDataSource } from '../data-source.js';
import { newKey, sealText, wrapKey } from './cipher.js';
import { KeyFile } from './key-file.js';
import { PostgresVault } from './postgres-vault.js';

const ADD_KEYS = `INSERT INTO subject_key (subject, key_id, wrapped)
  SELECT subject, $2, wrapped FROM unnest($1::text[], $3::bytea[]) AS added (subject, wrapped)`;
const WIPE = `DELETE FROM subject_key; UPDATE vault_key SET id = ''`;

let database: TestDatabase;
let owner: pg.Client;
let dataSource: DataSource;
let folder: string;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.url);
  await owner.connect();
  dataSource = await connected();
});
afterAll(async () => {
  await dataSource.destroy();
  await owner.end();
  await database.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-vault-'));
});
afterEach(async () => {
  await owner.query(WIPE);
  await rm(folder, { recursive: true, force: true });
});

/** As the application connects: with its rights and no more. */
function connected(url = database.url): Promise<DataSource> {
  return makeDataSource({
    url,
    applicationName: 'vault.spec',
    settings: { role: 'cordon_app' },
    poolSize: 4,
  }).initialize();
}

const keyPath = (): string => join(folder, 'keys', 'vault.key');

async function vaultAt(path = keyPath(), source = dataSource): Promise<PostgresVault> {
  const vault = new PostgresVault(source, path);
  await vault.prepare();
  return vault;
}

vaultConformance('PostgreSQL', async () => ({
  vault: await vaultAt(),
  another: () => vaultAt(),
  close: async () => undefined,
}));

describe('the key file', () => {
  test('is made at the first start, for its owner alone, and found at the next', async () => {
    const [first, second] = await Promise.all([vaultAt(), vaultAt()]);
    expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    const sealed = await first.seal('p-1', 'Ada');
    expect(await second.open('p-1', sealed)).toBe('Ada');
    expect(await (await vaultAt()).open('p-1', sealed)).toBe('Ada');
    expect(await readdir(join(folder, 'keys'))).toEqual(['vault.key']);
  });

  test.each([
    ['is lost', () => rm(keyPath())],
    ["is another deployment's", () => foreignKey()],
    ['is cut off', () => writeFile(keyPath(), '{"format":"cordon-vau')],
  ])(
    'where it %s, the start is refused with its name and what to do, and nothing is made',
    async (_, harm) => {
      const sealed = await (await vaultAt()).seal('p-1', 'Ada');
      const kept = `${keyPath()}.kept`;
      await copyFile(keyPath(), kept);
      await harm();
      const before = await readFile(keyPath(), 'utf8').catch(() => 'none');
      await expect(vaultAt()).rejects.toMatchObject({
        name: 'OperationalError',
        retryable: false,
        message: expect.stringMatching(/vault\.key.*[Pp]ut the key file of this deployment there/),
      });
      expect(await readFile(keyPath(), 'utf8').catch(() => 'none')).toBe(before);
      await copyFile(kept, keyPath());
      expect(await (await vaultAt()).open('p-1', sealed)).toBe('Ada');
    },
  );

  test('changes with every erasure: the old one opens nothing, and nothing is left beside the new one', async () => {
    const vault = await vaultAt();
    await vault.seal('p-1', 'Ada');
    await vault.seal('p-2', 'Bob');
    const old = join(folder, 'old.key');
    await copyFile(keyPath(), old);
    await vault.erase('p-1');
    expect(await readdir(join(folder, 'keys'))).toEqual(['vault.key']);
    expect((await new KeyFile(old).present())?.id).not.toBe((await new KeyFile(keyPath()).present())?.id);
    await expect(vaultAt(old)).rejects.toThrow('old.key');
  });
});

describe('a change of the key that was cut short', () => {
  test('before the commit it is undone: the next key is destroyed, nobody is erased', async () => {
    const vault = await vaultAt();
    const sealed = await vault.seal('p-1', 'Ada');
    await expect(
      vault.eraseWith('p-1', () => Promise.reject(new Error('the rest of the work failed'))),
    ).rejects.toThrow('the rest of the work failed');
    const present = await new KeyFile(keyPath()).present();
    const orphan = { ...present, id: 'ffffffffffffffff' } as NonNullable<typeof present>;
    await new KeyFile(keyPath()).add(orphan);
    const next = await vaultAt();
    expect(await readdir(join(folder, 'keys'))).toEqual(['vault.key']);
    expect(await next.open('p-1', sealed)).toBe('Ada');
    expect(await vault.open('p-1', sealed)).toBe('Ada');
  });

  test('after the commit it is finished, by the next start or the next erasure, and served meanwhile', async () => {
    for (const finish of ['start', 'erasure'] as const) {
      const vault = await vaultAt();
      const other = await vaultAt();
      const [ada, bob] = [await vault.seal('p-1', 'Ada'), await vault.seal('p-2', 'Bob')];
      const interrupted = await interruptedErasure('p-1');
      expect((await readdir(join(folder, 'keys'))).length).toBe(2);
      expect(await other.open('p-2', bob)).toBe('Bob');
      const fresh = new PostgresVault(dataSource, keyPath());
      expect(await fresh.open('p-1', ada)).toBeUndefined();
      const last = finish === 'start' ? await vaultAt() : other;
      if (finish === 'erasure') expect(await last.erase('p-1')).toBe(false);
      expect(await readdir(join(folder, 'keys'))).toEqual(['vault.key']);
      expect(await readFile(interrupted.oldKey, 'utf8')).not.toContain('cordon-vault-key');
      expect(await last.open('p-2', bob)).toBe('Bob');
      await owner.query(WIPE);
      await rm(join(folder, 'keys'), { recursive: true });
    }
  });
});

describe('a backup', () => {
  test('of the database alone opens nothing, and with the key folder of today not who was erased since', async () => {
    const vault = await vaultAt();
    const [ada, bob] = [await vault.seal('p-1', 'Ada'), await vault.seal('p-2', 'Bob')];
    const backup = await copyOfDatabase();
    try {
      await vault.erase('p-1');
      await vault.erase('p-unknown');
      const late = await vault.seal('p-3', 'Eve');
      await vault.erase('p-3');
      await expect(vaultAt(join(folder, 'empty', 'vault.key'), backup.source)).rejects.toThrow(
        'empty/vault.key',
      );
      const restored = await vaultAt(keyPath(), backup.source);
      expect(await restored.open('p-1', ada)).toBeUndefined();
      expect(await restored.open('p-2', bob)).toBe('Bob');
      await expect(restored.seal('p-1', 'again')).rejects.toThrow('p-1');
      await expect(restored.open('p-3', late)).rejects.toThrow('p-3');
      expect(await vault.open('p-2', bob)).toBe('Bob');
    } finally {
      await backup.drop();
    }
  });
});

describe('ten thousand people', () => {
  test('are wrapped anew by an erasure, and read in one look', async () => {
    const vault = await vaultAt();
    const ids = Array.from({ length: 10_000 }, (_, i) => `person-${i}`);
    const present = await new KeyFile(keyPath()).present();
    if (!present) throw new Error('there is no key');
    const keys = ids.map(newKey);
    await owner.query(ADD_KEYS, [
      ids,
      present.id,
      ids.map((id, i) => wrapKey(present.key, id, keys[i] ?? newKey())),
    ]);
    const sealed = ids.map((id, i) => sealText(keys[i] ?? newKey(), id, '', id));
    const started = performance.now();
    expect(await vault.erase('person-0')).toBe(true);
    const erasedMs = performance.now() - started;
    const other = await vaultAt();
    const reading = performance.now();
    const opened = await Promise.all(ids.map((id, i) => other.open(id, sealed[i] ?? '')));
    const readMs = performance.now() - reading;
    expect(opened).toEqual([undefined, ...ids.slice(1)]);
    const bytes = (await stat(keyPath())).size;
    process.stderr.write(
      `vault: 10,000 keys wrapped anew in ${erasedMs.toFixed(0)} ms, read in ${readMs.toFixed(0)} ms; key file ${bytes} bytes\n`,
    );
  }, 60_000);
});

/** Commits an erasure and stops there, as a process does that is killed after the commit. */
async function interruptedErasure(subject: string): Promise<{ readonly oldKey: string }> {
  const path = keyPath();
  const vault = new PostgresVault(dataSource, path);
  const file = (vault as unknown as { file: KeyFile }).file;
  // Another name of the same bytes, to see what becomes of them.
  const oldKey = join(folder, `watched-${randomUUID()}`);
  await link(path, oldKey);
  const promote = file.promote.bind(file);
  let calls = 0;
  file.promote = (id) => ((calls += 1) === 1 ? promote(id) : Promise.reject(new Error('killed')));
  await expect(vault.erase(subject)).rejects.toThrow('killed');
  return { oldKey };
}

async function foreignKey(): Promise<void> {
  const other = await testDatabase();
  const source = await connected(other.url);
  const path = join(folder, 'foreign', 'vault.key');
  await vaultAt(path, source);
  await source.destroy();
  await other.drop();
  await copyFile(path, keyPath());
}

/** What a restored backup is: another database with the rows of then. */
async function copyOfDatabase(): Promise<{ readonly source: DataSource; drop(): Promise<void> }> {
  const copy = await testDatabase();
  const client = new pg.Client(copy.url);
  await client.connect();
  const { rows } = await owner.query('SELECT subject, key_id, wrapped, erased_at FROM subject_key');
  for (const row of rows)
    await client.query(
      'INSERT INTO subject_key (subject, key_id, wrapped, erased_at) VALUES ($1, $2, $3, $4)',
      [row.subject, row.key_id, row.wrapped, row.erased_at],
    );
  await client.query('UPDATE vault_key SET id = $1', [
    (await owner.query('SELECT id FROM vault_key')).rows[0].id,
  ]);
  await client.end();
  const source = await connected(copy.url);
  return {
    source,
    drop: async () => {
      await source.destroy();
      await copy.drop();
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeZip } from '@cordon/audit';
import { aNewIncident, anEntry, aPlaybook, bytes, leafHash } from '@cordon/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { getMetadataArgsStorage } from 'typeorm';
import { emptyDatabase, testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { entities } from '../entities/index.js';
import { openStore } from '../open-store.js';
import { NOT_BACKED_UP } from './catalogue.js';
import { formatBackupManifest, memberOf, type BackupManifest } from './manifest.js';
import { openBackup } from './open-backup.js';
import { restoreBackup } from './restore-backup.js';
import { writeBackup } from './write-backup.js';

const AT = Date.parse('2026-03-24T02:00:00Z');
/** Every kind of character that COPY's text form has to spell in another way. */
const ODD = 'tab\t line\n return\r back\\slash \\N \\. quote" \u{1f6a8} 事件';

let source: TestDatabase;
let folder: string;
let file: string;
let manifest: BackupManifest;

beforeAll(async () => {
  source = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-backup-'));
  file = join(folder, 'backup.zip');
  const store = await openStore({ url: source.url });
  await store.playbooks.publish(aPlaybook());
  for (let n = 1; n <= 40; n += 1) {
    const uid = `0198aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`;
    const entry = anEntry({
      seq: 1,
      revision: 1,
      prev: leafHash(bytes(uid)),
      openings: JSON.stringify([ODD]),
    });
    await store.open(aNewIncident({ uid, entries: [entry] }));
  }
  await store.close();
  await attack(
    source,
    `INSERT INTO legal_hold (id, incident_id, placed_at, placed_by, placed_seq) VALUES ('h', 1, now(), 'x', 1)`,
    `INSERT INTO team (id, created_at, name, roles) VALUES ('t', now(), '${ODD}', ARRAY['${ODD}', 'NULL', '', NULL])`,
    `INSERT INTO person (id, created_at, roles) VALUES ('p', now(), '{}')`,
    `INSERT INTO credential (id, person_id, kind, data, counter, created_at)
       VALUES ('c', 'p', 'totp', 'x', 9007199254740993, now())`,
  );
  manifest = await writeBackup({ url: source.url, file, at: AT });
}, 60_000);
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true });
});

async function withClient<T>({ url }: TestDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const attack = (database: TestDatabase, ...sql: readonly string[]): Promise<void> =>
  withClient(database, async (client) => {
    for (const one of sql) await client.query(one);
  });

/** Every row of every table as text, sorted. */
async function rowsOf(database: TestDatabase): Promise<Record<string, readonly string[]>> {
  return withClient(database, async (client) => {
    const sql = `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
    const tables = (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
    const found: Record<string, readonly string[]> = {};
    for (const name of tables.filter((one) => !NOT_BACKED_UP.includes(one))) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
      found[name] = rows.map(({ row }) => row).sort();
    }
    return found;
  });
}

/** What guards the tables: triggers and whether they are on, rights, constraints, indexes. */
async function guardsOf(database: TestDatabase): Promise<readonly unknown[]> {
  return withClient(database, async (client) => {
    const of = async (sql: string): Promise<unknown> => (await client.query(sql)).rows;
    return [
      await of(
        `SELECT tgname, tgenabled, tgtype, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
      ),
      await of(`SELECT count(*) FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O'`),
      await of(
        `SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
      ),
      await of(
        `SELECT attrelid::regclass::text, attname, attacl::text, attidentity FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
          WHERE relnamespace = 'public'::regnamespace AND attnum > 0 ORDER BY 1, 2`,
      ),
      await of(`SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
          WHERE connamespace = 'public'::regnamespace ORDER BY 1`),
    ];
  });
}

async function restored(from = file): Promise<TestDatabase> {
  const database = await emptyDatabase();
  const backup = await openBackup(from);
  try {
    await restoreBackup({ url: database.url, backup });
    return database;
  } catch (error) {
    await database.drop();
    throw error;
  } finally {
    await backup.close();
  }
}

/** The backup with its manifest changed, in a file of its own. */
async function changed(change: (manifest: BackupManifest) => BackupManifest): Promise<string> {
  const backup = await openBackup(file);
  const members = [
    ...backup.manifest.tables.map((table) => ({ path: memberOf(table.name), data: backup.rows(table) })),
    { path: 'MANIFEST.json', data: Buffer.from(formatBackupManifest(change(backup.manifest))) },
  ];
  const path = join(folder, `changed-${(await readdir(folder)).length}.zip`);
  await writeFile(path, writeZip(members));
  await backup.close();
  return path;
}

test('every table that an entity maps is in the backup, but for a cache and what lives for minutes', async () => {
  const mapped = getMetadataArgsStorage()
    .filterTables([...entities])
    .map(({ name }) => name ?? '');
  const found = manifest.tables.map(({ name }) => name);
  expect([...found, ...NOT_BACKED_UP].sort()).toEqual([...mapped, 'schema_migration'].sort());
  expect([...manifest.leftOut].sort()).toEqual([...NOT_BACKED_UP].sort());
});

test('what is restored has the same rows and numbers, and is guarded as migrations leave it', async () => {
  const database = await restored();
  const fresh = await testDatabase();
  try {
    const rows = await rowsOf(source);
    expect(await rowsOf(database)).toEqual(rows);
    expect([rows['incident']?.length, rows['audit_entry']?.length, rows['audit_opening']?.length]).toEqual([
      40, 40, 40,
    ]);
    expect(await guardsOf(database)).toEqual(await guardsOf(fresh));
    await expect(attack(database, 'DELETE FROM audit_entry')).rejects.toThrow(/refused/);
    await expect(attack(database, `INSERT INTO deployment VALUES ('another')`)).rejects.toThrow(/refused/);
    const store = await openStore({ url: database.url });
    const uid = '0198aaaa-0000-7000-8000-00000000ffff';
    await store.open(
      aNewIncident({
        uid,
        entries: [anEntry({ seq: 1, revision: 1, prev: leafHash(bytes(uid)) })],
      }),
    );
    expect((await store.incidents({ limit: 1 }))[0]).toMatchObject({ id: 41, uid });
    await store.close();
  } finally {
    await database.drop();
    await fresh.drop();
  }
});

test('the file is its owner\u2019s alone, no backup is overwritten, and nothing is left of one that failed', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const before = await readFile(file);
  await expect(writeBackup({ url: source.url, file, at: AT })).rejects.toThrow(/there already.*name another/);
  expect((await readFile(file)).equals(before)).toBe(true);
  const controller = new AbortController();
  const cut = join(folder, 'cut.zip');
  const told = (table: string): void => {
    if (table === 'incident') controller.abort(new Error('stopped'));
  };
  await expect(
    writeBackup({ url: source.url, file: cut, at: AT, told, signal: controller.signal }),
  ).rejects.toThrow(/stopped/);
  expect((await readdir(folder)).filter((name) => name.includes('cut'))).toEqual([]);
  const blank = await emptyDatabase();
  await expect(writeBackup({ url: blank.url, file: cut, at: AT })).rejects.toThrow(/no Cordon/);
  await blank.drop();
  const nowhere = join(folder, 'missing', 'cut.zip');
  await expect(writeBackup({ url: source.url, file: nowhere, at: AT })).rejects.toThrow(
    /cannot be written \(ENOENT\): name another place/,
  );
});

test('a backup of one moment is whole while others write', async () => {
  const store = await openStore({ url: source.url });
  let [n, stop] = [0, false];
  const writing = (async () => {
    for (; !stop; n += 1) {
      const uid = `0198bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`;
      const entry = anEntry({ seq: 1, revision: 1, prev: leafHash(bytes(uid)) });
      await store.open(aNewIncident({ uid, entries: [entry] }));
    }
  })();
  const path = join(folder, 'while.zip');
  const one = await writeBackup({ url: source.url, file: path, at: AT });
  stop = true;
  await writing;
  await store.close();
  expect(n).toBeGreaterThan(0);
  const rows = (name: string): number | undefined => one.tables.find((table) => table.name === name)?.rows;
  expect(rows('incident')).toBe(rows('audit_entry'));
  await (await restored(path)).drop();
});

test('one flipped bit anywhere, or a missing end, is noticed before anything is written', async () => {
  const whole = await readFile(file);
  const path = join(folder, 'flipped.zip');
  const refused = async (data: Uint8Array): Promise<void> => {
    await writeFile(path, data);
    await expect(
      openBackup(path).then((backup) => backup.check().finally(() => backup.close())),
    ).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/nothing of it was put back/),
    });
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
      const data = Buffer.from(whole);
      data[at] = (data[at] ?? 0) ^ (1 << bit);
      await refused(data);
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => refused(whole.subarray(0, length))),
    { numRuns: 50 },
  );
  await refused(Buffer.concat([whole, Buffer.from('x')]));
}, 60_000);

test('a file that changes after it was looked at is noticed before the commit, and the database is left empty', async () => {
  const whole = await readFile(file);
  const data = Buffer.from(whole);
  const at = data.indexOf('Ransom note');
  data.write('Random', at);
  const path = join(folder, 'changing.zip');
  await writeFile(path, data);
  const backup = await openBackup(path);
  const database = await emptyDatabase();
  try {
    await expect(restoreBackup({ url: database.url, backup })).rejects.toMatchObject({ code: 'damaged' });
    const [before] = await withClient(
      database,
      async (client) =>
        (await client.query<{ tables: number }>(`SELECT count(*)::int AS tables FROM pg_stat_user_tables`))
          .rows,
    );
    expect(before?.tables).toBe(0);
    const unlooked = { ...backup, check: async () => undefined };
    await expect(restoreBackup({ url: database.url, backup: unlooked })).rejects.toMatchObject({
      code: 'damaged',
    });
    const fresh = await testDatabase();
    expect((await rowsOf(database))['incident']).toEqual([]);
    expect(await guardsOf(database)).toEqual(await guardsOf(fresh));
    await fresh.drop();
  } finally {
    await backup.close();
    await database.drop();
  }
});

test('what another version made, or what lacks a table or rows, is refused by name', async () => {
  const later = await changed((one) => ({ ...one, migrations: [...one.migrations, 'FlyToTheMoon1'] }));
  await expect(restored(later)).rejects.toThrow(/another version of Cordon \(it has FlyToTheMoon1/);
  const earlier = await changed((one) => ({ ...one, migrations: one.migrations.slice(0, -1) }));
  await expect(restored(earlier)).rejects.toThrow(/it lacks LetRetentionEnd/);
  const fewer = await changed((one) => ({ ...one, tables: one.tables.slice(1) }));
  await expect(restored(fewer)).rejects.toThrow(/not those that its MANIFEST.json lists/);
  const other = await changed((one) => ({
    ...one,
    tables: one.tables.map((table) => ({ ...table, rows: table.rows + 1 })),
  }));
  await expect(restored(other)).rejects.toThrow(/does not have its \d+ rows/);
});

test('a database that is in use, or that a server is connected to, is refused and left as it was', async () => {
  const used = await testDatabase();
  const backup = await openBackup(file);
  try {
    const store = await openStore({ url: used.url });
    await expect(restoreBackup({ url: used.url, backup })).rejects.toThrow(/stop all servers first/);
    await store.playbooks.publish(aPlaybook());
    await store.close();
    await expect(restoreBackup({ url: used.url, backup })).rejects.toThrow(
      /there are rows in playbook.*CREATE DATABASE/,
    );
    expect((await rowsOf(used))['incident']).toEqual([]);
  } finally {
    await backup.close();
    await used.drop();
  }
});

test('of two restores at once into one database, one is refused and the other is whole', async () => {
  const database = await emptyDatabase();
  const both = await Promise.all([openBackup(file), openBackup(file)]);
  try {
    const done = await Promise.allSettled(both.map((backup) => restoreBackup({ url: database.url, backup })));
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = done.find((one) => one.status === 'rejected');
    expect(String(refused?.reason)).toMatch(/in use: there are rows in/);
    expect((await rowsOf(database))['incident']).toHaveLength(40);
  } finally {
    for (const backup of both) await backup.close();
    await database.drop();
  }
});

const RESTORING = `
import { openBackup, restoreBackup } from '@cordon/store';
const [url, file] = process.argv.slice(1);
const told = (what, table) => what === 'load' && process.stdout.write(table + '\\n');
await restoreBackup({ url, backup: await openBackup(file), told });`;

test('a restore that is killed in the middle leaves an empty database, and can be done again', async () => {
  const database = await emptyDatabase();
  try {
    const args = ['--input-type=module', '-e', RESTORING, database.url, file];
    const cwd = fileURLToPath(new URL('../../../..', import.meta.url));
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    let seen = '';
    for await (const chunk of child.stdout) {
      seen += String(chunk);
      if (seen.includes('incident\n')) break;
    }
    child.kill('SIGKILL');
    const [code] = (await ended) as [number | null];
    const rows = await rowsOf(database);
    // What was committed before the signal came is there whole.
    if (code === null) expect([seen.includes('incident\n'), rows['incident']]).toEqual([true, []]);
    else expect(rows['incident']).toHaveLength(40);
    if (code !== null) return;
    const backup = await openBackup(file);
    await restoreBackup({ url: database.url, backup });
    await backup.close();
    expect((await rowsOf(database))['incident']).toHaveLength(40);
  } finally {
    await database.drop();
  }
});

test('a login that does not own the tables is told to use the one that does', async () => {
  const asApplication = `${source.url}?options=${encodeURIComponent('-c role=cordon_app')}`;
  const path = join(folder, 'application.zip');
  await expect(writeBackup({ url: asApplication, file: path, at: AT })).rejects.toThrow(
    /may not do that \(permission denied.*use the one that owns the tables/,
  );
  const fresh = await testDatabase();
  const backup = await openBackup(file);
  const url = `${fresh.url}?options=${encodeURIComponent('-c role=cordon_app')}`;
  await expect(restoreBackup({ url, backup })).rejects.toThrow(
    /must be owner of table.*use the one that owns/,
  );
  await backup.close();
  await fresh.drop();
});

test('a file that is no backup is refused with its name', async () => {
  const path = join(folder, 'other.txt');
  await (await open(path, 'w')).close();
  await expect(openBackup(path)).rejects.toThrow(/other\.txt is not a whole backup/);
  await expect(openBackup(join(folder, 'missing.zip'))).rejects.toThrow(/missing\.zip cannot be read/);
});

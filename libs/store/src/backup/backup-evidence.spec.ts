import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { genesisHash, sealEntry, writeZip, type ZipMember } from '@cordon/audit';
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import { aNewIncident, anEntry, aPlaybook } from '@cordon/testkit';
import pg from 'pg';
import { emptyDatabase, testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { DiskEvidenceStore } from '../evidence/disk-store.js';
import { openStore } from '../open-store.js';
import { evidenceMember, formatBackupManifest, memberOf, type BackupManifest } from './manifest.js';
import { openBackup, type OpenBackup } from './open-backup.js';
import { restoreBackup, type Restored } from './restore-backup.js';
import { writeBackup } from './write-backup.js';

const AT = Date.parse('2026-03-24T02:00:00Z');
const TIME = '2026-03-24T01:00:00.000Z';
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const placeIn = (root: string, hash: string): string =>
  join(root, 'sha256', hash.slice(0, 2), hash.slice(2, 4), hash);

const MAIL = Buffer.from('a mail\n');
const EMPTY = Buffer.alloc(0);
const DISK = randomBytes(3_000_000);
const REFUSED = Buffer.from('never taken in');
const HELD = [MAIL, EMPTY, DISK].map(sha256).sort();

let source: TestDatabase;
let folder: string;
let evidence: string;
let file: string;
let manifest: BackupManifest;

beforeAll(async () => {
  source = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-backup-evidence-'));
  evidence = join(folder, 'evidence');
  file = join(folder, 'backup.zip');
  const store = await openStore({ url: source.url });
  await store.playbooks.publish(aPlaybook());
  let n = 0;
  const opened = async (kind: 'transition' | 'rejection', type: string, data: JsonObject): Promise<void> => {
    const uid = `0198aaaa-0000-7000-8000-${String((n += 1)).padStart(12, '0')}`;
    const prev = genesisHash(uid);
    const about = { log: store.logName, incident: uid, seq: 1, revision: 1, at: TIME, occurredAt: TIME };
    const actor = { id: 'p', type: 'person', roles: [] };
    const committed = Object.fromEntries(Object.entries(data).map(([key, value]) => [`data.${key}`, value]));
    const sealed = sealEntry(
      { ...about, kind, actor, event: { type }, from: null, to: null, committed },
      prev,
      () => randomBytes(16).toString('base64url'),
    );
    const { leaf, hash } = sealed;
    const entry = anEntry({
      seq: 1,
      revision: 1,
      prev,
      leaf,
      hash,
      openings: JSON.stringify(sealed.openings),
    });
    await store.open(aNewIncident({ uid, entries: [entry] }));
  };
  const stored = (bytes: Uint8Array, more: JsonObject = {}): JsonObject => ({
    ...{ sha256: sha256(bytes), stored: true },
    ...more,
  });
  // U+0000 is JSON, and nothing that the database's own JSON takes.
  await opened('transition', 'evidence.add', stored(MAIL, { description: 'nul \u0000 nul' }));
  await opened('transition', 'evidence.add', stored(EMPTY));
  await opened('transition', 'evidence.add', stored(DISK, { sha256: sha256(DISK).toUpperCase() }));
  await opened('transition', 'evidence.add', stored(MAIL));
  await opened('rejection', 'evidence.add', stored(REFUSED));
  await opened('transition', 'evidence.add', { sha256: sha256(REFUSED), name: 'kept elsewhere' });
  await opened('transition', 'note.add', { text: sha256(REFUSED), 'data.stored': true });
  await store.close();
  for (const bytes of [MAIL, EMPTY, DISK]) await kept(evidence, bytes);
  manifest = await writeBackup({ url: source.url, file, at: AT, evidence: at(evidence) });
}, 60_000);
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true });
});

function at(root: string): DiskEvidenceStore {
  return new DiskEvidenceStore({ root, freeBytes: async () => 1e12 });
}

async function kept(root: string, bytes: Uint8Array): Promise<void> {
  const received = await at(root).receive(
    (async function* () {
      yield bytes;
    })(),
    1e9,
  );
  if (received.outcome !== 'received') throw new Error(received.outcome);
  await received.file.keep();
  await received.file.settle();
}

/** What lies in the folder, by path below it. */
async function filesIn(root: string): Promise<readonly string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .flatMap((one) => (one.isDirectory() ? [] : [join(one.parentPath, one.name).slice(root.length + 1)]))
    .sort();
}

const allIn = (root: string): readonly string[] =>
  HELD.map((hash) => placeIn(root, hash).slice(root.length + 1)).sort();

async function withBackup<T>(path: string, work: (backup: OpenBackup) => Promise<T>): Promise<T> {
  const backup = await openBackup(path);
  return work(backup).finally(() => backup.close());
}

/** Into an empty database and this folder; the work is done while both are there. */
async function restored(
  root: string,
  work: (database: TestDatabase, result: Promise<Restored>) => Promise<void>,
  path = file,
): Promise<void> {
  const database = await emptyDatabase();
  try {
    await withBackup(path, (backup) =>
      work(database, restoreBackup({ url: database.url, backup, evidence: at(root) })),
    );
  } finally {
    await database.drop();
  }
}

async function incidentsIn({ url }: TestDatabase): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return Number((await client.query<{ count: string }>('SELECT count(*) FROM incident')).rows[0]?.count);
  } finally {
    await client.end();
  }
}

test('the files that accepted entries name are in it, each once, and comes back into its place, for its owner alone', async () => {
  expect(manifest.evidence.map(({ sha256: hash, state }) => [hash, state])).toEqual(
    HELD.map((hash) => [hash, 'included']),
  );
  expect(manifest.evidence.find(({ sha256: hash }) => hash === sha256(MAIL))).toMatchObject({
    incident: 1,
    bytes: 7,
  });
  const root = join(folder, 'fresh');
  await restored(root, async (database, result) => {
    expect((await result).evidence).toEqual({ placed: 3, there: 0 });
    expect(await filesIn(root)).toEqual(allIn(root));
    for (const bytes of [MAIL, EMPTY, DISK]) {
      const place = placeIn(root, sha256(bytes));
      expect([(await readFile(place)).equals(bytes), (await stat(place)).mode & 0o777]).toEqual([
        true,
        0o400,
      ]);
    }
    await (await openStore({ url: database.url })).close();
  });
});

test('what is missing or damaged on disk is named, and all the rest is in the backup and is put back', async () => {
  const root = join(folder, 'broken');
  for (const bytes of [EMPTY, DISK]) await kept(root, bytes);
  const place = placeIn(root, sha256(DISK));
  await chmod(place, 0o600);
  await writeFile(place, 'something else');
  const path = join(folder, 'broken.zip');
  const made = await writeBackup({ url: source.url, file: path, at: AT, evidence: at(root) });
  expect(new Map(made.evidence.map(({ sha256: hash, ...rest }) => [hash, rest]))).toEqual(
    new Map([
      [sha256(EMPTY), { state: 'included', incident: 2, bytes: 0 }],
      [sha256(MAIL), { state: 'missing', incident: 1 }],
      [
        sha256(DISK),
        { state: 'damaged', incident: 3, bytes: 14, found: sha256(Buffer.from('something else')) },
      ],
    ]),
  );
  const into = join(folder, 'from-broken');
  await restored(
    into,
    async (database, result) => {
      expect((await result).evidence).toEqual({ placed: 1, there: 0 });
      expect(await filesIn(into)).toEqual([placeIn(into, sha256(EMPTY)).slice(into.length + 1)]);
      expect(await incidentsIn(database)).toBe(7);
    },
    path,
  );
});

test('a file that cannot be read to its end, or not be opened, does not end the backup', async () => {
  const path = join(folder, 'unreadable.zip');
  const files = at(evidence);
  const failing = {
    async open(hash: string) {
      if (hash === sha256(MAIL)) throw Object.assign(new Error('no'), { code: 'EACCES' });
      const opened = await files.open(hash);
      if (!opened || hash !== sha256(DISK)) return opened;
      return {
        ...opened,
        async *read(): AsyncGenerator<Uint8Array> {
          yield DISK.subarray(0, 1_000_000);
          throw Object.assign(new Error('i/o error'), { code: 'EIO' });
        },
      };
    },
  };
  const made = await writeBackup({ url: source.url, file: path, at: AT, evidence: failing });
  expect(made.evidence.filter(({ state }) => state !== 'included')).toEqual(
    expect.arrayContaining([
      { sha256: sha256(MAIL), incident: 1, state: 'missing', error: 'EACCES' },
      {
        ...{ sha256: sha256(DISK), incident: 3, state: 'damaged', error: 'EIO', bytes: 1_000_000 },
        found: sha256(DISK.subarray(0, 1_000_000)),
      },
    ]),
  );
  await withBackup(path, (backup) => backup.check());
});

test('left out on request, and so says the manifest', async () => {
  const path = join(folder, 'without.zip');
  const made = await writeBackup({ url: source.url, file: path, at: AT });
  expect(made.evidence.map(({ state }) => state)).toEqual(['left out', 'left out', 'left out']);
  const root = join(folder, 'none');
  await restored(root, async (_, result) => expect((await result).evidence.placed).toBe(0), path);
  expect(await filesIn(root)).toEqual([]);
});

test('a file that is there already is left, and another one in its place is refused before anything is written', async () => {
  const root = join(folder, 'half');
  await kept(root, MAIL);
  const before = (await stat(placeIn(root, sha256(MAIL)))).ino;
  const place = placeIn(root, sha256(DISK));
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, 'somebody wrote here');
  await restored(root, async (database, result) => {
    await expect(result).rejects.toMatchObject({
      code: 'evidence',
      message: expect.stringMatching(new RegExp(`${sha256(DISK)}.*Move them away`)),
    });
    expect(await readFile(place, 'utf8')).toBe('somebody wrote here');
    expect(await filesIn(root)).toHaveLength(2);
    await rm(place);
    const again = await withBackup(file, (backup) =>
      restoreBackup({ url: database.url, backup, evidence: at(root) }),
    );
    expect(again.evidence).toEqual({ placed: 2, there: 1 });
  });
  expect((await stat(placeIn(root, sha256(MAIL)))).ino).toBe(before);
  expect(await filesIn(root)).toEqual(allIn(root));
});

test('a file in the backup that no entry names is swept as what nobody asked for', async () => {
  const root = join(folder, 'more');
  const foreign = Buffer.from('nobody collected this');
  const path = await repacked(
    'more.zip',
    (value) => ({
      ...value,
      evidence: [
        ...(value['evidence'] as readonly Json[]),
        { sha256: sha256(foreign), state: 'included', bytes: foreign.length },
      ],
    }),
    { add: { path: evidenceMember(sha256(foreign)), data: foreign } },
  );
  await restored(root, async (_, result) => expect((await result).evidence.placed).toBe(4), path);
  const wanted = async (): Promise<ReadonlySet<string>> => new Set(HELD);
  expect(await at(root).sweep(Date.now() + 60_000, wanted)).toBe(1);
  expect(await filesIn(root)).toEqual(allIn(root));
});

const RESTORING = `
import { DiskEvidenceStore, openBackup, restoreBackup } from '@cordon/store';
const [url, file, root, stopAt] = process.argv.slice(1);
const told = (what, name) => {
  if (what !== 'load' || name !== stopAt) return;
  process.stdout.write('here');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
await restoreBackup({ url, backup: await openBackup(file), told, evidence: new DiskEvidenceStore({ root }) });`;

test.each([
  ['a file', HELD[1] ?? ''],
  ['a table', 'incident'],
])(
  'a restore that is killed before %s leaves a database that says what to do, and the same command does the rest',
  async (_, stopAt) => {
    const database = await emptyDatabase();
    const root = join(folder, `killed-before-${stopAt.slice(0, 8)}`);
    try {
      const args = ['--input-type=module', '-e', RESTORING, database.url, file, root, stopAt];
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await ended;
      expect(await incidentsIn(database)).toBe(0);
      await expect(openStore({ url: database.url })).rejects.toThrow(
        /did not come to its end \(backup\.zip, made at 2026-03-24T02:00:00\.000Z\): run "cordon restore" with that file again/,
      );
      await expect(
        writeBackup({ url: database.url, file: join(folder, 'of-half.zip'), at: AT }),
      ).rejects.toThrow(/did not come to its end/);
      const done = await withBackup(file, (backup) =>
        restoreBackup({ url: database.url, backup, evidence: at(root) }),
      );
      expect(done.evidence.placed + done.evidence.there).toBe(3);
      expect(done.evidence.there).toBe(stopAt === 'incident' ? 3 : 1);
      expect(await incidentsIn(database)).toBe(7);
      const store = await openStore({ url: database.url });
      await store.close();
      // What the killed one left besides is what a sweep removes, and nothing that an entry names.
      const wanted = async (): Promise<ReadonlySet<string>> => new Set(HELD);
      expect(await at(root).sweep(Date.now() + 60_000, wanted)).toBe(0);
      expect(await filesIn(root)).toEqual(allIn(root));
    } finally {
      await database.drop();
    }
  },
  30_000,
);

test('files of a restore that nobody came back for are swept as those of an upload are', async () => {
  const root = join(folder, 'abandoned');
  const unlisted = await repacked(
    'unlisted.zip',
    (value) => ({
      ...value,
      evidence: (value['evidence'] as readonly Json[]).slice(1),
    }),
    { drop: evidenceMember(HELD[0] ?? '') },
  );
  await restored(
    root,
    async (database, result) => {
      await expect(result).rejects.toThrow(
        new RegExp(`INC-\\d names the evidence file ${HELD[0] ?? ''}, and its list does not`),
      );
      expect(await incidentsIn(database)).toBe(0);
    },
    unlisted,
  );
  const nobody = async (): Promise<ReadonlySet<string>> => new Set();
  expect(await at(root).sweep(Date.now() + 60_000, nobody)).toBe(2);
  expect(await filesIn(root)).toEqual([]);
});

test('a folder without room, or that may not be written, is said with what to do, and the database stays empty', async () => {
  const root = join(folder, 'full');
  const full = new DiskEvidenceStore({ root, freeBytes: async () => 1_000, reserveBytes: 0 });
  const database = await emptyDatabase();
  try {
    await withBackup(file, async (backup) => {
      await expect(restoreBackup({ url: database.url, backup, evidence: full })).rejects.toThrow(
        /no room for the evidence file \w+ \(3000000 bytes\): make room/,
      );
      const nowhere = at(join(file, 'evidence'));
      await expect(restoreBackup({ url: database.url, backup, evidence: nowhere })).rejects.toThrow(
        /evidence folder cannot be used \(ENOTDIR\)/,
      );
      expect(await incidentsIn(database)).toBe(0);
    });
  } finally {
    await database.drop();
  }
});

test('a backup of before, which names the files and holds none, is read; one of a later form is refused by name', async () => {
  const earlier = await repacked(
    'earlier.zip',
    (value) => ({
      ...value,
      ...{ evidence: [...HELD], format: 'cordon-backup/1' },
    }),
    { drop: 'evidence/' },
  );
  await withBackup(earlier, async (backup) =>
    expect(backup.manifest.evidence).toEqual(HELD.map((hash) => ({ sha256: hash, state: 'left out' }))),
  );
  const root = join(folder, 'from-earlier');
  await restored(
    root,
    async (database, result) => {
      await result;
      expect(await incidentsIn(database)).toBe(7);
    },
    earlier,
  );
  const later = await repacked('later.zip', (value) => ({ ...value, format: 'cordon-backup/3', new: 1 }));
  await expect(openBackup(later)).rejects.toMatchObject({
    code: 'other_version',
    message: expect.stringMatching(/form cordon-backup\/3.*reads cordon-backup\/1 and cordon-backup\/2/),
  });
});

test.each<[string, (one: JsonObject) => JsonObject]>([
  ['a state that there is not', (one) => ({ ...one, state: 'included twice' })],
  ['a file that is missing and has bytes', (one) => ({ ...one, state: 'missing' })],
  ['a file with other bytes', (one) => ({ ...one, bytes: 1 })],
  ['a file under another hash', (one) => ({ ...one, sha256: 'ab'.repeat(32) })],
  [
    'a file that is said to have been damaged',
    (one) => ({ ...one, state: 'damaged', found: 'ab'.repeat(32) }),
  ],
])('a list with %s is refused', async (_, change) => {
  const path = await repacked(`changed-${randomBytes(4).toString('hex')}.zip`, (value) => ({
    ...value,
    evidence: (value['evidence'] as readonly JsonObject[]).map((one, i) => (i === 0 ? change(one) : one)),
  }));
  await expect(openBackup(path).then((one) => one.check().finally(() => one.close()))).rejects.toMatchObject({
    code: 'damaged',
  });
});

/** The backup with another manifest, and without the members whose path begins so. */
async function repacked(
  name: string,
  change: (value: JsonObject) => JsonObject,
  { drop = 'nothing', add }: { readonly drop?: string; readonly add?: ZipMember } = {},
): Promise<string> {
  const path = join(folder, name);
  await withBackup(file, async (backup) => {
    const value = JSON.parse(formatBackupManifest(backup.manifest)) as JsonObject;
    const members: ZipMember[] = [
      ...backup.manifest.tables.map((table) => ({ path: memberOf(table.name), data: backup.rows(table) })),
      ...backup.manifest.evidence.map((one) => ({
        path: evidenceMember(one.sha256),
        data: backup.evidence(one),
      })),
      ...(add ? [add] : []),
      { path: 'MANIFEST.json', data: Buffer.from(canonicalJson(change(value))) },
    ];
    await writeFile(path, writeZip(members.filter((member) => !member.path.startsWith(drop))));
  });
  return path;
}

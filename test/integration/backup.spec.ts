/**
 * Yesterday's backup is put back. Nothing of what it held is lost, nobody can fail to notice what it did not hold, who was
 * erased since stays erased, and the history goes on and says what happened.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isOpen, openNote, parseCheckpoint, parseNote, parseVkey, type KeptOpening } from '@cordon/audit';
import { SimulatedClock } from '@cordon/testkit';
import {
  announcedKeys,
  createCordon,
  DeploymentJournal,
  erasePerson,
  idOfRef,
  LogKeeper,
  publishPlaybook,
  sealProfile,
  selfCheck,
  type IncidentId,
  type Runtime,
} from '@cordon/runtime';
import {
  DiskEvidenceStore,
  FolderKeys,
  migrate,
  openStore,
  SignerMemoryFile,
  startEmbeddedPostgres,
  type Store,
} from '@cordon/store';
import pg from 'pg';
import { run } from '../../apps/cli/src/program.js';
import { Closers } from '../../apps/server/src/boot/closers.js';
import { openDatabase } from '../../apps/server/src/boot/database.js';
import { loadConfig } from '../../apps/server/src/config.js';
import { emptyDatabase, serverUrl, testDatabase, type TestDatabase } from '../support/database.js';
import { inspectDatabase } from '../support/inspect-database.js';

const NAME = 'Xanthippe Quillfeather-Ng';
const BOSS = 'Bartholomew Pennyworth';
const IMAGE = Buffer.from('an image of a disk\n');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');

const PLAYBOOK = `
cordon: 1
id: small
version: 1.0.0
title: {en: Small}
summary: {en: Two tasks}
languages: [en]
roles:
  - {id: responder, title: {en: Responder}}
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - {task: look, title: {en: Look}, role: responder}
      - {task: tell, title: {en: Tell}, role: responder}
flow: [contain]
`;

const admin = { type: 'person' as const, id: 'admin', roles: ['administrator', 'coordinator', 'responder'] };
const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
const salt = (): string => randomUUID().replaceAll('-', '').slice(0, 22);
const pause = async (): Promise<void> => undefined;

/** What a server does, over one database and the folder of keys. */
interface Deployment {
  readonly store: Store;
  readonly cordon: Runtime;
  readonly journal: DeploymentJournal;
  settle(): Promise<void>;
}

let folder: string;
let memory: SignerMemoryFile;
let today: TestDatabase;
let live: Deployment;
let before: { readonly size: number; readonly note: string };
const file = (): string => join(folder, 'yesterday.zip');

async function deployed({ url }: TestDatabase): Promise<Deployment> {
  const store = await openStore({ url, vaultKeyFile: join(folder, 'keys', 'vault.key') });
  const journal = new DeploymentJournal({ store: store.journal, log: store.logName, clock, salt, pause });
  const cordon = createCordon({ store, vault: store.vault, log: store.logName, clock });
  const keys = new FolderKeys(join(folder, 'keys'));
  const failures: string[] = [];
  return {
    ...{ store, cordon, journal },
    async settle() {
      const failed = (what: string, error: unknown): void => void failures.push(`${what}: ${String(error)}`);
      const keeper = new LogKeeper({ ...{ store: store.log, journal, keys, memory, clock, failed } });
      await keeper.begin();
      for (let turn = 0; turn < 4; turn += 1) await keeper.turn();
      await keeper.finish();
      if (failures.length > 0) throw new Error(failures.join());
    },
  };
}

async function opened({ cordon }: Deployment, notes: number): Promise<IncidentId> {
  const awareAt = new Date(clock.now()).toISOString();
  const command = { key: randomUUID(), playbook: 'small', title: 'T', awareAt };
  const answer = await cordon.openIncident(command, admin);
  const id = answer.ok ? idOfRef(answer.value.ref) : undefined;
  if (id === undefined) throw new Error(JSON.stringify(answer));
  for (let n = 0; n < notes; n += 1)
    await done(cordon, id, { type: 'note.add', data: { text: `note ${n}\t\\N` } });
  return id;
}

async function done(cordon: Runtime, id: IncidentId, command: object): Promise<void> {
  const whole = { key: randomUUID(), ...command } as Parameters<Runtime['submitEvent']>[1];
  const answer = await cordon.submitEvent(id, whole, admin);
  if (!answer.ok) throw new Error(JSON.stringify([command, answer.refusal]));
}

const cordon = (url: string, ...args: readonly string[]) =>
  cordonIn({ CORDON_DATA_DIR: folder, DATABASE_URL: url }, ...args);

async function cordonIn(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const code = await run({ out, err, env, cwd: folder, root: folder, signal }, args);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

const asOwner = async (url: string, ...sql: readonly string[]): Promise<pg.QueryResult[]> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const results = [];
    for (const one of sql) results.push(await client.query(one));
    return results;
  } finally {
    await client.end();
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-restore-'));
  memory = new SignerMemoryFile(join(folder, 'keys', 'log.checkpoint'));
  today = await testDatabase();
  live = await deployed(today);
  const { store } = live;
  await publishPlaybook(store.playbooks, PLAYBOOK, clock.now());
  for (const [id, name] of [
    ['admin', BOSS],
    ['p-xq', NAME],
  ] as const)
    await store.people.persons.add({
      ...{ id, roles: admin.roles, createdAt: clock.now() },
      profile: await sealProfile(store.vault, id, { name, email: `${id}@example.org` }),
    });
  const id = await opened(live, 6);
  await done(live.cordon, id, { type: 'task.assign', step: 'look', data: { to: 'p-xq' } });
  await done(live.cordon, id, {
    ...{ type: 'note.add', data: { text: 'Seen.' }, note: `${NAME} was at home`, about: 'p-xq' },
  });
  await done(live.cordon, id, {
    ...{ type: 'evidence.add', stored: true },
    data: { name: 'disk', sha256: SHA256, stored: true, collectedBy: NAME },
  });
  await keptIn(join(folder, 'evidence'));
  await Promise.all(
    Array.from({ length: 300 }, (_, n) => live.journal.record({ actor: admin, type: 'test', data: { n } })),
  );
  await waitingEffects();
  await live.settle();
  expect((await cordon(today.url, 'backup', '--out', file())).code).toBe(0);
  const { size, note } = (await store.log.checkpoint()) ?? { size: 0, note: '' };
  before = { size, note };
  // The day goes on.
  clock.advance(3_600_000);
  await opened(live, 4);
  await done(live.cordon, id, { type: 'task.assign', step: 'look', data: { to: 'admin' } });
  const { erasures, holds } = store;
  const forgetNames = (): void => live.cordon.forgetNames();
  const erasing = { ...{ erasures, holds, journal: live.journal, clock, forgetNames } };
  expect(await erasePerson(erasing, 'p-xq', 'They asked for it.', admin)).toEqual({ outcome: 'erased' });
  await live.settle();
  await live.store.close();
}, 120_000);
afterAll(async () => {
  await today.drop();
  await rm(folder, { recursive: true });
});

/** The file that an entry names, where the server keeps it. */
async function keptIn(root: string): Promise<void> {
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield IMAGE;
  };
  const receipt = await new DiskEvidenceStore({ root }).receive(bytes(), IMAGE.length);
  if (receipt.outcome !== 'received') throw new Error(receipt.outcome);
  await receipt.file.keep();
  await receipt.file.settle();
}

/** As a server does when it starts. */
async function prepareQueue({ url }: TestDatabase): Promise<void> {
  const closers = new Closers();
  await openDatabase(loadConfig({ DATABASE_URL: url, CORDON_DATA_DIR: folder }), () => undefined, closers);
  await closers.close();
}

/** One effect that waits in the outbox, and one that waits in the queue. */
async function waitingEffects(): Promise<void> {
  await prepareQueue(today);
  const effect = (key: string): string =>
    `INSERT INTO outbox (incident_id, seq, key, kind, step, payload)
     VALUES (1, 2, '${key}', 'notify', 'look', '{"to": ["responder"], "odd": "a\\tb"}')`;
  await asOwner(today.url, effect('queued'));
  await live.store.relayOutbox(10);
  await asOwner(today.url, effect('waiting'));
}

async function restored(): Promise<TestDatabase> {
  const database = await emptyDatabase();
  const { code, err } = await cordon(database.url, 'restore', file());
  // Warnings are sentences; a slow machine is told of progress besides.
  expect([code, err.split('\n').filter((line) => line.endsWith('.'))]).toEqual([0, []]);
  return database;
}

test('the end of a backup says what is not in it, and no key is', async () => {
  const second = join(folder, 'again.zip');
  const { out, err, code } = await cordon(today.url, 'backup', '--out', second);
  expect(code).toBe(0);
  for (const key of ['vault.key', 'log.key', 'bundle.key']) expect(out).toContain(join(folder, 'keys', key));
  expect(out).toContain(`Do not put back ${memory.path}`);
  expect(out).toContain(
    '1 evidence files (19 bytes) are in it, each as it was recorded, readable for whoever',
  );
  expect(err.split('\n').filter((line) => line.endsWith('.'))).toEqual([]);
  const bytes = (await readFile(second)).toString('latin1');
  const keys = await readdir(join(folder, 'keys'));
  expect(keys).toEqual(expect.arrayContaining(['bundle.key', 'log.checkpoint', 'log.key', 'vault.key']));
  const vault = JSON.parse(await readFile(join(folder, 'keys', 'vault.key'), 'utf8')) as { key: string };
  expect(bytes).not.toContain(vault.key);
  expect(bytes).not.toContain(Buffer.from(vault.key, 'base64url').toString('hex'));
  expect(bytes).not.toContain('PRIVATE KEY');
  expect(await cordon(today.url, 'backup', '--out', second)).toMatchObject({
    code: 1,
    err: expect.stringContaining('there already'),
  });
  expect((await cordon(today.url, 'backup')).code).toBe(2);
});

test('a drill restores, checks and replays all of it, says so, and leaves no database behind', async () => {
  const { code, out } = await cordon(today.url, 'restore', '--drill', file());
  expect(out).toMatch(/^HOLDS/);
  expect(out).toContain(`${before.size} entries in its tree, every one as it was`);
  expect(out).toMatch(/replayed {2}1 incidents and the journal, \d+ entries: each led to the state/);
  expect(out).toMatch(/signed {4}\d+ entries by now, later than the backup/);
  expect(code).toBe(0);
  const [left] = await asOwner(
    await serverUrl(),
    `SELECT FROM pg_database WHERE datname LIKE 'cordon_drill%'`,
  );
  expect(left?.rowCount).toBe(0);
  expect(out).toContain('1 evidence files (19 bytes), each with the SHA-256 that entries name');
  const json = JSON.parse((await cordon(today.url, '--json', 'restore', '--drill', file())).out) as object;
  expect(json).toMatchObject({
    ...{ ok: true, faults: [], evidence: { named: 1, included: 1, faults: [] } },
    standing: { sound: true, size: before.size, signed: { state: 'older' } },
    replayed: { incidents: 1 },
  });
}, 60_000);

test.each([
  ['the stored state of an incident', `UPDATE incident SET state = replace(state, 'look', 'lock')`, /INC-1/],
  [
    'an opening',
    `ALTER TABLE audit_opening DISABLE TRIGGER ALL; UPDATE audit_opening SET openings = replace(openings, 'note 2', 'note 9') WHERE incident_id = 1`,
    /INC-1: entry 4: the value of data.text is not the one committed to/,
  ],
  [
    'the last entry of the journal',
    `ALTER TABLE audit_entry DISABLE TRIGGER ALL; DELETE FROM audit_entry WHERE incident_id = 0 AND seq = (SELECT seq FROM journal_head)`,
    /The entry at place \d+ of the log is missing/,
  ],
])('a drill over a backup in which %s was changed before it was made does not hold', async (_, sql, said) => {
  const database = await restored();
  try {
    await asOwner(database.url, ...sql.split('; '));
    const path = join(folder, `${randomUUID()}.zip`);
    expect((await cordon(database.url, 'backup', '--out', path)).code).toBe(0);
    const { code, out } = await cordon(database.url, 'restore', '--drill', path);
    expect([code, out]).toEqual([5, expect.stringMatching(/^DOES NOT HOLD/)]);
    expect(out).toMatch(said);
  } finally {
    await database.drop();
  }
});

test('evidence that is missing or damaged is said of backup, drill and restore by their exit codes; left out it is not', async () => {
  const [gone, elsewhere] = [join(folder, 'gone'), join(folder, 'elsewhere')];
  const withFiles = (root: string, url: string, ...args: readonly string[]) =>
    cordonIn({ CORDON_DATA_DIR: folder, CORDON_EVIDENCE_DIR: root, DATABASE_URL: url }, ...args);
  const [lacking, without] = [join(folder, 'lacking.zip'), join(folder, 'without.zip')];
  const made = await withFiles(gone, today.url, 'backup', '--out', lacking);
  expect(made.err).toContain(`The evidence file ${SHA256} of INC-1 was not in ${gone}: it is not in the`);
  expect(made.out).toContain('Of 1 evidence files that entries name, 1 were missing or damaged');
  const drilled = await withFiles(gone, today.url, 'restore', '--drill', lacking);
  expect(drilled.out).toMatch(/^DOES NOT HOLD[^]*The evidence file \w+ of INC-1 was not in its folder when/);
  const left = await withFiles(gone, today.url, 'backup', '--no-evidence', '--out', without);
  expect(left.out).toContain(`(1 are named in its entries). Copy the folder ${gone}`);
  expect([made.code, drilled.code, left.code]).toEqual([5, 5, 0]);
  const codes: number[] = [];
  for (const path of [lacking, without]) {
    for (const root of [gone, join(folder, 'evidence')]) {
      const database = await emptyDatabase();
      const { code, out } = await withFiles(root, database.url, 'restore', path);
      expect(out).toContain(
        root === gone ? `1 of 1 evidence files that entries name are not in ${gone}` : 'All 1 evidence files',
      );
      codes.push(code);
      await database.drop();
    }
  }
  expect(codes).toEqual([5, 0, 0, 0]);
  const database = await emptyDatabase();
  const whole = await withFiles(elsewhere, database.url, '--json', 'restore', file());
  expect(JSON.parse(whole.out)).toMatchObject({ evidence: { named: 1, placed: 1, there: 0, missing: 0 } });
  await database.drop();
  const place = join(elsewhere, 'sha256', SHA256.slice(0, 2), SHA256.slice(2, 4), SHA256);
  expect((await readFile(place)).equals(IMAGE)).toBe(true);
  await chmod(place, 0o600);
  await writeFile(place, 'another');
  const other = await emptyDatabase();
  expect(await withFiles(elsewhere, other.url, 'restore', file())).toMatchObject({
    code: 4,
    err: expect.stringMatching(/other files lie in the places of \w+: they were changed/),
  });
  await other.drop();
  expect(await readFile(place, 'utf8')).toBe('another');
}, 120_000);

test('a changed or cut-off file, and a database in use, are refused with what to do', async () => {
  const database = await restored();
  try {
    expect(await cordon(database.url, 'restore', file())).toMatchObject({
      code: 4,
      err: expect.stringMatching(/there are rows in \w+\. A backup is put into an empty database only/),
    });
    expect(await cordon(database.url, 'restore', memory.path)).toMatchObject({
      code: 5,
      err: expect.stringContaining('is not a whole backup'),
    });
    expect((await cordon(database.url, 'restore', join(folder, 'nothing.zip'))).err).toMatch(
      /cannot be read/,
    );
  } finally {
    await database.drop();
  }
});

test('the embedded database: refused while a server runs in it, else backed up, restored and drilled with Node alone', async () => {
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  // Under root the embedded server runs as another user, who must get there.
  await chmod(folder, 0o755);
  const path = join(folder, 'embedded.zip');
  const server = await startEmbeddedPostgres({ dataDir: one });
  await migrate({ url: server.url });
  const store = await openStore({ url: server.url });
  await publishPlaybook(store.playbooks, PLAYBOOK, clock.now());
  await store.close();
  const home = { CORDON_DATA_DIR: one };
  expect(await cordonIn(home, 'backup', '--out', path)).toMatchObject({
    code: 4,
    err: expect.stringMatching(/needs its data folder to itself, and a server runs in it: stop the server/),
  });
  await server.stop();
  expect((await cordonIn(home, 'backup', '--out', path)).code).toBe(0);
  expect(await cordonIn({ CORDON_DATA_DIR: other }, 'restore', path)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/Put back .*vault\.key from the copy/),
  });
  expect((await cordonIn({ CORDON_DATA_DIR: other }, 'restore', path)).err).toMatch(/rows in playbook/);
  expect((await cordonIn(home, 'restore', '--drill', path)).out).toMatch(/^HOLDS/);
  const nowhere = { CORDON_DATA_DIR: join(folder, 'nowhere') };
  expect(await cordonIn(nowhere, 'backup', '--out', join(folder, 'n.zip'))).toMatchObject({ code: 3 });
  expect(await readdir(folder)).not.toContain('nowhere');
}, 120_000);

test('effects that waited in the queue wait in the outbox after a restore, under their keys', async () => {
  const database = await restored();
  const [found] = await asOwner(database.url, 'SELECT key, payload, kind, step FROM outbox ORDER BY key');
  expect(found?.rows).toEqual(
    ['queued', 'waiting'].map((key) => ({
      ...{ key, kind: 'notify', step: 'look' },
      payload: { to: ['responder'], odd: 'a\tb' },
    })),
  );
  await prepareQueue(database);
  const store = await openStore({ url: database.url });
  expect(await store.relayOutbox(10)).toBe(2);
  await store.close();
  const [jobs] = await asOwner(database.url, 'SELECT key FROM graphile_worker.jobs ORDER BY key');
  expect(jobs?.rows).toEqual([{ key: 'INC-1/queued' }, { key: 'INC-1/waiting' }]);
  await database.drop();
});

test('yesterday\u2019s backup is refused by start and signer, recovered, and the history goes on and says so', async () => {
  const signed = (await memory.last()) ?? '';
  const { origin, size } = parseCheckpoint(parseNote(signed).text);
  const database = await emptyDatabase();
  const { out, code } = await cordon(database.url, 'restore', file());
  expect(code).toBe(0);
  expect(out).toContain(`The log ${origin} has ${before.size} entries in its tree; every one was looked at`);
  expect(out).toContain(`The log was signed up to ${size} entries, and this backup has ${before.size}`);
  expect(out).toContain(`cordon audit recover --confirm ${origin}`);
  let deployment = await deployed(database);
  const checked = { store: deployment.store.log, memory, vkeys: [] };
  await expect(selfCheck(checked)).rejects.toThrow(new RegExp(`${size - before.size} are missing`));
  await expect(deployment.settle()).rejects.toThrow(/missing|refus|Nothing is signed/);
  expect(await memory.last()).toBe(signed);
  await deployment.store.close();

  expect(await cordon(database.url, 'audit', 'recover', '--confirm', origin)).toMatchObject({
    code: 0,
    err: expect.anything(),
  });
  deployment = await deployed(database);
  try {
    const { store } = deployment;
    const id = await opened(deployment, 3);
    expect(id).toBe(2);
    await deployment.settle();
    const head = await store.log.head();
    expect(head.origin).toBe(`${origin}/r2`);
    const checkpoint = await store.log.checkpoint();
    expect(checkpoint?.size).toBe(head.size);
    const vkeys = (await announcedKeys(store.log)).map(({ vkey }) => parseVkey(vkey));
    expect(parseCheckpoint(openNote(checkpoint?.note ?? '', vkeys).text).origin).toBe(`${origin}/r2`);
    await selfCheck({ store: store.log, memory, vkeys: [], newest: Infinity });
    const [said] = await store.log.journalEntries(['log.recover']);
    const openings = JSON.parse(said?.openings ?? '[]') as readonly KeptOpening[];
    const value = (key: string): unknown => openings.filter(isOpen).find((one) => one.key === key)?.value;
    expect([value('data.checkpoint'), value('data.previousOrigin')]).toEqual([signed, origin]);
    expect((await inspectDatabase(database.url)).flatMap(({ faults }) => faults)).toEqual([]);
  } finally {
    await deployment.store.close();
    await database.drop();
  }
}, 60_000);

test('who was erased after the backup stays erased, with the key of after; everybody else is as before', async () => {
  const database = await restored();
  const { store, cordon: restoredCordon } = await deployed(database);
  try {
    const lines: string[] = [];
    for await (const line of (await restoredCordon.exportJsonl(1 as IncidentId, admin)) ?? [])
      lines.push(line);
    const people = await restoredCordon.people(['p-xq', 'admin']);
    const shown = `${lines.join('\n')}\n${JSON.stringify(people)}`;
    expect(shown).toContain('Seen.');
    expect(shown).toContain(BOSS);
    expect(shown).not.toContain(NAME);
    // The file itself is nobody's key: it is as it was, and who brought it is not said any more.
    expect(await restoredCordon.records.evidence(1 as IncidentId, admin)).toMatchObject([{ sha256: SHA256 }]);
    expect((await store.people.persons.byIds(['p-xq']))[0]).toMatchObject({ erasedAt: expect.any(Number) });
  } finally {
    await store.close();
    await database.drop();
  }
});

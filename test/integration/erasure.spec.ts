/**
 * A person is erased from a running Cordon: nothing that names them is left in any table or export, nothing that happened
 * is changed, and neither a backup nor a crash brings them back.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@cordon/kernel';
import {
  createCordon,
  DeploymentJournal,
  erasePerson,
  idOfRef,
  JOURNAL_ID,
  publishPlaybook,
  sealProfile,
  type ErasureStore,
  type IncidentId,
  type Runtime,
} from '@cordon/runtime';
import { openStore, type Store } from '@cordon/store';
import pg from 'pg';
import { verifyChain } from '../../apps/cli/src/audit/chain.js';
import { serverUrl, testDatabase, type TestDatabase } from '../support/database.js';
import { inspectDatabase } from '../support/inspect-database.js';

const NAME = 'Xanthippe Quillfeather-Ng';
const EMAIL = 'xanthippe.quillfeather@example.org';
const OUTSIDER = 'Zebedee Thistlewood';

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

interface HistoryLine {
  readonly note: string | null;
  readonly withheld?: readonly string[];
  readonly openings: readonly { readonly key: string; readonly withheld?: true }[];
}

interface World {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly store: Store;
  readonly cordon: Runtime;
  readonly journal: DeploymentJournal;
}

const admin = { type: 'person' as const, id: 'admin', roles: ['administrator'] };
const person = { type: 'person' as const, id: 'p-xq', roles: ['responder'] };
const salt = (): string => randomUUID().replaceAll('-', '').slice(0, 22);

let world: World;
let incident: IncidentId;

beforeAll(async () => {
  world = await makeWorld();
  incident = await makeHistory(world);
}, 60_000);
afterAll(() => endWorld(world));

async function makeWorld(): Promise<World> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'cordon-erasure-'));
  const store = await openStore({ url: database.url, vaultKeyFile: keyFile(folder) });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    database,
    folder,
    store,
    cordon: createCordon({ store, vault: store.vault, log: store.logName }),
    journal: new DeploymentJournal({
      store: store.journal,
      log: store.logName,
      clock: systemClock,
      salt,
      pause,
    }),
  };
}

const keyFile = (folder: string): string => join(folder, 'keys', 'vault.key');

async function endWorld({ store, database, folder }: World): Promise<void> {
  await store.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}

const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest();

/** The person signs events, is assigned, is named by others in notes and evidence; a token bears the same name. */
async function makeHistory({ store, cordon }: World): Promise<IncidentId> {
  const { findings } = await publishPlaybook(store.playbooks, PLAYBOOK, Date.now());
  expect(findings).toEqual([]);
  const now = Date.now();
  await store.tokens.add({
    id: admin.id,
    name: 'Boss',
    roles: admin.roles,
    createdAt: now,
    hash: hash('boss'),
  });
  await store.tokens.add({
    id: 't-xq',
    name: `${NAME} (laptop)`,
    roles: ['responder'],
    createdAt: now,
    hash: hash('xq'),
  });
  await store.people.persons.add({
    id: person.id,
    roles: person.roles,
    profile: await sealProfile(store.vault, person.id, { name: NAME, email: EMAIL }),
    createdAt: now,
    loginHash: hash('keyed elsewhere'),
  });
  const opened = await cordon.openIncident(
    { key: 'open', playbook: 'small', title: 'Something', awareAt: new Date(now).toISOString() },
    admin,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref);
  if (id === undefined) throw new Error('no incident');
  const send = async (actor: typeof admin, command: object): Promise<void> => {
    const answer = await cordon.submitEvent(
      id,
      { key: randomUUID(), ...command } as Parameters<Runtime['submitEvent']>[1],
      actor,
    );
    if (!answer.ok) throw new Error(JSON.stringify([command, answer.refusal]));
  };
  await send(admin, { type: 'task.assign', step: 'look', data: { to: person.id } });
  await send(person, { type: 'task.accept', step: 'look' });
  await send(person, { type: 'step.complete', step: 'look' });
  await send(admin, {
    type: 'note.add',
    data: { text: 'Seen.' },
    note: `${NAME} was at home`,
    about: person.id,
  });
  await send(admin, { type: 'evidence.add', data: { name: 'disk image', collectedBy: NAME } });
  await send(
    { ...admin, id: 't-xq', roles: ['responder'] },
    { type: 'note.add', data: { text: 'By token.' } },
  );
  await send(admin, { type: 'evidence.add', data: { name: 'memory', collectedBy: OUTSIDER } });
  return id;
}

function erase({ store, cordon, journal }: World, id: string, erasures: ErasureStore = store.erasures) {
  const forgetNames = (): void => cordon.forgetNames();
  return erasePerson(
    { erasures, holds: store.holds, journal, clock: systemClock, forgetNames },
    id,
    'They asked for it.',
    admin,
  );
}

async function everythingShown({ cordon, store }: World, id: IncidentId): Promise<string> {
  const lines: string[] = [];
  for await (const line of (await cordon.exportJsonl(id, admin)) ?? []) lines.push(line);
  const views = [
    await cordon.incident(id, admin, 'en'),
    await cordon.incident(id, admin, 'zh-Hant'),
    await cordon.steps(id, admin, 'en'),
    await cordon.transitions(id, admin, 0, 100),
    await cordon.journal(0, 100),
    await store.tokens.list(),
    await cordon.people([person.id, 't-xq', admin.id]),
  ];
  return [...lines, JSON.stringify(views)].join('\n');
}

const TABLES = `SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables ORDER BY 1`;

/** Every row of every table as text, whoever made the table. */
async function dump(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(TABLES);
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['public.audit_opening', 'public.person', 'public.subject_key', 'public.token']),
    );
    let text = '';
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
      text += rows.map(({ row }) => `${name}: ${row}\n`).join('');
    }
    return text;
  } finally {
    await client.end();
  }
}

/** The words in every spelling that a dump could hold them in. */
function spellings(...words: readonly string[]): readonly string[] {
  return words.flatMap((word) => {
    const bytes = Buffer.from(word, 'utf8');
    const digest = createHash('sha256').update(word).digest();
    return [
      word,
      ...[bytes, digest].flatMap((each) => [
        each.toString('hex'),
        each.toString('base64').replace(/=+$/, ''),
      ]),
      digest.toString('base64url'),
    ];
  });
}

const found = (text: string, ...words: readonly string[]): readonly string[] =>
  spellings(...words).filter((one) => text.toLowerCase().includes(one.toLowerCase()));

describe('erasing a person', () => {
  let backup: TestDatabase;

  test('before it, views and exports show the name, and no table does', async () => {
    const shown = await everythingShown(world, incident);
    expect(shown).toContain(NAME);
    expect(shown).toContain(`${NAME} was at home`);
    expect(shown).toContain(OUTSIDER);
    expect(found(await dump(world.database.url), NAME, EMAIL, OUTSIDER)).toEqual([]);
  });

  test('it is refused while the person holds open tasks, and while nobody else administers; both are recorded', async () => {
    await world.cordon.submitEvent(
      incident,
      { key: randomUUID(), type: 'task.assign', step: 'tell', data: { to: person.id } },
      admin,
    );
    expect(await erase(world, person.id)).toEqual({ outcome: 'holds_tasks', tasks: ['INC-1/tell'] });
    expect(await erase(world, admin.id)).toEqual({ outcome: 'only_administrator' });
    expect(await erase(world, 'nobody')).toEqual({ outcome: 'unknown_person' });
    expect(await everythingShown(world, incident)).toContain(NAME);
    expect(await world.cordon.journal(0, 100)).toMatchObject([
      { kind: 'rejection', event: { type: 'person.erase', subject: person.id } },
      { kind: 'rejection', event: { type: 'person.erase', subject: admin.id } },
    ]);
    await world.cordon.submitEvent(
      incident,
      { key: randomUUID(), type: 'task.assign', step: 'tell', data: { to: admin.id } },
      admin,
    );
  });

  test('after it, no table, view or export holds the name or the address, in clear or hashed; who is left is as before', async () => {
    backup = await copyOf(world.database);
    expect(await erase(world, person.id)).toEqual({ outcome: 'erased' });
    expect(await erase(world, 't-xq')).toEqual({ outcome: 'erased' });
    const shown = await everythingShown(world, incident);
    const tables = await dump(world.database.url);
    expect(found(shown, NAME, EMAIL)).toEqual([]);
    expect(found(tables, NAME, EMAIL, 'keyed elsewhere')).toEqual([]);
    expect(shown).toContain('erased person');
    expect(shown).toContain('已刪除的人士');
    expect(shown).toContain('Boss');
    expect(shown).toContain(OUTSIDER);
    expect(await world.store.tokens.byHash(hash('xq'))).toMatchObject({
      revokedAt: expect.any(Number),
      name: '',
    });
    expect((await world.store.people.persons.byIds([person.id]))[0]).toMatchObject({
      roles: [],
      erasedAt: expect.any(Number),
    });
  });

  test('what was about the person is withheld and says so; the rest of the entry stands', async () => {
    const views = (await world.cordon.transitions(incident, admin, 0, 100)) ?? [];
    const note = views.find(({ withheld }) => withheld?.includes('note'));
    expect(note).toMatchObject({ note: null, withheld: ['note'], event: { data: { text: 'Seen.' } } });
    const evidence = views.find(({ withheld }) => withheld?.includes('data.collectedBy'));
    expect(evidence?.event.data).toEqual({ name: 'disk image' });
    expect(views.filter(({ withheld }) => withheld !== undefined)).toHaveLength(2);
    expect((await world.cordon.journal(0, 100)).at(-1)).toMatchObject({
      kind: 'journal',
      actor: { id: admin.id },
      event: { type: 'person.erase', subject: 't-xq', data: { reason: 'They asked for it.' } },
    });
  });

  test('every chain checks, every state replays, and the export verifies offline, saying what it withholds', async () => {
    const incidents = await inspectDatabase(world.database.url);
    expect(incidents.flatMap(({ faults }) => faults)).toEqual([]);
    expect(incidents.map(({ ref }) => ref)).toEqual(['INC-1']);
    const past = await world.cordon.at(incident, admin, { revision: 4 }, 'en');
    expect(past).toMatchObject({
      revision: 4,
      steps: expect.arrayContaining([
        { id: 'look', status: 'completed', by: person.id, assignee: person.id },
      ]),
    });
    const chunks: Uint8Array[] = [];
    for await (const line of (await world.cordon.exportJsonl(incident, admin)) ?? [])
      chunks.push(Buffer.from(line));
    expect(await verifyChain(chunks)).toMatchObject({ ok: true, withheld: 2 });
    const lines = chunks.map((chunk) => JSON.parse(Buffer.from(chunk).toString('utf8')) as HistoryLine);
    const at = lines.findIndex(({ withheld }) => withheld?.includes('note'));
    const forge = (change: (line: HistoryLine) => HistoryLine): Uint8Array[] =>
      lines.map((line, i) => Buffer.from(`${JSON.stringify(i === at ? change(line) : line)}\n`));
    const forged: readonly ((line: HistoryLine) => HistoryLine)[] = [
      (line) => ({ ...line, openings: line.openings.filter(({ withheld }) => !withheld) }),
      ({ withheld: _, ...line }) => line,
      (line) => ({ ...line, note: 'Somebody else was at home' }),
      (line) => ({ ...line, withheld: ['note', 'data.text'] }),
    ];
    for (const change of forged)
      expect(await verifyChain(forge(change))).toMatchObject({ ok: false, bad: { seq: at + 1 } });
  });

  test('again, it finds nothing to do and says that it is done', async () => {
    expect(await erase(world, person.id)).toEqual({ outcome: 'erased' });
  });

  test('a backup from before, with the keys of after, shows everybody but the erased', async () => {
    const restored = await openStore({ url: backup.url, vaultKeyFile: keyFile(world.folder) });
    try {
      const cordon = createCordon({ store: restored, vault: restored.vault, log: restored.logName });
      const shown = await everythingShown({ ...world, store: restored, cordon }, incident);
      expect(found(shown, NAME, EMAIL)).toEqual([]);
      expect(shown).toContain('Boss');
      expect(shown).toContain(OUTSIDER);
      expect((await restored.tokens.byIds(['t-xq']))[0]).toMatchObject({ revokedAt: expect.any(Number) });
      expect((await restored.people.persons.byIds([person.id]))[0]).toMatchObject({
        roles: [],
        erasedAt: expect.any(Number),
      });
      expect(found(await dump(backup.url), 'keyed elsewhere')).toEqual([]);
    } finally {
      await restored.close();
      await backup.drop();
    }
  });
});

describe('kill -9 in the middle of an erasure', () => {
  const ROUNDS = 8;
  const OTHERS = 2_000;

  test('leaves all of the person or nothing, everybody else as they were, and a second try finishes it', async () => {
    const { database, folder, store } = world;
    await addOthers(store, OTHERS);
    const seen = { whole: 0, gone: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `t-kill-${round}`;
      await store.tokens.add({ id, name: NAME, roles: [], createdAt: Date.now(), hash: hash(id) });
      await killedErasure(id, database, folder, (round / ROUNDS) * 700);
      const next = await openStore({ url: database.url, vaultKeyFile: keyFile(folder) });
      try {
        const [token] = await next.tokens.byIds([id]);
        const gone = token?.erased === true;
        seen[gone ? 'gone' : 'whole'] += 1;
        expect([round, token?.name, token?.revokedAt !== undefined]).toEqual([round, gone ? '' : NAME, gone]);
        expect(await readdir(join(folder, 'keys'))).toEqual(['vault.key']);
        expect((await next.tokens.byIds([admin.id]))[0]?.name).toBe('Boss');
        expect(await next.erasures.erase(id, Date.now())).toBe(gone ? 'erased_before' : 'erased');
        expect((await next.tokens.byIds([id]))[0]).toMatchObject({ name: '', erased: true });
        // The first store has lived through it all.
        expect((await store.tokens.byIds([admin.id]))[0]?.name).toBe('Boss');
      } finally {
        await next.close();
      }
    }
    process.stderr.write(`erasure killed ${ROUNDS} times: ${JSON.stringify(seen)}\n`);
    expect(found(await dump(database.url), NAME)).toEqual([]);
  }, 120_000);
});

test('the journal is one sound chain', async () => {
  expect((await world.cordon.journal(0, 100)).map(({ seq }) => seq)).toEqual(
    (await world.store.entries(JOURNAL_ID, 0, 100)).map(({ seq }) => seq),
  );
});

const ERASING = `
import { openStore } from '@cordon/store';
const [id, url, vaultKeyFile] = process.argv.slice(1);
const store = await openStore({ url, vaultKeyFile });
process.stdout.write('now');
await store.erasures.erase(id, Date.now());
await store.close();`;

/** A process of its own that erases, killed so long after it has begun. */
async function killedErasure(
  id: string,
  { url }: TestDatabase,
  folder: string,
  afterMs: number,
): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', ERASING, id, url, keyFile(folder)], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await ended;
}

/** So many more people that wrapping their keys anew takes some time. */
async function addOthers({ vault }: Store, count: number): Promise<void> {
  for (let i = 0; i < count; i += 200)
    await Promise.all(Array.from({ length: 200 }, (_, j) => vault.seal(`other-${i + j}`, 'other')));
}

/** The rows of now in a database of their own. */
async function copyOf({ url }: TestDatabase): Promise<TestDatabase> {
  const source = new URL(url).pathname.slice(1);
  const name = `cordon_test_backup_${randomUUID().replaceAll('-', '').slice(0, 8)}`;
  const client = new pg.Client(await serverUrl());
  await client.connect();
  const cutOff = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1';
  // A template may have no connections; those of the store come back by themselves.
  for (let tries = 1; ; tries += 1) {
    await client.query(cutOff, [source]);
    const failure = await client
      .query(`CREATE DATABASE ${name} TEMPLATE ${source}`)
      .catch((error: Error) => error);
    if (!(failure instanceof Error)) break;
    if (tries === 20) throw failure;
  }
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return {
    url: copy.href,
    drop: async () => {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await client.end();
    },
  };
}

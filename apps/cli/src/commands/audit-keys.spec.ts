import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { parseCheckpoint, parseNote } from '@cordon/audit';
import { systemClock } from '@cordon/kernel';
import { DeploymentJournal, LogKeeper } from '@cordon/runtime';
import { FolderKeys, openStore, SignerMemoryFile, type Store } from '@cordon/store';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { run } from '../program.js';

let folder: string;
let database: TestDatabase;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-cli-'));
  database = await testDatabase();
  store = await openStore({ url: database.url });
});
afterEach(async () => {
  await store.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function cordon(...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const env = { CORDON_DATA_DIR: folder, DATABASE_URL: database.url };
  const { signal } = new AbortController();
  const code = await run({ out, err, env, cwd: folder, root: folder, signal }, args);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

/** What a server does in its time: announces, sequences, signs. */
async function serve(entries = 3): Promise<string> {
  const journal = new DeploymentJournal({
    ...{ store: store.journal, log: store.logName, clock: systemClock },
    salt: () => randomBytes(16).toString('base64url'),
    pause: () => Promise.resolve(),
  });
  const failures: unknown[] = [];
  const keys = join(folder, 'keys');
  const keeper = new LogKeeper({
    ...{ store: store.log, journal, clock: systemClock },
    keys: new FolderKeys(keys),
    memory: new SignerMemoryFile(join(keys, 'log.checkpoint')),
    failed: (_what, error) => failures.push(error),
  });
  await keeper.begin();
  for (let n = 0; n < entries; n += 1)
    await journal.record({
      actor: { type: 'system', id: 'cordon', roles: [] },
      type: 'test.entry',
      data: { n },
    });
  for (let turn = 0; turn < 8; turn += 1) {
    keeper.ask();
    await keeper.turn();
  }
  await keeper.finish();
  expect(failures).toEqual([]);
  return (await store.log.checkpoint())?.note ?? '';
}

test('keys are shown as auditors need them, and a new one takes the place of the old with the next checkpoints', async () => {
  expect((await cordon('audit', 'key', 'show')).err).toContain('Nothing has been signed here yet');
  await serve();
  const before = await cordon('audit', 'key', 'show');
  expect(before.out).toContain(`log     ${store.logName}+`);
  expect(before.out).toContain(`bundle  ${store.logName}/bundle+`);
  const rotated = await cordon('audit', 'key', 'rotate');
  expect([rotated.code, rotated.out.startsWith(`${store.logName}+`)]).toEqual([0, true]);
  expect(before.out).not.toContain(rotated.out.trim());
  const again = await cordon('audit', 'key', 'rotate');
  expect([again.code, again.err]).toEqual([4, expect.stringContaining('lies at')]);
  await serve();
  const { keys } = JSON.parse((await cordon('audit', 'key', 'show', '--json')).out) as {
    keys: { vkey: string }[];
  };
  expect(keys.map(({ vkey }) => vkey)).toContain(rotated.out.trim());
  expect(keys).toHaveLength(2);
  expect((await cordon('audit', 'key', 'rotate', '--purpose', 'house')).code).toBe(2);
});

test('recovering asks for the origin, refuses while a server leads, and says what is missing', async () => {
  await serve(10);
  const asked = await cordon('audit', 'recover');
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining(`--confirm ${store.logName}`)]);
  expect((await store.log.head()).epoch).toBe(1);
  const busy = await store.log.lead(() => cordon('audit', 'recover', '--confirm', store.logName));
  expect([busy?.result.code, busy?.result.err]).toEqual([4, expect.stringContaining('stop it first')]);
  const done = await cordon('audit', 'recover', '--confirm', store.logName);
  expect([done.code, done.out]).toEqual([0, expect.stringContaining(`The log is now ${store.logName}/r2`)]);
  await stat(join(folder, 'keys', 'log.key.r1'));
  const note = await serve();
  expect(parseCheckpoint(parseNote(note).text).origin).toBe(`${store.logName}/r2`);
  expect((await cordon('audit', 'key', 'show')).out).toContain(`${store.logName}/r2+`);
});

test('doctor says how the log stands', async () => {
  const log = async () => {
    const { out } = await cordon('doctor', '--json', '--server', 'http://127.0.0.1:1');
    const { checks } = JSON.parse(out) as { checks: { name: string; result: string; found: string }[] };
    return checks.find(({ name }) => name === 'Log');
  };
  expect(await log()).toMatchObject({ result: 'note' });
  await serve();
  expect(await log()).toMatchObject({ result: 'ok', found: expect.stringContaining(store.logName) });
  await rm(join(folder, 'keys', 'log.key'));
  expect(await log()).toMatchObject({
    result: 'wrong',
    found: expect.stringContaining('log.key is not there'),
  });
});

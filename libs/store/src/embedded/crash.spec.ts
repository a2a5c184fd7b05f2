import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { transform } from '@swc/core';
import pg from 'pg';
import { eventually } from './eventually.js';
import { readPidFile } from './pid-file.js';
import { identityOf } from './process-identity.js';
import { startOn, thisHost } from './start.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const BOUND_MS = 20_000;

/** Opens the data folder, says in one line how that went, and then does what the last argument tells it. */
const program = `
import { startOn, thisHost } from './start.js';
const [dataDir, fallbackRoot, then] = process.argv.slice(2);
try {
  const server = await startOn({ ...thisHost, policy: { ...thisHost.policy, fallbackRoot } }, { dataDir });
  console.log(JSON.stringify({ url: server.url, adopted: server.adopted }));
  if (then === 'wait') setInterval(() => undefined, 1e6);
  if (then === 'exit') process.exit(3);
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
`;

let compiled: string;
const cleanups: (() => Promise<void>)[] = [];

/** Child processes need JavaScript: the sources of this folder, compiled as the tests compile them. */
beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'cordon-compiled-'));
  const names = (await readdir(here)).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  for (const name of names) {
    const { code } = await transform(await readFile(join(here, name), 'utf8'), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    await writeFile(join(compiled, name.replace(/\.ts$/, '.js')), code);
  }
  await writeFile(join(compiled, 'package.json'), '{"type":"module"}');
  await writeFile(join(compiled, 'child.js'), program);
  await symlink(join(here, '../../../../node_modules'), join(compiled, 'node_modules'));
});

afterAll(() => rm(compiled, { recursive: true, force: true }));

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Answer {
  url?: string;
  adopted?: boolean;
  code?: string;
  message?: string;
}

async function setup() {
  const base = await mkdtemp(join(tmpdir(), 'cordon-crash-'));
  cleanups.push(() => rm(base, { recursive: true, force: true }));
  await chmod(base, 0o755);
  const dataDir = join(base, 'data');
  const fallbackRoot = join(base, 'var');
  const pgdata = join(dataDir, 'cluster', 'pgdata');
  const start = () => startOn({ ...thisHost, policy: { ...thisHost.policy, fallbackRoot } }, { dataDir });
  // Whatever a test leaves running is taken over and stopped, as a next start would.
  cleanups.push(async () => {
    if ((await readPidFile(pgdata).catch(() => undefined)) !== undefined) await (await start()).stop();
  });
  const args = (then: string): string[] => [join(compiled, 'child.js'), dataDir, fallbackRoot, then];
  const run = (then: string): ChildProcess => {
    const child = spawn(process.execPath, args(then), { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanups.push(() => kill(child));
    return child;
  };
  return { base, dataDir, pgdata, start, run, args };
}

/** The first line the child says; a child that ends without one says why on our standard error. */
async function answerOf(child: ChildProcess): Promise<Answer> {
  for await (const line of createInterface(child.stdout!)) return JSON.parse(line) as Answer;
  throw new Error('the child process ended without an answer');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function serverPid(pgdata: string): Promise<number> {
  return (await readPidFile(pgdata))?.pid ?? 0;
}

async function endsByItself(pid: number): Promise<boolean> {
  expect(pid).toBeGreaterThan(0);
  return eventually(() => identityOf(pid) === undefined, BOUND_MS);
}

test('a killed process leaves its server, and the next start takes it over with its data and stops it', async () => {
  const { pgdata, start, run } = await setup();
  const child = run('wait');
  const { url } = await answerOf(child);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE kept AS SELECT 42 AS answer');
  await kill(child);
  const pid = await serverPid(pgdata);
  const server = await start();
  expect(server).toMatchObject({ url, adopted: true });
  expect((await client.query('SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }]);
  await client.end();
  await server.stop();
  expect(identityOf(pid)).toBeUndefined();
  const next = await start();
  expect(next.adopted).toBe(false);
  await next.stop();
});

test('a second process is refused with the pid of the first one, which goes on undisturbed', async () => {
  const { pgdata, run } = await setup();
  const first = run('wait');
  const { url } = await answerOf(first);
  const pid = await serverPid(pgdata);
  const refusal = await answerOf(run('wait'));
  expect(refusal.code).toBe('in_use');
  expect(refusal.message).toContain(`another Cordon process (pid ${first.pid})`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.end();
  expect(await serverPid(pgdata)).toBe(pid);
});

test('a server killed together with its process recovers at the next start', async () => {
  const { pgdata, start, run } = await setup();
  const child = run('wait');
  const { url } = await answerOf(child);
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('CREATE TABLE kept AS SELECT 42 AS answer');
  await kill(child);
  process.kill(await serverPid(pgdata), 'SIGKILL');
  const server = await start();
  expect(server.adopted).toBe(false);
  const again = new pg.Client({ connectionString: server.url });
  await again.connect();
  expect((await again.query('SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }]);
  await again.end();
  await server.stop();
});

test('a first start that is killed at any moment leaves nothing that hinders the next one', async () => {
  const { dataDir, start, run } = await setup();
  const child = run('wait');
  const isDrafting = async (): Promise<boolean> => {
    const drafts = (await readdir(dataDir).catch(() => [])).filter((name) =>
      name.startsWith('cluster-draft-'),
    );
    const inside =
      drafts[0] === undefined ? [] : await readdir(join(dataDir, drafts[0], 'pgdata')).catch(() => []);
    return inside.includes('base');
  };
  expect(await eventually(isDrafting, BOUND_MS)).toBe(true);
  await kill(child);
  expect(await readdir(dataDir)).not.toContain('cluster');
  const server = await start();
  expect(server.adopted).toBe(false);
  await server.stop();
});

test.each(['end', 'exit'])(
  'a process that ends without stopping its server (%s) takes it with it',
  async (how) => {
    const { pgdata, run } = await setup();
    const child = run(how);
    const ended = once(child, 'exit');
    await answerOf(child);
    const pid = await serverPid(pgdata);
    expect(await ended).toEqual([how === 'exit' ? 3 : 0, null]);
    expect(await endsByItself(pid)).toBe(true);
  },
);

test('a server on its way out is waited for', async () => {
  const { pgdata, start, run } = await setup();
  const child = run('wait');
  await answerOf(child);
  await kill(child);
  process.kill(await serverPid(pgdata), 'SIGINT');
  const server = await start();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.end();
  await server.stop();
});

test('the server is out of reach of the Ctrl+C that the terminal sends to its process', async () => {
  const { pgdata, args } = await setup();
  const child = spawn(process.execPath, args('wait'), {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  cleanups.push(() => kill(child));
  await answerOf(child);
  const pid = await serverPid(pgdata);
  const group = (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined))
    ?.split(') ')[1]
    ?.split(' ')[2];
  if (group !== undefined) expect(Number(group)).toBe(pid);
  const ended = once(child, 'exit');
  process.kill(-child.pid!, 'SIGINT'); // what the terminal does; no one handles it here
  expect(await ended).toEqual([null, 'SIGINT']);
  expect(identityOf(pid)).toBeDefined();
});

test('a pipe that reads the process ends with the process, though the server stays', async () => {
  const { dataDir, pgdata, args } = await setup();
  const line = [process.execPath, ...args('wait')].map((word) => `'${word}'`).join(' ');
  const shell = spawn('/bin/sh', ['-c', `${line} 2>&1 | cat`], { stdio: ['ignore', 'pipe', 'ignore'] });
  cleanups.push(() => kill(shell));
  const closed = once(shell.stdout, 'close');
  await answerOf(shell);
  const pid = await serverPid(pgdata);
  const lock = (await readdir(dataDir)).find((name) => name.startsWith('owner.'))!;
  const owner = JSON.parse(await readFile(join(dataDir, lock), 'utf8')) as { pid: number };
  process.kill(owner.pid, 'SIGKILL');
  await closed;
  expect(identityOf(pid)).toBeDefined();
});

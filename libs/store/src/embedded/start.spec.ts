import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgresError } from './errors.js';
import { eventually } from './eventually.js';
import { isPostmasterReady } from './pid-file.js';
import { runAs } from './program.js';
import { type EmbeddedPostgres, type Host, startOn, thisHost } from './start.js';

const asRoot = process.getuid?.() === 0 ? test : test.skip;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup(changes: Partial<Host> = {}) {
  const base = await mkdtemp(join(tmpdir(), 'cordon-embedded-'));
  cleanups.push(() => rm(base, { recursive: true, force: true }));
  await chmod(base, 0o755);
  const dataDir = join(base, 'data');
  const notices: string[] = [];
  const policy = { ...thisHost.policy, fallbackRoot: join(base, 'var') };
  const start = async (overrides: Partial<Host> = {}, folder = dataDir): Promise<EmbeddedPostgres> => {
    const host = { ...thisHost, policy, ...changes, ...overrides };
    const server = await startOn(host, { dataDir: folder, onNotice: (notice) => notices.push(notice) });
    cleanups.push(() => server.stop());
    return server;
  };
  return { base, dataDir, notices, start, cluster: join(dataDir, 'cluster') };
}

async function query(server: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** `base` is only closed to others; the servers' own files are closed by their modes. */
async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test('the first start makes a durable UTF-8 cluster behind a password, the second one finds its data again', async () => {
  const { dataDir, cluster, notices, start } = await setup();
  const first = await start();
  expect(first).toMatchObject({ dataDir, adopted: false });
  const [settings] = await query(
    first,
    `SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
            current_setting('synchronous_commit') AS commit, current_setting('TimeZone') AS zone,
            current_setting('data_checksums') AS checksums, lower('ÄÖ') AS lower, current_database() AS database`,
  );
  expect(settings).toEqual({
    ...{
      encoding: 'UTF8',
      fsync: 'on',
      commit: 'on',
      zone: 'UTC',
      checksums: 'on',
      lower: 'äö',
      database: 'cordon',
    },
  });
  await query(first, `CREATE TABLE kept AS SELECT 42 AS answer`);
  await first.stop();
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(notices).toEqual([]);
  expect(await modeOf(join(cluster, 'password'))).toBe(0o600);
  expect(await modeOf(cluster)).toBe(0o700);
});

test('without the password nobody gets in', async () => {
  const { cluster, start } = await setup();
  const server = await start();
  const password = (await readFile(join(cluster, 'password'), 'utf8')).trim();
  expect(password).toMatch(/^[\w-]{43}$/);
  expect(new URL(server.url).password).toBe(password);
  const client = new pg.Client({ connectionString: server.url.replace(password, 'guess') });
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
});

test('the folder is refused to a second opener while it is open, and free once it is stopped, twice over', async () => {
  const { start } = await setup();
  const server = await start();
  await expect(start()).rejects.toMatchObject({
    code: 'in_use',
    message: expect.stringContaining(`${process.pid}`),
  });
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  await (await start()).stop();
});

test('of two that start at once one gets the folder', async () => {
  const { start } = await setup();
  const outcomes = await Promise.allSettled([start(), start()]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({ code: 'in_use' });
});

test('a cluster that was half made when its maker was killed is thrown away and made anew', async () => {
  const { dataDir, start } = await setup();
  const half = join(dataDir, 'cluster-draft-0123456789ab');
  await mkdir(join(half, 'pgdata', 'base'), { recursive: true });
  await writeFile(join(half, 'pgdata', 'PG_VERSION'), '18\n');
  await (await start()).stop();
  expect((await readdir(dataDir)).sort()).toEqual(['cluster', expect.stringMatching(/^owner\.\d+\.lock$/)]);
});

test('a port that is taken between the pick and the start costs another pick', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  cleanups.push(async () => void taken.close());
  const takenPort = (taken.address() as AddressInfo).port;
  const picks: number[] = [];
  const pickPort = async (): Promise<number> => {
    picks.push(picks.length === 0 ? takenPort : await thisHost.pickPort());
    return picks.at(-1)!;
  };
  const { start } = await setup({ pickPort });
  const server = await start();
  expect(picks).toHaveLength(2);
  expect(Number(new URL(server.url).port)).toBe(picks[1]);
});

test('the postmaster.pid of a dead server is harmless, also when another program has its pid now', async () => {
  const { cluster, dataDir, start } = await setup();
  const first = await start();
  const path = join(cluster, 'pgdata', 'postmaster.pid');
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  await first.stop();
  // PostgreSQL minds the pids of its own user only.
  const { uid, gid } = await stat(cluster);
  const other = spawn('sleep', ['600'], { stdio: 'ignore', ...(process.getuid?.() === 0 && { uid, gid }) });
  const ended = once(other, 'exit');
  await once(other, 'spawn');
  cleanups.push(async () => void other.kill('SIGKILL'));
  const leavePidFile = async (): Promise<void> => {
    await writeFile(path, [other.pid, ...rest].join('\n'), { mode: 0o600 });
    await chown(path, uid, gid);
  };
  await leavePidFile();
  const second = await start();
  expect(second).toMatchObject({ adopted: false, dataDir });
  await second.stop();
  other.kill('SIGKILL');
  await ended;
  await leavePidFile();
  expect((await start()).adopted).toBe(false);
});

test('a postmaster.pid that a power cut left empty is harmless', async () => {
  const { cluster, start } = await setup();
  await (await start()).stop();
  await writeFile(join(cluster, 'pgdata', 'postmaster.pid'), '');
  expect((await start()).adopted).toBe(false);
});

test('a server that comes up between our look and our own start is taken over', async () => {
  const { cluster, notices, start } = await setup();
  await (await start()).stop();
  const pgdata = join(cluster, 'pgdata');
  const pickPort = async (): Promise<number> => {
    const port = await thisHost.pickPort();
    const { uid, gid } = await stat(cluster);
    const flags = ['-D', pgdata, '-p', `${port}`, '-c', 'unix_socket_directories='];
    const other = spawn(join(thisHost.findPackage(), 'native', 'bin', 'postgres'), flags, {
      ...{ cwd: cluster, stdio: 'ignore', detached: true },
      ...(process.getuid?.() === 0 && { uid, gid }),
    });
    expect(await eventually(() => isPostmasterReady(pgdata, other.pid ?? 0), 20_000)).toBe(true);
    return port;
  };
  const server = await start({ pickPort });
  expect(server.adopted).toBe(true);
  expect(notices).toEqual([expect.stringContaining('Took over')]);
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('data of another major version are told of and left alone', async () => {
  const { cluster, start } = await setup();
  await (await start()).stop();
  await writeFile(join(cluster, 'pgdata', 'PG_VERSION'), '17\n');
  await expect(start()).rejects.toMatchObject({
    code: 'version_mismatch',
    message: expect.stringMatching(
      /made by PostgreSQL 17 and this installation brings PostgreSQL \d+.*DATABASE_URL/,
    ),
  });
});

test('a server that does not come up is told of with its own words, and leaves the folder free', async () => {
  const { cluster, start } = await setup();
  await (await start()).stop();
  const configuration = join(cluster, 'pgdata', 'postgresql.conf');
  const good = await readFile(configuration, 'utf8');
  await writeFile(configuration, `${good}\nno_such_setting = on\n`);
  await expect(start()).rejects.toMatchObject({
    code: 'start_failed',
    message: expect.stringMatching(
      /did not start \(.*configuration file.*\): see .*postgres\.log, or set DATABASE_URL/,
    ),
  });
  await writeFile(configuration, good);
  await start();
});

test('a changed password is told of, and the folder is left free', async () => {
  const { cluster, start } = await setup();
  await (await start()).stop();
  const path = join(cluster, 'password');
  const good = await readFile(path, 'utf8');
  await writeFile(path, 'another\n');
  await expect(start()).rejects.toMatchObject({
    code: 'start_failed',
    message: expect.stringContaining('password'),
  });
  await writeFile(path, good);
  expect((await start()).adopted).toBe(false);
});

test('without a binary nothing is made, and the sentence comes through unchanged', async () => {
  const missing = new EmbeddedPostgresError('binary_missing', 'No binary.');
  const findPackage = (): string => {
    throw missing;
  };
  const { base, start } = await setup({ findPackage });
  await expect(start()).rejects.toBe(missing);
  expect(await readdir(base)).toEqual([]);
});

asRoot(
  'below a folder and a package that only root may enter, data and binaries are where the server can reach',
  async () => {
    const { base, notices, start } = await setup();
    const closed = join(base, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await runAs(undefined, closed, 'cp', ['-a', thisHost.findPackage(), join(closed, 'package')]);
    const host = { findPackage: () => join(closed, 'package') };
    const server = await start(host, join(closed, 'data'));
    expect(server.dataDir).toMatch(/var\/data-[0-9a-f]{12}$/);
    expect(notices).toEqual([expect.stringContaining(server.dataDir)]);
    expect((await stat(join(server.dataDir, 'cluster'))).uid).not.toBe(0);
    expect(await readdir(server.dataDir)).toContainEqual(expect.stringMatching(/^binaries-/));
    await query(server, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await server.stop();
    expect(await query(await start(host, join(closed, 'data')), 'SELECT answer FROM kept')).toEqual([
      { answer: 42 },
    ]);
  },
);

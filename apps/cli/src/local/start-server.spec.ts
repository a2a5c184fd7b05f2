import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { CliError } from '../exit-codes.js';
import type { Io } from '../io.js';
import { probe } from './probe.js';
import { startServer } from './start-server.js';

const leftovers: string[] = [];

afterEach(async () => {
  await Promise.all(leftovers.splice(0).map((path) => rm(path, { recursive: true, force: true })));
});

/** A checkout whose server is this program. */
async function setup(program: string): Promise<Io> {
  const root = await mkdtemp(join(tmpdir(), 'cordon-root-'));
  leftovers.push(root);
  await mkdir(join(root, 'apps/server/dist'), { recursive: true });
  await writeFile(join(root, 'apps/server/package.json'), '{"type": "module"}');
  await writeFile(join(root, 'apps/server/dist/main.js'), program);
  const env = { PATH: process.env['PATH'], CORDON_ROLE: 'api', CORDON_DATA_DIR: 'data' };
  return {
    out: new PassThrough(),
    err: new PassThrough(),
    env,
    cwd: root,
    root,
    signal: new AbortController().signal,
  };
}

const ANSWERS = `
import { createServer } from 'node:http';
const { PORT, HOST, CORDON_ROLE, CORDON_DATA_DIR } = process.env;
createServer((_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ product: 'cordon', status: 'ok', told: CORDON_ROLE + ' ' + CORDON_DATA_DIR }));
}).listen(Number(PORT), HOST);
`;

test('a server is started on a free port with the same data folder, and is gone with its log when stopped', async () => {
  const io = await setup(ANSWERS);
  const server = await startServer(io);
  expect(await probe(server.url)).toEqual({
    health: 'ready',
    detail: expect.stringContaining(`all ${join(io.root, 'data')}`),
  });
  expect(existsSync(server.logFile)).toBe(true);
  await server.stop();
  await server.stop();
  expect((await probe(server.url)).health).toBe('none');
  expect(existsSync(dirname(server.logFile))).toBe(false);
});

test('a data folder that another server has open is told as that, with the sentence of the server', async () => {
  const io = await setup(
    `console.error('The data folder X is open in another Cordon process (pid 7).'); process.exit(1);`,
  );
  const error: unknown = await startServer(io).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CliError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/already in use.*--server URL/),
    exitCode: 4,
  });
  leftovers.push(logFolderOf(error));
  expect((error as CliError).lines).toEqual([
    expect.stringMatching(/pid 7/),
    expect.stringMatching(/log is .*server\.log/),
  ]);
});

test('a server that ends at once is told at once, with where its log lies', async () => {
  const io = await setup(`console.error('PORT is no number'); process.exit(1);`);
  const error: unknown = await startServer(io).catch((reason: unknown) => reason);
  leftovers.push(logFolderOf(error));
  expect(error).toMatchObject({
    exitCode: 1,
    lines: ['PORT is no number', expect.stringMatching(/server\.log/)],
  });
});

test('a checkout that is not built says so', async () => {
  const io = await setup('');
  await expect(startServer(io, { program: join(io.root, 'none.js') })).rejects.toThrow(/npm run build/);
});

function logFolderOf(error: unknown): string {
  return dirname(/log is (.*)\.$/.exec((error as CliError).lines.at(-1) ?? '')?.[1] ?? '/none/none');
}

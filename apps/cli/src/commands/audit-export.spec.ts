import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resumeDownload } from '../api/resume-download.js';
import { run } from '../program.js';

const WHOLE = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251));
const NOTE = `cordon-log/x\n1234\n${Buffer.alloc(32, 7).toString('base64')}\n\n— cordon-log/x ${Buffer.alloc(68, 1).toString('base64')}\n`;

interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

let server: Server;
let folder: string;
let asked: Asked[];
/** After how many bytes each answer in turn breaks off; whole when there is none left. */
let cuts: number[];
let again: 'continues' | 'begins anew' | 'refuses' | 'says nothing';
let error: { status: number; body: object } | undefined;

beforeEach(async () => {
  [asked, cuts, again, error] = [[], [], 'continues', undefined];
  folder = await mkdtemp(join(tmpdir(), 'cordon-export-'));
  server = createServer((request, response) => answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace('/api/v1', '');
  if (path === '/health/ready') {
    response.writeHead(200, { 'content-type': 'application/json' });
    return void response.end('{"product":"cordon","status":"ok"}');
  }
  const { range, 'if-range': ifRange } = request.headers;
  asked.push({ path, range, ifRange: ifRange as string | undefined });
  if (path === '/audit/checkpoint') return void response.end(NOTE);
  const refused =
    again === 'refuses' && path.includes('export=') ? { status: 412, body: { title: 'Gone' } } : error;
  if (refused) {
    response.writeHead(refused.status, { 'content-type': 'application/problem+json' });
    return void response.end(JSON.stringify(refused.body));
  }
  const continues = again === 'continues' && range !== undefined && ifRange === '"tag"';
  const start = continues ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
  const rest = WHOLE.subarray(start);
  response.writeHead(continues ? 206 : 200, {
    ...(again === 'says nothing'
      ? {}
      : { etag: '"tag"', 'content-location': '/api/v1/audit/export?export=7' }),
    ...(continues ? { 'content-range': `bytes ${start}-${WHOLE.length - 1}/${WHOLE.length}` } : {}),
  });
  const cut = cuts.shift();
  if (cut === undefined) return void response.end(rest);
  response.write(rest.subarray(0, cut), () => request.socket.destroySoon());
}

async function cordon(...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const { port } = server.address() as AddressInfo;
  const at = ['--server', `http://127.0.0.1:${port}`, '--token', 't'];
  const env = { CORDON_DATA_DIR: folder, PORT: '1' };
  const io = { out, err, env, cwd: folder, root: folder, signal: new AbortController().signal };
  const code = await run(io, ['audit', ...args, ...at]);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

async function exported(name = 'x.zip'): Promise<Buffer> {
  return readFile(join(folder, name));
}

test('a download that breaks twice is continued where it was, and the file is whole', async () => {
  cuts = [10_000, 5_000];
  const { code, err } = await cordon('export', '17', '--out', 'x.zip');
  expect(code).toBe(0);
  expect((await exported()).equals(WHOLE)).toBe(true);
  expect(asked[0]).toMatchObject({ path: '/incidents/INC-17/export?format=bundle', range: undefined });
  // What was on its way when the connection broke may be lost with it, all of it too: then there is nothing to continue.
  for (const { path, range, ifRange } of asked.slice(1)) {
    expect(path).toBe('/audit/export?export=7');
    if (range !== undefined)
      expect([range, ifRange]).toEqual([expect.stringMatching(/^bytes=\d+-$/), '"tag"']);
  }
  expect(asked).toHaveLength(3);
  expect(err).toContain('The connection broke after');
  expect(await readdir(folder)).toEqual(['x.zip']);
});

test('where the same bytes cannot be had any more all of it is brought anew, and nothing is mixed', async () => {
  for (const way of ['begins anew', 'refuses'] as const) {
    [again, cuts, asked] = [way, [10_000], []];
    expect((await cordon('export', '17', '--out', `${way}.zip`)).code).toBe(0);
    expect((await exported(`${way}.zip`)).equals(WHOLE)).toBe(true);
    expect(asked.length).toBe(way === 'refuses' ? 3 : 2);
  }
});

test('where the server says nothing of the kind, a broken connection leaves what was there', async () => {
  await writeFile(join(folder, 'x.zip'), 'before');
  [again, cuts] = ['says nothing', [10_000]];
  const { code, err } = await cordon('export', '17', '--out', 'x.zip');
  expect([code, (await exported()).toString(), await readdir(folder)]).toEqual([1, 'before', ['x.zip']]);
  expect(err).toContain('nothing is left of it');
});

test('a connection that never brings a byte is given up in the end', async () => {
  cuts = [10_000, 0, 0, 0, 0, 0, 0, 0];
  const { port } = server.address() as AddressInfo;
  const options = { server: `http://127.0.0.1:${port}`, token: 't', sleep: () => Promise.resolve() };
  const target = { write: () => Promise.resolve(), clear: () => Promise.resolve() };
  const broken: number[] = [];
  const progress = { arrived: () => undefined, broke: (bytes: number) => void broken.push(bytes) };
  await expect(resumeDownload(options, '/audit/export', target, progress)).rejects.toThrow();
  expect(broken).toHaveLength(5);
});

test('a refusal is told, and no file is made', async () => {
  error = { status: 422, body: { title: 'No', detail: 'since is unknown', code: 'invalid_request' } };
  const { code, err } = await cordon('export', '17', '--out', 'x.zip');
  expect([code === 0, await readdir(folder)]).toEqual([false, []]);
  expect(err).toContain('since is unknown');
});

test('the log, its range, the kept checkpoint and the attachments are asked for', async () => {
  await writeFile(join(folder, 'checkpoint.txt'), NOTE);
  await cordon('export', '--log', '--from', '5', '--to', '2026-03-24T00:00:00Z', '--out', 'x.zip');
  await cordon('export', '--log', '--since', 'checkpoint.txt', '--out', 'y.zip');
  await cordon('export', '17', '--no-attachments', '--format', 'bundle', '--out', 'z');
  await cordon('export', '17', '--out', 'a.csv');
  await cordon('export', '--log', '--attachments', '--out', 'b.zip');
  await cordon('export', '17', '--out', 'c.zip');
  expect(asked.map(({ path }) => path)).toEqual([
    '/audit/export?format=bundle&from=5&to=2026-03-24T00%3A00%3A00Z',
    '/audit/export?format=bundle&since=1234',
    '/incidents/INC-17/export?format=bundle&attachments=no',
    '/incidents/INC-17/export?format=csv',
    '/audit/export?format=bundle&attachments=yes',
    '/incidents/INC-17/export?format=bundle',
  ]);
});

test.each([
  [['export']],
  [['export', '17', '--log']],
  [['export', '17', '--from', '3']],
  [['export', '--log', '--format', 'pdf']],
  [['export', '17', '--since', 'checkpoint.txt']],
  [['export', '--log', '--attachments', '--format', 'jsonl']],
  [['export', '17', '--since', 'none.txt', '--out', 'x.zip']],
])('%j is a wrong use, and the server is not asked', async (args) => {
  expect([(await cordon(...args)).code, asked]).toEqual([2, []]);
});

test('the newest checkpoint is printed, or kept in a file', async () => {
  expect(await cordon('checkpoint')).toEqual({ code: 0, out: NOTE, err: '' });
  expect((await cordon('checkpoint', '--out', 'c.txt')).code).toBe(0);
  expect((await exported('c.txt')).toString()).toBe(NOTE);
  expect(JSON.parse((await cordon('checkpoint', '--json')).out)).toMatchObject({
    origin: 'cordon-log/x',
    size: 1234,
  });
});

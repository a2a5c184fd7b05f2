/** Bundles whose way to the auditor is cut off: at any byte, by the client's end or the server's. Built, over HTTP. */
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openZip, writeZip, type ZipFile } from '@cordon/audit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Verifiers } from '../audit/both-verifiers.js';
import { hasPython } from '../audit/python-verifier.js';
import { Road, stalledDownload } from '../durability/log-download.js';
import { LogProcesses } from '../durability/log-processes.js';
import { ask, type Reply } from '../support/ask.js';
import { publish, serverDeployment, type Deployment } from '../support/deployment.js';
import { chance, seedOfRun } from '../support/random.js';
import { SHORT_CLOCKS } from '../support/short-clocks.js';
import { until } from '../support/until.js';

const CLI = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const BOUND_MS = 180_000;
const FETCH_BOUND_MS = 60_000;
/** A process may hold a person's key for 5 s after another one erased them. */
const NOTICED_MS = 30_000;
const NOTES = Number(process.env['CORDON_LOG_NOTES'] ?? 400);
const AT_ONCE = 50;
const RANDOM_CUTS = 12;
const KILLS = 2;
const MANY_BYTES = 1024 * 1024 * 1024;
const LOG = '/api/v1/audit/export';
const INCIDENT = '/api/v1/incidents/INC-1/export?format=bundle';
const SECRET = 'lives behind the third door';

const token = randomUUID() + randomUUID();
const luck = chance(seedOfRun());
let deployment: Deployment;
let processes: LogProcesses;
let folder: string;
let verifiers: Verifiers;
let policy: string;
let person: string;

beforeAll(async () => {
  deployment = await serverDeployment();
  folder = await mkdtemp(join(tmpdir(), 'cordon-exports-'));
  verifiers = await Verifiers.open(hasPython);
  await publish(deployment, SHORT_CLOCKS);
  processes = new LogProcesses({ ...deployment.settings, CORDON_BOOTSTRAP_TOKEN: token }, ['all', 'api']);
  await processes.ready();
  await fill();
  const key = await until('the log has a key', BOUND_MS, async () => {
    const reply = await send('/audit/key');
    return reply.status === 200 ? reply.text : undefined;
  });
  policy = `log ${key.split('\n')[0]}\nquorum none\n`;
}, BOUND_MS);

afterAll(async () => {
  await processes?.killAll();
  await verifiers?.close();
  await deployment?.remove();
  await rm(folder, { recursive: true, force: true });
}, BOUND_MS);

test.each([
  ['the incident', INCIDENT],
  ['the log', LOG],
])(
  'whatever part there is of the bundle of %s, both verifiers refuse it',
  async (_, path) => {
    const whole = await download(path);
    expect(await faultsOf(whole)).toEqual([]);
    const { borders, zip } = await bordersOf(whole);
    const cuts = Array.from({ length: RANDOM_CUTS }, () => luck.between(0, whole.length - 1));
    const near = [whole.length - 1, ...borders.flatMap((at) => [at - 1, at, at + 1])];
    for (const at of new Set([...cuts, ...near])) {
      if (at < 0 || at >= whole.length) continue;
      expect([at, await refusedByBoth(whole.subarray(0, at))]).toEqual([at, true]);
    }
    for (let kept = 1; kept < zip.members.length; kept += 1)
      expect([kept, await refusedByBoth(await repacked(zip, kept))]).toEqual([kept, true]);
  },
  BOUND_MS,
);

test(
  'a splice of two exports is refused, and one that ends as it began is the export itself',
  async () => {
    const [a, b] = [await download(INCIDENT), await download(INCIDENT)];
    const cuts = [
      ...(await bordersOf(a)).borders,
      ...Array.from({ length: 8 }, () => luck.between(1, a.length)),
    ];
    for (const at of new Set(cuts)) {
      const spliced = Buffer.concat([a.subarray(0, at), b.subarray(at)]);
      const isOneOfThem = spliced.equals(a) || spliced.equals(b);
      expect([at, await refusedByBoth(spliced)]).toEqual([at, !isOneOfThem]);
    }
    const [first, second] = [await openedZip(a), await openedZip(b)];
    for (const { path } of first.members) {
      const mine = await first.bytes(path, MANY_BYTES);
      if (mine.equals(await second.bytes(path, MANY_BYTES).catch(() => mine))) continue;
      const mixed = await mixture(first, path, await second.bytes(path, MANY_BYTES));
      expect([path, await refusedByBoth(mixed)]).toEqual([path, true]);
    }
  },
  BOUND_MS,
);

test(
  'clients that go away leave room for the next, and what they have is refused',
  async () => {
    for (let times = 0; times < 5; times += 1) {
      const one = await stalledDownload(`${processes.url}${LOG}`, token, luck.between(1, 500_000));
      expect(one.status).toBe(200);
      expect(await refusedByBoth(one.abort())).toBe(true);
      await until('there is room again', BOUND_MS, async () => {
        const next = await stalledDownload(`${processes.url}${LOG}`, token, 1);
        next.abort();
        return next.status === 200 ? true : undefined;
      });
    }
  },
  BOUND_MS,
);

test(
  'a server that is killed while it sends leaves a part that is refused, and the rest can be had from the next one',
  async () => {
    for (let times = 0; times < KILLS; times += 1) {
      const path = times % 2 === 0 ? INCIDENT : LOG;
      const one = await stalledDownload(
        `${processes.urlOf('all')}${path}`,
        token,
        luck.between(1, 1_000_000),
      );
      await processes.kill(['all']);
      const { bytes, complete } = await one.rest();
      expect([complete, await refusedByBoth(bytes)]).toEqual([false, true]);
      const again = String(one.headers['content-location']);
      const headers = { 'if-range': String(one.headers.etag), range: `bytes=${bytes.length}-` };
      // Until somebody leads again, nothing can be signed.
      const response = await until('the rest can be had', BOUND_MS, async () => {
        const answer = await fetched(again, headers, processes.urlOf('api'));
        expect([206, 503]).toContain(answer.status);
        return answer.status === 206 ? answer : undefined;
      });
      const whole = Buffer.concat([bytes, Buffer.from(await response.arrayBuffer())]);
      expect(await faultsOf(whole)).toEqual([]);
      await processes.ready();
    }
  },
  BOUND_MS,
);

test(
  'the command line brings the whole file although the server is killed in the middle, or leaves none',
  async () => {
    const road = await Road.to(() => processes.urlOf('all'));
    try {
      const size = (await download(INCIDENT)).length;
      const broken = road.breaksAfter(luck.between(Math.floor(size / 10), Math.floor(size / 2)));
      const file = join(folder, 'resumed.zip');
      const args = ['audit', 'export', 'INC-1', '--out', file, '--server', road.url, '--token', token];
      const ended = command(args);
      await broken;
      await processes.kill(['all']);
      await processes.ready();
      const { code, said } = await ended;
      const left = (await readdir(folder)).filter((name) => name.includes('resumed'));
      if (code !== 0) expect([said, left]).toEqual([said, []]);
      else {
        expect(left).toEqual(['resumed.zip']);
        expect(await faultsOf(await readFile(file))).toEqual([]);
        expect(said).toContain('connection broke');
      }
    } finally {
      await road.close();
    }
  },
  BOUND_MS,
);

test(
  'the command line that is interrupted in the middle leaves no file',
  async () => {
    const road = await Road.to(() => processes.urlOf('all'));
    try {
      const file = join(folder, 'given-up.zip');
      const broken = road.breaksAfter(400_000);
      const args = ['audit', 'export', 'INC-1', '--out', file, '--server', road.url, '--token', token];
      const { code } = await command(args, broken);
      expect(code).not.toBe(0);
      expect((await readdir(folder)).filter((name) => name.includes('given-up'))).toEqual([]);
    } finally {
      await road.close();
    }
  },
  BOUND_MS,
);

test(
  'an erasure on another process while a bundle is on its way: what comes afterwards never shows the person',
  async () => {
    const [here, there] = [processes.urlOf('api'), processes.urlOf('all')];
    const before = await download(INCIDENT, here);
    expect(before.includes(SECRET)).toBe(true);
    const stalled = await stalledDownload(`${here}${INCIDENT}`, token, 50_000);
    // One after the other: one person may have two at once.
    const begun = [await begunAt(INCIDENT, here), await begunAt(LOG, here)];
    const erased = await send(`/people/${person}/erasure`, { reason: 'they asked for it' }, there);
    expect(erased.status).toBe(200);
    // At once, while the other process may still hold the person's key.
    for (const { location, headers } of begun) {
      const resumed = await fetched(location, headers, here);
      const said = await resumed.text();
      expect([resumed.status, said.includes(SECRET)]).toEqual([412, false]);
      expect(said).toContain('ask for a new one');
    }
    await until('the other process has noticed', NOTICED_MS, async () =>
      (await send('/incidents/INC-1/transitions?limit=50', undefined, here)).text.includes(SECRET)
        ? undefined
        : true,
    );
    const { bytes, complete } = await stalled.rest();
    // What had left before the erasure was right then; what had not is cut off.
    expect(await refusedByBoth(bytes)).toBe(!complete);
    for (const url of [here, there]) {
      for (const path of [INCIDENT, LOG]) {
        const after = await download(path, url);
        expect(await faultsOf(after)).toEqual([]);
        expect(after.includes(SECRET)).toBe(false);
      }
    }
    // What was handed out before stays what it was.
    expect(await faultsOf(before)).toEqual([]);
  },
  BOUND_MS,
);

/** One incident with so many notes, one of them about a person, and a file. */
async function fill(): Promise<void> {
  const json = { playbook: 'short-clocks', title: 'Something is wrong', awareAt: new Date().toISOString() };
  expect((await send('/incidents', json)).status).toBe(201);
  const somebody = await send('/tokens', { name: 'Wong Siu Ming', roles: ['responder'] });
  person = String(somebody.body['id']);
  const about = await note('about somebody', { note: `Wong Siu Ming ${SECRET}`, about: person });
  expect([about.status, about.text]).toEqual([200, about.text]);
  const headers = { 'x-evidence-name': 'disk.img', 'content-type': 'application/octet-stream' };
  const file = { token, key: randomUUID(), raw: randomBytes(300_000), method: 'POST', headers };
  expect((await ask(`${processes.url}/api/v1/incidents/INC-1/evidence`, file)).status).toBe(201);
  let left = NOTES;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      expect((await note(`${left} ${'what was seen '.repeat(20)}`)).status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function note(text: string, more: object = {}): Promise<Reply> {
  return send('/incidents/INC-1/events', { type: 'note.add', data: { text }, ...more });
}

function send(path: string, json?: object, url = processes.url): Promise<Reply> {
  const key = json === undefined ? {} : { json, key: randomUUID() };
  return ask(`${url}/api/v1${path}`, { token, ...key });
}

function fetched(path: string, headers: Record<string, string>, url = processes.url): Promise<Response> {
  const signal = AbortSignal.timeout(FETCH_BOUND_MS);
  return fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers }, signal });
}

/** A download that was begun, as its rest is asked for. */
async function begunAt(
  path: string,
  url: string | undefined,
): Promise<{ readonly location: string; readonly headers: Record<string, string> }> {
  const response = await fetched(path, {}, url);
  await response.arrayBuffer();
  const headers = { 'if-range': response.headers.get('etag') ?? '', range: 'bytes=40000-' };
  return { location: response.headers.get('content-location') ?? '', headers };
}

async function download(path: string, url = processes.url): Promise<Buffer> {
  const response = await fetched(path, {}, url);
  if (response.status !== 200)
    throw new Error(`${response.status}: ${await response.text()} ${processes.said()}`);
  return Buffer.from(await response.arrayBuffer());
}

/** What either verifier finds wrong with it; nothing in either is what a whole bundle has. */
async function faultsOf(zip: Buffer): Promise<readonly unknown[]> {
  const { fault } = await verifiers.typescript({ zip, policy });
  const python = hasPython ? await verifiers.byPython({ zip, policy }) : undefined;
  const its = python && ('unusable' in python ? python.unusable : python.fault);
  return [fault, its].filter((one) => one !== undefined && one !== null);
}

async function refusedByBoth(zip: Buffer): Promise<boolean> {
  const { ok } = await verifiers.typescript({ zip, policy }, 1);
  const python = hasPython ? await verifiers.byPython({ zip, policy }) : undefined;
  return !ok && (python === undefined || 'unusable' in python || !python.ok);
}

function openedZip(bytes: Buffer): Promise<ZipFile> {
  const read = (offset: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(bytes.subarray(offset, offset + length));
  return openZip({ size: bytes.length, read });
}

/** Where one member ends and the next begins, the directory and its end among them. */
async function bordersOf(
  bytes: Buffer,
): Promise<{ readonly borders: readonly number[]; readonly zip: ZipFile }> {
  const starts: number[] = [];
  for (const signature of ['PK\u0003\u0004', 'PK\u0001\u0002', 'PK\u0005\u0006']) {
    const mark = Buffer.from(signature, 'latin1');
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) starts.push(at);
  }
  return { borders: starts.sort((a, b) => a - b), zip: await openedZip(bytes) };
}

/** The first members alone, as a zip file in the right form. */
function repacked(zip: ZipFile, kept: number): Promise<Buffer> {
  return packed(zip.members.slice(0, kept).map(({ path }) => ({ path, data: zip.stream(path) })));
}

function mixture(zip: ZipFile, other: string, data: Uint8Array): Promise<Buffer> {
  return packed(zip.members.map(({ path }) => ({ path, data: path === other ? data : zip.stream(path) })));
}

async function packed(members: Parameters<typeof writeZip>[0]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeZip(members)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Runs it to its end; with Ctrl+C at that moment, where one is given. */
function command(
  args: readonly string[],
  interrupted?: Promise<unknown>,
): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, said: `${out}${err}` }),
    );
    void interrupted?.then(() => child.kill('SIGINT'));
  });
}

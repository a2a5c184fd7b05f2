/**
 * Many exports at once from two processes, some of them given up in the middle, while others write, upload and erase:
 * whatever is answered is an answer that was meant, and what comes whole is whole. Built, over HTTP.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Verifiers } from '../audit/both-verifiers.js';
import { hasPython } from '../audit/python-verifier.js';
import { LogProcesses } from '../durability/log-processes.js';
import { ask, type Reply } from '../support/ask.js';
import { publish, serverDeployment, type Deployment } from '../support/deployment.js';
import { chance, seedOfRun } from '../support/random.js';
import { SHORT_CLOCKS } from '../support/short-clocks.js';
import { until } from '../support/until.js';

const BOUND_MS = 240_000;
const FETCH_BOUND_MS = 60_000;
/** Each of them asks one after the other. */
const READERS = 6;
const WRITERS = 4;
/** What they do in all: afterwards the log is as long as it gets. */
const WRITES = 600;
const EXPORTS = Number(process.env['CORDON_LOG_EXPORTS'] ?? 40);

/** Of the bundles that came whole, so many are verified. */
const VERIFIED = 6;

const LOG = '/api/v1/audit/export';
const PATHS = [
  LOG,
  `${LOG}?attachments=yes`,
  `${LOG}?format=jsonl`,
  '/api/v1/incidents/INC-1/export?format=bundle',
  '/api/v1/incidents/INC-1/export?format=xes',
  '/api/v1/incidents/INC-1/export?format=pdf',
];
/** 412: somebody was erased since the export that is asked for again. 429: too many. 503: not signed in time, or erased now. */
const MEANT = [200, 206, 412, 429, 503];

const token = randomUUID() + randomUUID();
const luck = chance(seedOfRun());
const answers = new Map<string, number>();
/** Bundles that came to their end. */
const whole: (readonly [path: string, bytes: Buffer])[] = [];
let deployment: Deployment;
let processes: LogProcesses;
let readers: readonly string[];
let verifiers: Verifiers;
let policy: string;
let working = true;
let writes = 0;

beforeAll(async () => {
  deployment = await serverDeployment();
  verifiers = await Verifiers.open(hasPython);
  await publish(deployment, SHORT_CLOCKS);
  processes = new LogProcesses({ ...deployment.settings, CORDON_BOOTSTRAP_TOKEN: token }, ['all', 'api']);
  await processes.ready();
  readers = await Promise.all(
    Array.from({ length: READERS }, async (_, i) => {
      const made = await send('/tokens', { name: `Reader ${i}`, roles: ['administrator'] });
      return String(made.body['token']);
    }),
  );
  for (let i = 0; i < 3; i += 1) await opened();
  const key = await until('the log has a key', BOUND_MS, async () => {
    const reply = await send('/audit/key');
    return reply.status === 200 ? reply.text : undefined;
  });
  policy = `log ${key.split('\n')[0]}\nquorum none\n`;
}, BOUND_MS);

afterAll(async () => {
  working = false;
  await processes?.killAll();
  await verifiers?.close();
  await deployment?.remove();
}, BOUND_MS);

test(
  'no export is answered by a fault, and none that came to its end is torn',
  async () => {
    const writing = Promise.all(Array.from({ length: WRITERS }, () => write()));
    let left = EXPORTS;
    await Promise.all(
      readers.map(async (reader) => {
        while (left > 0) {
          left -= 1;
          await read(reader);
        }
      }),
    ).finally(() => (working = false));
    await writing;
    // One after the other: verifiers share a file. The last are the largest.
    for (const [path, bytes] of whole.slice(-VERIFIED))
      expect([path, await faultsOf(bytes)]).toEqual([path, []]);
    const strange = [...answers].filter(([what]) => !MEANT.includes(Number(what.slice(0, 3))));
    expect([strange, strange.length > 0 ? processes.said() : '']).toEqual([[], '']);
    expect(processes.said()).not.toContain('"request failed"');
    for (const status of ['200', '206'])
      expect([...answers.keys()].some((what) => what.startsWith(status))).toBe(true);
  },
  BOUND_MS,
);

/** One export, from either process: read to its end, given up on the way, or its rest asked for again. */
async function read(reader: string): Promise<void> {
  const path = PATHS[luck.between(0, PATHS.length - 1)] ?? LOG;
  const url = luck.between(0, 1) === 0 ? processes.urlOf('all') : processes.urlOf('api');
  const how = luck.between(0, 3);
  const stop = new AbortController();
  if (how === 0) setTimeout(() => stop.abort(), luck.between(0, 400));
  const headers = { authorization: `Bearer ${reader}` };
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(FETCH_BOUND_MS)]);
  try {
    const response = await fetch(`${url}${path}`, { headers, signal });
    count(response.status, path);
    const isBundle = response.headers.get('content-type') === 'application/zip';
    if (how === 1) setTimeout(() => stop.abort(), luck.between(0, 100));
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) return;
    if (isBundle) whole.push([path, bytes]);
    const location = response.headers.get('content-location');
    if (how !== 2 || !isBundle || location === null) return;
    const from = luck.between(0, bytes.length - 1);
    const rest = await fetch(`${url}${location}`, {
      headers: {
        ...headers,
        'if-range': response.headers.get('etag') ?? '',
        range: `bytes=${from}-`,
      },
      signal,
    });
    count(rest.status, `again ${path}`);
    const tail = Buffer.from(await rest.arrayBuffer());
    if (rest.status === 206) expect(tail.equals(bytes.subarray(from))).toBe(true);
  } catch (error) {
    // Given up by us, or broken off by the server because somebody was erased: no answer that could be taken for one.
    if (!['AbortError', 'TypeError'].includes((error as Error).name)) throw error;
    count(0, path);
  }
}

function count(status: number, path: string): void {
  const what = status === 0 ? `200 and no end of ${path}` : `${status} ${path}`;
  answers.set(what, (answers.get(what) ?? 0) + 1);
}

/** Notes, some about somebody who is erased soon after, files, and new incidents. */
async function write(): Promise<void> {
  while (working && writes < WRITES) {
    writes += 1;
    const ref = `INC-${1 + luck.between(0, 2)}`;
    const turn = luck.between(0, 39);
    const url = luck.between(0, 1) === 0 ? processes.urlOf('all') : processes.urlOf('api');
    if (turn === 0) await erased(url);
    else if (turn === 1) await upload(ref, url);
    else if (turn === 2) await opened();
    else await note(ref, {}, url);
  }
}

async function erased(url: string | undefined): Promise<void> {
  const somebody = await send('/tokens', { name: 'Wong Siu Ming', roles: ['responder'] }, url);
  const id = String(somebody.body['id']);
  await note('INC-1', { note: 'Wong Siu Ming was there', about: id }, url);
  await new Promise((resolve) => setTimeout(resolve, luck.between(0, 1_500)));
  await send(`/people/${id}/erasure`, { reason: 'they asked for it' }, url);
}

async function upload(ref: string, url: string | undefined): Promise<void> {
  const headers = { 'x-evidence-name': 'a.bin', 'content-type': 'application/octet-stream' };
  const file = {
    token,
    key: randomUUID(),
    raw: randomBytes(luck.between(1, 200_000)),
    method: 'POST',
    headers,
  };
  await ask(`${url}/api/v1/incidents/${ref}/evidence`, file);
}

async function opened(): Promise<void> {
  const json = { playbook: 'short-clocks', title: 'Something', awareAt: new Date().toISOString() };
  await send('/incidents', json);
}

function note(ref: string, more: object = {}, url = processes.url): Promise<Reply> {
  const json = { type: 'note.add', data: { text: 'what was seen '.repeat(20) }, ...more };
  return send(`/incidents/${ref}/events`, json, url);
}

function send(path: string, json?: object, url = processes.url): Promise<Reply> {
  const key = json === undefined ? {} : { json, key: randomUUID() };
  return ask(`${url}/api/v1${path}`, { token, ...key });
}

async function faultsOf(zip: Buffer): Promise<readonly unknown[]> {
  const { fault } = await verifiers.typescript({ zip, policy }, 4);
  const python = hasPython ? await verifiers.byPython({ zip, policy }) : undefined;
  const its = python && ('unusable' in python ? python.unusable : python.fault);
  return [fault, its].filter((one) => one !== undefined && one !== null);
}

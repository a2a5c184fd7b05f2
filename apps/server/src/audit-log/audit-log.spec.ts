import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  decodeEntryBundle,
  leafHash,
  openNote,
  parseCheckpoint,
  parsePolicy,
  parseTlogProof,
  parseVkey,
  readLeaf,
  verifyBundle,
  verifyConsistency,
  verifyInclusion,
} from '@cordon/audit';
import { historyViews } from '@cordon/exchange';
import type { IncidentId } from '@cordon/runtime';
import { serveLog } from '../testing/serve-log.js';

let served: Awaited<ReturnType<typeof serveLog>>;
let folder: string;
beforeEach(async () => {
  [served, folder] = [await serveLog(), await mkdtemp(join(tmpdir(), 'cordon-verify-'))];
});
afterEach(async () => {
  await served.close();
  await rm(folder, { recursive: true });
});

const BUNDLE = '/api/v1/incidents/INC-1/export?format=bundle';

/** What the checker for Python says of it, with the log's key from here; our own must find no fault either. */
async function verify(zip: Buffer): Promise<{ readonly status: number | null; readonly said: string }> {
  const [file, policy] = [join(folder, 'a.zip'), join(folder, 'policy.txt')];
  await writeFile(file, zip);
  const known = `log ${served.keys.log.vkey}\nquorum none\n`;
  await writeFile(policy, known);
  const read = (offset: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(zip.subarray(offset, offset + length));
  const options = { policy: parsePolicy(known), views: historyViews };
  const { fault } = await verifyBundle({ size: zip.length, read }, options);
  expect(fault).toBeUndefined();
  const verifier = createRequire(import.meta.url).resolve('@cordon/audit/verify.py');
  const { status, stdout, stderr } = spawnSync('python3', [verifier, file, '--policy', policy], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

/** The members of a zip file, or undefined where Python takes it for none. */
async function namesIn(zip: Buffer): Promise<readonly string[] | undefined> {
  const file = join(folder, 'b.zip');
  await writeFile(file, zip);
  const script =
    'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint("\\n".join(z.namelist()))';
  const { status, stdout } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n') : undefined;
}

async function upload(ref: string, text: string): Promise<number> {
  const headers = {
    ...{ 'Idempotency-Key': randomUUID(), 'X-Evidence-Name': 'a.txt' },
    'Content-Type': 'application/octet-stream',
  };
  return (await served.ask(`/api/v1/incidents/${ref}/evidence`, { method: 'POST', headers, raw: text }))
    .status;
}

test('the bundle of an incident is a zip file that the checker takes for good, evidence and views with it', async () => {
  const ref = await served.open();
  await served.note(ref);
  expect(await upload(ref, 'a file')).toBe(201);
  const { status, headers, bytes } = await served.download(BUNDLE);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/zip');
  expect(headers.get('content-disposition')).toBe('attachment; filename="INC-1-history.zip"');
  const names = (await namesIn(bytes)) ?? [];
  expect(names.slice(0, 4)).toEqual([
    'VERIFY.txt',
    'verify/verify.py',
    'policy.example.txt',
    'log/checkpoint',
  ]);
  expect(names.filter((name) => name.startsWith('attachments/'))).toHaveLength(1);
  expect(names.filter((name) => name.startsWith('views/'))).toHaveLength(5);
  expect(await verify(bytes)).toMatchObject({ status: 0 });
});

test('each file that goes out has an entry of its custody first, and with attachments=no none goes', async () => {
  await served.open();
  await upload('INC-1', 'a file');
  const without = await served.download(`${BUNDLE}&attachments=no`);
  expect((await namesIn(without.bytes))?.some((name) => name.startsWith('attachments/'))).toBe(false);
  await served.download(BUNDLE);
  const { body } = await served.ask('/api/v1/incidents/INC-1/evidence');
  expect(body.items[0].custody.map(({ type, how }: { type: string; how?: string }) => [type, how])).toEqual([
    ['evidence.add', undefined],
    ['evidence.view', 'export'],
  ]);
});

test('whoever may export and may not read the evidence gets the bundle without it, and it says so', async () => {
  const { token } = await served.person('responder');
  await served.open();
  await upload('INC-1', 'a file');
  expect((await served.ask('/api/v1/incidents/INC-1/evidence', { token })).status).toBe(403);
  const { status, bytes } = await served.download(BUNDLE, {}, token);
  expect(status).toBe(200);
  expect((await namesIn(bytes))?.some((name) => name.startsWith('attachments/'))).toBe(false);
  expect(bytes.includes('{"attachments":"left out"')).toBe(true);
  expect(await verify(bytes)).toMatchObject({ status: 0 });
});

test('a download that broke off is continued where it was, byte for byte', async () => {
  await served.open();
  await served.note('INC-1');
  const first = await served.download(BUNDLE);
  const [location, tag] = [first.headers.get('content-location') ?? '', first.headers.get('etag') ?? ''];
  await served.note('INC-1');
  await served.turns();
  const at = 1_000;
  const rest = await served.download(location, { Range: `bytes=${at}-`, 'If-Range': tag });
  expect([rest.status, rest.headers.get('etag')]).toEqual([206, tag]);
  expect(rest.headers.get('content-range')).toBe(
    `bytes ${at}-${first.bytes.length - 1}/${first.bytes.length}`,
  );
  expect(Buffer.concat([first.bytes.subarray(0, at), rest.bytes]).equals(first.bytes)).toBe(true);
  const beyond = { Range: `bytes=${first.bytes.length}-`, 'If-Range': tag };
  expect((await served.download(location, beyond)).status).toBe(416);
  for (const ifRange of ['"another"', `W/${tag}`]) {
    const whole = await served.download(location, { Range: `bytes=${at}-`, 'If-Range': ifRange });
    expect([whole.status, whole.bytes.equals(first.bytes)]).toEqual([200, true]);
  }
  const journal = (await served.ask('/api/v1/audit/journal?limit=100')).body.items as {
    event: { type: string };
  }[];
  const types = journal.map(({ event }) => event.type);
  expect(types.filter((type) => type === 'history.export')).toHaveLength(1);
  expect(types.filter((type) => type === 'history.export_resumed')).toHaveLength(4);
});

test('after an erasure it is not continued: the rest would be of another file', async () => {
  const mei = await served.person('responder');
  await served.open();
  await served.note('INC-1', { note: 'Mei was at home', about: mei.id });
  const first = await served.download(BUNDLE);
  await served.journal.record({
    actor: { type: 'system', id: 'x', roles: [] },
    ...{ type: 'person.erase', subject: mei.id, data: { reason: 'asked' } },
  });
  await served.vault.erase(mei.id);
  const headers = { Range: 'bytes=10-', 'If-Range': first.headers.get('etag') ?? '' };
  const reply = await served.ask(first.headers.get('content-location') ?? '', { headers });
  expect([reply.status, reply.body.code]).toEqual([412, 'stale_revision']);
  const anew = await served.download(BUNDLE);
  expect(await verify(anew.bytes)).toMatchObject({ status: 0 });
  expect(anew.bytes.includes('Mei was at home')).toBe(false);
});

test('an erasure while it is sent breaks the connection, and what came is no zip file', async () => {
  const mei = await served.person('responder');
  await served.open();
  await served.note('INC-1', { note: 'Mei was at home', about: mei.id });
  const { open } = served.vault;
  let opened = 0;
  served.vault.open = async (...parameters) => {
    opened += 1;
    return opened > 1 ? undefined : open.apply(served.vault, parameters);
  };
  const response = await fetch(`${served.url}${BUNDLE}&attachments=no`, {
    headers: { Authorization: `Bearer ${served.administrator}` },
  });
  expect(response.status).toBe(200);
  const came: Uint8Array[] = [];
  await expect(
    (async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) came.push(chunk);
    })(),
  ).rejects.toThrow();
  expect(await namesIn(Buffer.concat(came))).toBeUndefined();
});

test.each([
  ['the log as lines', '/api/v1/audit/export?format=jsonl'],
  ['the incident as pdf', '/api/v1/incidents/INC-1/export?format=pdf'],
])(
  'an erasure before the first byte of %s is answered with when to ask again, and is no fault',
  async (_, path) => {
    const mei = await served.person('responder');
    await served.open();
    await served.note('INC-1', { note: 'Mei was at home', about: mei.id });
    await served.turns();
    const { open } = served.vault;
    let opened = 0;
    served.vault.open = async (...parameters) => {
      opened += 1;
      return opened > 1 ? undefined : open.apply(served.vault, parameters);
    };
    const { status, headers, body } = await served.ask(path);
    expect([status, headers.get('retry-after'), body.code]).toEqual([503, '1', 'unavailable']);
    expect(served.logged.join('')).not.toContain('request failed');
  },
);

test('a client that goes away before the first byte is no fault of ours', async () => {
  await served.open();
  const gone = new AbortController();
  served.signs.now = false;
  const asked = fetch(`${served.url}${BUNDLE}`, {
    headers: { Authorization: `Bearer ${served.administrator}` },
    signal: gone.signal,
  });
  gone.abort();
  await expect(asked).rejects.toThrow();
  served.signs.now = true;
  expect((await served.download(BUNDLE)).status).toBe(200);
  expect(served.logged.join('')).not.toContain('request failed');
});

test('without a signature in time the answer says why, and when to ask again', async () => {
  await served.open();
  served.signs.now = false;
  const { status, headers, body } = await served.ask(BUNDLE);
  expect([status, headers.get('retry-after'), body.code]).toEqual([503, '10', 'unavailable']);
  expect(body.detail).toContain('no worker runs');
});

test('an unknown export, one of another incident, and half a name of one are refused', async () => {
  await served.open();
  await served.open();
  const first = await served.download(BUNDLE);
  const location = first.headers.get('content-location') ?? '';
  const other = location.replace('INC-1', 'INC-2');
  expect((await served.ask(other)).status).toBe(404);
  expect((await served.ask(`${BUNDLE}&export=0&checkpoint=3`)).status).toBe(404);
  expect((await served.ask(`${BUNDLE}&export=3`)).body.errors[0].pointer).toBe('/export');
  expect((await served.ask(`${BUNDLE}&since=99999`)).body.errors[0].pointer).toBe('/since');
  const { token } = await served.person('responder');
  expect((await served.ask(location, { token })).status).toBe(404);
});

test.each([
  ['xes', 'application/xml', 'INC-1-events.xes'],
  ['ocel', 'application/json', 'INC-1-events.ocel.json'],
  ['ocsf', 'application/x-ndjson', 'INC-1-ocsf.jsonl'],
  ['cloudevents', 'application/x-ndjson', 'INC-1-cloudevents.jsonl'],
  ['pdf', 'application/pdf', 'INC-1-history.pdf'],
])('the incident as %s', async (format, type, name) => {
  await served.open();
  await served.note('INC-1');
  const { status, headers, bytes } = await served.download(`/api/v1/incidents/INC-1/export?format=${format}`);
  expect([status, headers.get('content-type')]).toEqual([200, type]);
  expect(headers.get('content-disposition')).toContain(`filename="${name}"`);
  expect(bytes.length).toBeGreaterThan(100);
});

test('the log as a whole, or a part of it, is for administrators and auditors', async () => {
  await served.open();
  await served.note('INC-1');
  const { token } = await served.person('auditor');
  const whole = await served.download('/api/v1/audit/export', {}, token);
  expect(await verify(whole.bytes)).toMatchObject({ status: 0 });
  const part = await served.download('/api/v1/audit/export?from=1&to=2', {}, token);
  expect(await verify(part.bytes)).toMatchObject({ status: 0 });
  const lines = (await served.download('/api/v1/audit/export?format=jsonl', {}, token)).bytes
    .toString()
    .split('\n');
  const first = JSON.parse(lines[0] ?? '') as { index: number; hash: string; leaf: string };
  expect(Buffer.from(leafHash(Buffer.from(first.leaf))).toString('hex')).toBe(first.hash);
  const again = await served.download(whole.headers.get('content-location') ?? '', {}, token);
  expect(again.bytes.equals(whole.bytes)).toBe(true);
  const since = '/api/v1/audit/export?from=2026-03-24T02:00:00Z&to=2026-03-24T02:00:00.001Z&format=jsonl';
  expect((await served.download(since)).status).toBe(200);
  const coordinator = await served.person('coordinator');
  for (const path of ['/api/v1/audit/export', '/api/v1/audit/tlog/tile/entries/000.p/1'])
    expect((await served.ask(path, { token: coordinator.token })).status).toBe(403);
  expect((await served.ask('/api/v1/audit/export?from=5&to=2')).body.errors[0].pointer).toBe('/from');
  expect((await served.ask('/api/v1/audit/export?to=99999')).body.errors[0].pointer).toBe('/to');
  expect((await served.ask('/api/v1/audit/export?from=yesterday')).status).toBe(422);
});

test('the log has evidence files when they are asked for, of all its incidents, each with its entry of custody first', async () => {
  const { token } = await served.person('auditor');
  for (const text of ['a file', 'another']) await upload(await served.open(), text);
  await upload('INC-2', 'a file');
  await served.turns();
  const filesIn = async (zip: Buffer): Promise<readonly string[]> =>
    ((await namesIn(zip)) ?? []).filter((name) => name.startsWith('attachments/'));
  const custodyOf = async (ref: string): Promise<readonly string[][]> =>
    (await served.ask(`/api/v1/incidents/${ref}/evidence`)).body.items.map(
      ({ custody }: { custody: readonly { type: string }[] }) => custody.map(({ type }) => type),
    );
  const plain = await served.download('/api/v1/audit/export', {}, token);
  expect(await filesIn(plain.bytes)).toEqual([]);
  expect(plain.bytes.includes('{"attachments":"left out"')).toBe(true);
  expect(await custodyOf('INC-2')).toEqual([['evidence.add'], ['evidence.add']]);
  const path = '/api/v1/audit/export?attachments=yes';
  const whole = await served.download(path, {}, token);
  expect(await filesIn(whole.bytes)).toHaveLength(2);
  expect(await verify(whole.bytes)).toMatchObject({ status: 0 });
  const viewed = ['evidence.add', 'evidence.view'];
  expect([await custodyOf('INC-1'), await custodyOf('INC-2')]).toEqual([[viewed], [viewed, viewed]]);
  // The same again, which is another look at the files.
  const location = whole.headers.get('content-location') ?? '';
  const headers = { Range: 'bytes=1000-', 'If-Range': whole.headers.get('etag') ?? '' };
  const rest = await served.download(location, headers, token);
  expect([rest.status, rest.bytes.equals(whole.bytes.subarray(1000))]).toEqual([206, true]);
  expect(await custodyOf('INC-1')).toEqual([[...viewed, 'evidence.view']]);
  // A range has the files that it names, and no others.
  const part = await served.download(`${path}&from=0&to=1`, {}, token);
  expect([part.bytes.includes('{"attachments":"none"'), await filesIn(part.bytes)]).toEqual([true, []]);
  expect(await verify(part.bytes)).toMatchObject({ status: 0 });
  const coordinator = await served.person('coordinator');
  expect((await served.ask(path, { token: coordinator.token })).status).toBe(403);
  const lines = await served.ask(`${path}&format=jsonl`);
  expect([lines.status, lines.body.errors[0].pointer]).toEqual([422, '/attachments']);
});

test('whoever does not see every incident gets neither the log nor its files, and a file in quarantine is named', async () => {
  const { token } = await served.person('auditor');
  await upload(await served.open(), 'a file');
  const infected = { type: 'evidence.scan', data: { id: 1, verdict: 'infected', detail: 'Eicar' } };
  const system = { type: 'system', id: 'cordon', roles: [] } as const;
  await served.cordon.submitEvent(1 as IncidentId, { key: randomUUID(), ...infected }, system);
  await served.turns();
  const refused = await served.ask('/api/v1/audit/export?attachments=yes', { token });
  expect([refused.status, refused.body.code]).toEqual([403, 'evidence_quarantined']);
  expect(refused.body.detail).toContain('INC-1/1');
  expect((await served.ask('/api/v1/incidents/INC-1/evidence')).body.items[0].custody).toHaveLength(2);
  expect((await served.download('/api/v1/audit/export?attachments=no', {}, token)).status).toBe(200);
  await served.open({ tlp: 'red' });
  expect((await served.ask('/api/v1/audit/export?attachments=yes', { token })).status).toBe(403);
});

test('checkpoint, keys, tiles and proofs fit together', async () => {
  expect((await served.ask('/api/v1/audit/checkpoint')).status).toBe(404);
  await served.open();
  for (let i = 0; i < 300; i += 1) await served.note('INC-1');
  await served.turns();
  const { text: keys } = await served.ask('/api/v1/audit/key');
  expect(keys).toBe(`${served.keys.log.vkey}\n`);
  const reply = await served.ask('/api/v1/audit/checkpoint');
  expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const { size, root } = parseCheckpoint(openNote(reply.text, [parseVkey(keys.trim())]).text);
  expect((await served.ask('/api/v1/audit/tlog/checkpoint')).text).toBe(reply.text);
  const { body } = await served.ask('/api/v1/audit/checkpoints');
  expect(body.items.at(-1)).toMatchObject({ size, note: reply.text });

  const full = await served.download('/api/v1/audit/tlog/tile/0/000');
  expect([full.bytes.length, full.headers.get('cache-control')]).toEqual([
    8_192,
    'private, max-age=31536000, immutable',
  ]);
  const leaves = await served.download('/api/v1/audit/tlog/tile/entries/000');
  expect(decodeEntryBundle(leaves.bytes).map((leaf) => Buffer.from(leafHash(leaf)).toString('hex'))).toEqual(
    Array.from({ length: 256 }, (_, i) => full.bytes.toString('hex', 32 * i, 32 * i + 32)),
  );
  const partial = await served.download(`/api/v1/audit/tlog/tile/0/001.p/${size - 256}`);
  expect(partial.bytes.length).toBe(32 * (size - 256));
  for (const path of [
    '0/001',
    `0/001.p/${size - 255}`,
    '0/1',
    '0/x001/000',
    '9/000',
    '0/000.p/256',
    'entries/001',
  ])
    expect((await served.ask(`/api/v1/audit/tlog/tile/${path}`)).status).toBe(404);

  const proof = await served.ask('/api/v1/incidents/INC-1/transitions/2/proof');
  const parsed = parseTlogProof(proof.text);
  const leaf = decodeEntryBundle(leaves.bytes)[parsed.index] ?? new Uint8Array();
  expect(readLeaf(leaf).seq).toBe(2);
  const point = parseCheckpoint(openNote(parsed.checkpoint, [parseVkey(keys.trim())]).text);
  expect(
    verifyInclusion({ ...point, index: parsed.index, leafHash: leafHash(leaf), proof: parsed.proof }),
  ).toBe(true);
  for (const seq of ['9999', '0', 'x'])
    expect((await served.ask(`/api/v1/incidents/INC-1/transitions/${seq}/proof`)).status).toBe(404);

  const from = 200;
  const consistency = await served.ask(`/api/v1/audit/consistency?from=${from}&to=${size}`);
  const hashes = (consistency.body.proof as string[]).map((text) => Buffer.from(text, 'base64'));
  const { rootAt, memoryTiles } = await import('@cordon/audit');
  const oldRoot = await rootAt(memoryTiles([full.bytes.subarray(0, 8_192)].flatMap(split)), from);
  expect(verifyConsistency({ oldSize: from, oldRoot, size, root, proof: hashes })).toBe(true);
  expect((await served.ask(`/api/v1/audit/consistency?from=1&to=${size + 9_999}`)).status).toBe(422);
});

test('below the boundary of retention leaves are gone, and say so; hashes and what comes after are there', async () => {
  await served.open();
  for (let i = 0; i < 300; i += 1) await served.note('INC-1');
  await served.turns();
  const { log } = served.store;
  const head = log.head.bind(log);
  log.head = async () => ({ ...(await head()), pruned: { place: 256, lastEntry: 256 } });
  for (const path of [
    'tlog/tile/entries/000',
    'export',
    'export?from=255',
    'export?from=0&format=jsonl',
    'export?from=2020-01-01T00:00:00Z',
  ]) {
    const { status, body } = await served.ask(`/api/v1/audit/${path}`);
    expect([path, status, body.code]).toEqual([path, 410, 'pruned']);
    expect(String(body.detail)).toContain('from=256');
  }
  expect((await served.ask('/api/v1/audit/tlog/tile/0/000')).status).toBe(200);
  const leaves = await served.download('/api/v1/audit/tlog/tile/entries/001.p/20');
  expect([leaves.status, decodeEntryBundle(leaves.bytes).length]).toEqual([200, 20]);
  const { status, bytes } = await served.download('/api/v1/audit/export?from=256');
  expect([status, (await verify(bytes)).status]).toEqual([200, 0]);
});

function split(tile: Buffer): readonly Buffer[] {
  return Array.from({ length: tile.length / 32 }, (_, i) => tile.subarray(32 * i, 32 * i + 32));
}

test('nobody gets any of it without signing in', async () => {
  for (const path of [
    'checkpoint',
    'key',
    'checkpoints',
    'export',
    'tlog/checkpoint',
    'tlog/tile/0/000',
    'consistency',
  ])
    expect((await served.ask(`/api/v1/audit/${path}`, { token: null })).status).toBe(401);
});

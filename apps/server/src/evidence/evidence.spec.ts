import { createHash, randomUUID } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AddedEvidence, EvidenceList } from '@cordon/contracts';
import { serveReal, type RealServed } from '../testing/serve-real.js';
import type { Reply } from '../testing/serve.js';

let served: RealServed;
let ref: string;
beforeEach(async () => {
  served = await serveReal({
    CORDON_EVIDENCE_MAX_MB: '1',
    CORDON_EVIDENCE_INCIDENT_MAX_MB: '2',
    CORDON_EVIDENCE_DENY: 'video/*',
  });
  ref = await served.open();
});
afterEach(() => served.close());

interface Upload {
  readonly token?: string;
  readonly key?: string;
  readonly name?: string;
  readonly more?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function upload(
  raw: string | Uint8Array,
  { token, key = randomUUID(), name = 'note.txt', more = '', headers }: Upload = {},
): Promise<Reply> {
  return served.ask(`/api/v1/incidents/${ref}/evidence?name=${encodeURIComponent(name)}${more}`, {
    ...(token === undefined ? {} : { token }),
    method: 'POST',
    raw,
    headers: { 'Idempotency-Key': key, 'Content-Type': 'text/plain', ...headers },
  });
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const placeOf = (hash: string): string => `sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
const list = async (token?: string): Promise<Reply> =>
  served.ask(`/api/v1/incidents/${ref}/evidence`, token === undefined ? {} : { token });
const download = (item: string, ask: Parameters<RealServed['ask']>[1] = {}): Promise<Reply> =>
  served.ask(`/api/v1/incidents/${ref}/evidence/${item}`, ask);
const types = async (): Promise<readonly string[]> => {
  const { body } = await served.ask(`/api/v1/incidents/${ref}/transitions`);
  return body.items.map((one: { event: { type: string }; kind: string }) => `${one.kind} ${one.event.type}`);
};

test('a file is stored under its hash, entered with its step, and handed out to be saved', async () => {
  const added = await upload('ransom note', {
    name: '勒索信.txt',
    more: '&step=first&description=On%20the%20desk&collectedBy=Chan',
  });
  expect(added.status).toBe(201);
  const { item, seq } = AddedEvidence.parse(added.body);
  expect(item).toMatchObject({
    ...{ id: 1, name: '勒索信.txt', sha256: sha256('ransom note'), sizeBytes: 11, kind: 'text/plain' },
    ...{ step: 'first', description: 'On the desk', stored: true },
    ...{ quarantined: false, altered: false, released: false },
  });
  expect(seq).toBe(2);
  expect((await list()).body.items[0].collectedBy).toBe('Chan');
  expect(await served.files()).toEqual([placeOf(sha256('ransom note'))]);
  const got = await download(sha256('ransom note'));
  expect([got.status, got.text]).toEqual([200, 'ransom note']);
  expect(Object.fromEntries(got.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="___.txt"; filename*=UTF-8''${encodeURIComponent('勒索信.txt')}`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-length': '11',
    'accept-ranges': 'none',
  });
});

test('who collected it goes with the person, at once', async () => {
  const chan = await served.person('responder');
  await upload('x', { more: `&collectedBy=${chan.id}` });
  expect((await list()).body.items[0].collectedBy).toBe(chan.id);
  await served.vault.erase(chan.id);
  expect((await list()).body.items[0].collectedBy).toBeUndefined();
  expect((await download('1')).status).toBe(200);
});

test('every download is an entry before its first byte; moves and the release are in the custody too', async () => {
  await upload('disk image');
  const auditor = await served.person('auditor');
  expect((await download('1', { token: auditor.token })).text).toBe('disk image');
  const send = (json: object): Promise<Reply> =>
    served.ask(`/api/v1/incidents/${ref}/events`, { json, headers: { 'Idempotency-Key': randomUUID() } });
  await send({ type: 'evidence.move', data: { id: 1, to: 'Safe 3', reason: 'overnight' } });
  expect(
    (await send({ type: 'evidence.release', data: { id: 1, reason: 'to the police', to: 'HKPF' } })).status,
  ).toBe(200);
  const late = await send({ type: 'evidence.move', data: { id: 1, to: 'Safe 4', reason: 'x' } });
  expect([late.status, late.body.errors[0].pointer]).toEqual([422, '/data/id']);
  const { items } = EvidenceList.parse((await list()).body);
  expect(items[0]).toMatchObject({ location: 'Safe 3', released: true });
  expect(items[0]?.custody.map(({ type, by, how, to }) => [type, by.name, how ?? to])).toEqual([
    ['evidence.add', 'administrator', undefined],
    ['evidence.view', 'auditor', 'download'],
    ['evidence.move', 'administrator', 'Safe 3'],
    ['evidence.release', 'administrator', 'HKPF'],
  ]);
});

test('a download that cannot be entered sends nothing', async () => {
  await upload('secret');
  const { submitEvent } = served.cordon;
  served.cordon.submitEvent = () => Promise.reject(new Error('the database is gone'));
  const { status, text } = await download('1');
  served.cordon.submitEvent = submitEvent;
  expect(status).toBe(500);
  expect(text).not.toContain('secret');
});

test('the same request twice is one item; the same key with another file is refused', async () => {
  const [one, again, other] = [
    await upload('a', { key: 'k' }),
    await upload('a', { key: 'k' }),
    await upload('b', { key: 'k' }),
  ];
  expect([one.status, again.status, other.status]).toEqual([201, 201, 422]);
  expect(again.body.seq).toBe(one.body.seq);
  expect(other.body.code).toBe('key_reused');
  expect((await list()).body.items).toHaveLength(1);
});

test('two uploads of the same content at once are two items over one file, and the sweep leaves it', async () => {
  const both = await Promise.all([upload('same', { name: 'a.txt' }), upload('same', { name: 'b.txt' })]);
  expect(both.map(({ status }) => status)).toEqual([201, 201]);
  expect((await list()).body.items).toHaveLength(2);
  expect(await served.files()).toEqual([placeOf(sha256('same'))]);
});

test.each([
  ['../../etc/passwd'],
  ['/etc/passwd'],
  ['..'],
  ['.'],
  ['C:\\Windows\\system32\\cmd.exe'],
  ['a\0b.txt'],
  ['a\u0007b.txt'],
  ['line\nbreak'],
  ['invoice\u202efdp.exe'],
  ['zero\u200bwidth'],
  ['x'.repeat(10_000)],
  ['   '],
  [''],
])('the name %j is refused, and nothing is stored', async (name) => {
  const { status, body } = await upload('x', { name });
  expect([status, body.errors[0].pointer]).toEqual([422, '/name']);
  expect(await served.files()).toEqual([]);
});

test.each([
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['file.txt:stream', 'file.txt_stream'],
  ['trailing. . .', 'trailing'],
  ['-rf', '_rf'],
  ['a"b<c>|?*.txt', 'a_b_c____.txt'],
  ["it's (1).txt", "it's (1).txt"],
])('a file called %j is kept as that and saved as %j', async (name, saved) => {
  await upload('x', { name });
  expect((await list()).body.items[0].name).toBe(name);
  const header = (await download('1')).headers.get('content-disposition') ?? '';
  expect(decodeURIComponent(header.split("UTF-8''")[1] ?? '')).toBe(saved);
});

test('a name may come percent-encoded in a header; a broken one, and two different ones, are refused', async () => {
  const path = `/api/v1/incidents/${ref}/evidence`;
  const send = (query: string, name: string): Promise<Reply> =>
    served.ask(`${path}${query}`, {
      raw: 'x',
      headers: { 'Idempotency-Key': randomUUID(), 'X-Evidence-Name': name, 'Content-Type': 'text/plain' },
    });
  expect((await send('', '%E9%9B%BB%E9%83%B5.eml')).body.item.name).toBe('電郵.eml');
  expect((await send('', '%ZZ')).status).toBe(422);
  expect((await send('', '..%2f..%2fx')).status).toBe(422);
  expect((await send('?name=a', 'b')).status).toBe(422);
  expect(
    (await served.ask(path, { raw: 'x', headers: { 'Idempotency-Key': 'n', 'Content-Type': 'text/plain' } }))
      .status,
  ).toBe(422);
});

test('what no schema names is refused: nobody says that a file is stored, or whose it is', async () => {
  expect((await upload('x', { more: '&stored=true' })).body).toMatchObject({
    status: 422,
    errors: [{ pointer: '/stored' }],
  });
  expect((await upload('x', { more: '&sha256=abc' })).status).toBe(422);
});

test('a hash alone opens nobody’s file', async () => {
  await upload('their secret');
  const foreign = await served.open();
  const json = {
    type: 'evidence.add',
    data: { name: 'x', sha256: sha256('their secret'), sizeBytes: 12, stored: true },
  };
  const said = await served.ask(`/api/v1/incidents/${foreign}/events`, {
    json,
    headers: { 'Idempotency-Key': 'a' },
  });
  expect([said.status, said.body.errors[0].pointer]).toEqual([422, '/data/stored']);
  const { stored: _, ...data } = json.data;
  await served.ask(`/api/v1/incidents/${foreign}/events`, {
    json: { ...json, data },
    headers: { 'Idempotency-Key': 'b' },
  });
  expect((await served.ask(`/api/v1/incidents/${foreign}/evidence/${sha256('their secret')}`)).status).toBe(
    404,
  );
});

test('who may not see the incident gets 404 everywhere, and nothing of the file is kept', async () => {
  ref = await served.open('red');
  const { token } = await served.person('responder');
  expect((await upload('x', { token })).body.code).toBe('unknown_incident');
  expect((await list(token)).body.code).toBe('unknown_incident');
  expect((await download('1', { token })).body.code).toBe('unknown_incident');
  expect((await served.ask(`/api/v1/incidents/${ref}/notes`, { token })).status).toBe(404);
  expect((await served.ask(`/api/v1/incidents/${ref}/indicators?format=stix`, { token })).status).toBe(404);
  expect(await served.files()).toEqual([]);
});

test('a responder reads evidence of their own incidents, an auditor of any, an observer none', async () => {
  await upload('x');
  const [responder, auditor, observer] = await Promise.all([
    served.person('responder'),
    served.person('auditor'),
    served.person('observer'),
  ]);
  expect((await download('1', { token: responder.token })).status).toBe(403);
  expect((await download('1', { token: auditor.token })).status).toBe(200);
  expect((await download('1', { token: observer.token })).status).toBe(403);
  expect((await upload('x', { token: auditor.token })).status).toBe(403);
  const json = { type: 'member.add', data: { person: responder.id } };
  await served.ask(`/api/v1/incidents/${ref}/events`, { json, headers: { 'Idempotency-Key': 'm' } });
  expect((await download('1', { token: responder.token })).status).toBe(200);
});

test('a file that changed on disk breaks the connection, is on record as tampering, and is refused from then on', async () => {
  const content = Buffer.alloc(600_000, 'a');
  await upload(content);
  const place = join(served.evidenceDir, placeOf(sha256(content)));
  await chmod(place, 0o600);
  await writeFile(place, Buffer.alloc(600_000, 'b'));
  await expect(download('1')).rejects.toThrow();
  expect(served.journalled).toMatchObject([{ type: 'evidence.altered', subject: ref, data: { item: 1 } }]);
  const again = await download('1');
  expect([again.status, again.body.code]).toEqual([500, 'evidence_altered']);
  expect((await list()).body.items[0]).toMatchObject({ altered: true });
  await writeFile(place, content);
  expect((await download('1')).text).toHaveLength(600_000);
  expect((await list()).body.items[0]).toMatchObject({ altered: false });
  expect((await types()).filter((type) => type.endsWith('evidence.scan'))).toHaveLength(2);
});

test('a file of another size, or none at all, is refused before anything is sent', async () => {
  await upload('short');
  const place = join(served.evidenceDir, placeOf(sha256('short')));
  await chmod(place, 0o600);
  await writeFile(place, 'longer than it was');
  expect((await download('1')).body.code).toBe('evidence_altered');
  expect((await download('1')).body.code).toBe('evidence_altered');
  expect(served.journalled).toHaveLength(1);
});

test('HEAD tells what it is without an entry, and a Range gets the whole file', async () => {
  await upload('ransom note');
  const head = await download('1', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '11', '']);
  expect(await types()).not.toContain('transition evidence.view');
  const part = await download('1', { headers: { Range: 'bytes=0-3' } });
  expect([part.status, part.text, part.headers.get('content-range')]).toEqual([200, 'ransom note', null]);
});

test('a kind that the policy denies is refused by content and by what is declared', async () => {
  const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypmp42'), Buffer.alloc(20)]);
  expect((await upload(mp4)).body).toMatchObject({ status: 422, code: 'evidence_denied' });
  expect((await upload('x', { headers: { 'Content-Type': 'video/x-other' } })).body.code).toBe(
    'evidence_denied',
  );
  expect(await served.files()).toEqual([]);
});

test('a page is never shown as one, whatever it declares', async () => {
  await upload('<script>alert(1)</script>', { name: 'x.html', headers: { 'Content-Type': 'text/html' } });
  const { headers } = await download('1');
  expect(headers.get('content-type')).toBe('application/octet-stream');
  expect(headers.get('content-disposition')).toMatch(/^attachment;/);
});

test('a zip is bytes: its size is what it has, and it is told by its first bytes', async () => {
  const bomb = Buffer.concat([Buffer.from([0x50, 0x4b, 0x03, 0x04]), Buffer.alloc(1_000)]);
  const { body } = await upload(bomb, { name: 'bomb.zip' });
  expect(body.item).toMatchObject({ kind: 'application/zip', declared: 'text/plain', sizeBytes: 1_004 });
});

test('a packed body is refused, whatever unpacks from it, and so is a form', async () => {
  for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, identity']) {
    const { status, body } = await upload('x', { headers: { 'Content-Encoding': coding } });
    expect([coding, status, body.code]).toEqual([coding, 415, 'content_encoded']);
  }
  expect((await upload('x', { headers: { 'Content-Type': 'multipart/form-data; boundary=x' } })).status).toBe(
    415,
  );
  expect(await served.files()).toEqual([]);
  expect((await types()).filter((type) => type === 'rejection evidence.add')).toHaveLength(6);
});

test('more than a file may have, and more than the incident may hold, is refused with what is left', async () => {
  const mib = Buffer.alloc(1024 * 1024);
  expect((await upload(Buffer.alloc(1024 * 1024 + 1))).body).toMatchObject({
    status: 413,
    code: 'too_large',
  });
  const three = await Promise.all(['a', 'b', 'c'].map((name) => upload(mib, { name })));
  expect(three.map(({ status }) => status).sort()).toEqual([201, 201, 413]);
  expect((await upload('x')).status).toBe(413);
  expect((await served.files()).filter((path) => !path.startsWith('sha256/'))).toEqual([]);
});

test('an incident or an item that is not there is not found', async () => {
  expect((await served.ask('/api/v1/incidents/INC-99/evidence')).status).toBe(404);
  for (const item of ['1', '0', 'abc', sha256('none'), '..%2f..%2fetc%2fpasswd', '%00']) {
    expect([item, (await download(item)).status]).toEqual([item, 404]);
  }
});

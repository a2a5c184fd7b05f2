/** Attacks by files: names that climb, files that unpack, files that a browser would run, and files of others. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ask, Reply } from '../../support/ask.js';
import { ADMIN, among, stage, type Stage } from './stage.js';

/** Packed before the server starts: packing takes a while, and the server would seem to sleep. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });

let on: Stage;
let ref: string;
beforeAll(async () => {
  on = await stage({ CORDON_EVIDENCE_MAX_MB: '2', CORDON_EVIDENCE_INCIDENT_MAX_MB: '8' });
  ref = await on.incident('Ransom note');
}, 120_000);
afterAll(() => on.stop(), 60_000);

const hashOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function upload(raw: string | Uint8Array, name: string, what: Ask = {}, incident = ref): Promise<Reply> {
  return on.ask(`/api/v1/incidents/${incident}/evidence?name=${encodeURIComponent(name)}`, {
    ...{ token: ADMIN, method: 'POST', raw, key: crypto.randomUUID(), ...what },
    headers: { 'content-type': 'application/octet-stream', ...what.headers },
  });
}

const download = (item: string, incident = ref, token = ADMIN): Promise<Reply> =>
  on.ask(`/api/v1/incidents/${incident}/evidence/${item}`, { token });

/** Every file below the data folder, from there. */
async function files(): Promise<readonly string[]> {
  const found = await readdir(on.folder, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(on.folder.length));
}

describe('a name', () => {
  const climbs = [
    ...[
      '../../etc/passwd',
      '..\\..\\windows\\win.ini',
      '/etc/passwd',
      'C:\\autoexec.bat',
      'a/b',
      '..',
      '.',
      '...',
    ],
    ...[
      'x\u0000.txt',
      'two\r\nSet-Cookie: a=b',
      'line\nbreak',
      '\u202Egnp.exe',
      '\u200B',
      '\uFEFFx',
      'x'.repeat(256),
      '',
    ],
  ];

  test.each(climbs)('%j is refused, and no file is made anywhere', async (name) => {
    const before = await files();
    const { status } = await upload('x', name);
    expect(among(status, 422, 400)).toBe('expected');
    const encoded = encodeURIComponent(name);
    const inHeader = await on.ask(`/api/v1/incidents/${ref}/evidence`, {
      ...{ token: ADMIN, method: 'POST', raw: 'x', key: crypto.randomUUID() },
      headers: { 'content-type': 'application/octet-stream', 'x-evidence-name': encoded },
    });
    expect(among(inHeader.status, 422, 400)).toBe('expected');
    expect(await files()).toEqual(before);
  });

  test.each([
    ...[
      '..%2f..%2fetc%2fpasswd',
      'CON',
      'aux.txt',
      '-rf',
      '$(reboot)',
      '`id`.txt',
      '%00.txt',
      'a"; filename="b.html',
    ],
    ...[
      '<img src=x onerror=alert(1)>.png',
      "x'; DROP TABLE--",
      '=cmd|calc',
      'résumé 勒索.pdf',
      '.htaccess',
      '~',
      'a;b',
    ],
  ])(
    '%j is a label: the file lies under its hash, and the header of a download stays one header',
    async (name) => {
      const bytes = `named ${name}`;
      const { status, text } = await upload(bytes, name);
      expect([status, status === 201 ? '' : text]).toEqual([201, '']);
      const hash = hashOf(bytes);
      expect((await files()).filter((path) => path.includes(hash))).toHaveLength(1);
      expect((await files()).filter((path) => /passwd|CON$|htaccess|reboot/.test(path))).toEqual([]);
      const { headers } = await download(hash);
      const disposition = headers.get('content-disposition') ?? '';
      expect(disposition).toMatch(
        /^attachment; filename="[^"\\/:\r\n]+"; filename\*=UTF-8''[A-Za-z0-9%._~!#$&+^`|-]+$/,
      );
      expect(disposition).not.toMatch(/filename="?(?:-|\.|con[".]|aux[".])/i);
    },
  );

  test('an item is found by its number or its hash, and by nothing that climbs', async () => {
    for (const item of [
      '..%2f..%2f..%2fetc%2fpasswd',
      '%00',
      '0',
      '-1',
      '1%20OR%201=1',
      `${'a'.repeat(63)}/`,
    ]) {
      expect([item, (await download(item)).status]).toEqual([item, 404]);
    }
  });
});

describe('a file', () => {
  test('that a browser would run is handed out to be saved, sandboxed, as bytes', async () => {
    const pages = [
      ['page.html', '<!doctype html><script>alert(document.cookie)</script>', 'text/html'],
      ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'],
      ['script.js', 'alert(1)', 'text/javascript'],
      [
        'feed.xml',
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        'text/xml',
      ],
    ] as const;
    for (const [name, bytes, type] of pages) {
      const added = await upload(bytes, name, { headers: { 'content-type': type } });
      expect([name, added.status]).toEqual([name, 201]);
      const { text, headers } = await download(hashOf(bytes));
      expect(text).toBe(bytes);
      expect(headers.get('content-type')).toBe('application/octet-stream');
      expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      expect(headers.get('content-security-policy')).toContain('sandbox');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('that unpacks to a thousand times its size is kept as the bytes that it is, and as nothing else', async () => {
    const before = await files();
    const { status, body } = await upload(BOMB, 'bomb.gz');
    const { kind, sizeBytes } = body['item'] as { readonly kind: string; readonly sizeBytes: number };
    expect([status, kind, sizeBytes]).toEqual([201, 'application/gzip', BOMB.length]);
    const added = (await files()).filter((path) => !before.includes(path));
    expect(added.map((path) => path.includes(hashOf(BOMB)))).toEqual([true]);
    expect((await stat(join(on.folder, added[0] ?? ''))).size).toBe(BOMB.length);
  });

  test('that comes compressed by the request is refused, whatever it would unpack to', async () => {
    const before = await files();
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip']) {
      const packed = { headers: { 'content-encoding': encoding } };
      expect([encoding, (await upload(gzipSync('x'), 'x.txt', packed)).status]).toEqual([encoding, 415]);
    }
    const form = { headers: { 'content-type': 'multipart/form-data; boundary=x' } };
    expect((await upload('--x\r\n\r\nx\r\n--x--', 'x.txt', form)).status).toBe(415);
    expect(await files()).toEqual(before);
  });

  test('that is larger than a file may be is refused while it comes, and leaves nothing', async () => {
    const before = await files();
    expect((await upload(Buffer.alloc(2 * 1024 * 1024 + 1, 1), 'big.bin')).status).toBe(413);
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const answer = await on.bytes(
      `POST /api/v1/incidents/${ref}/evidence?name=endless HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\n` +
        'Idempotency-Key: endless\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n' +
        `${chunk.repeat(40)}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(await files()).toEqual(before);
  });

  test('of an incident that one may not see is not there, although one knows its hash and has the same file', async () => {
    const hidden = await on.incident('Insider', { tlp: 'red' });
    const secret = 'the same ransom note';
    expect((await upload(secret, 'note.txt', {}, hidden)).status).toBe(201);
    const { id, token } = await on.token('responder');
    await on.made(`/api/v1/incidents/${ref}/events`, { type: 'member.add', data: { person: id } });
    const known = await download(hashOf(secret), ref, token);
    const unknown = await download(hashOf('a file that nobody has'), ref, token);
    expect([known.status, known.body['code']]).toEqual([unknown.status, unknown.body['code']]);
    expect((await download(hashOf(secret), hidden, token)).body['code']).toBe('unknown_incident');
    const first = await upload(secret, 'mine.txt', { token });
    const fresh = await upload('a file that is new', 'mine.txt', { token });
    expect([first.status, Object.keys(first.body).sort()]).toEqual([
      fresh.status,
      Object.keys(fresh.body).sort(),
    ]);
  });

  test('is taken from nobody without the right, and nothing of it is kept', async () => {
    const { token } = await on.token('auditor');
    const before = await files();
    expect((await upload('x', 'x.txt', { token })).status).toBe(403);
    const { status } = await on.ask(`/api/v1/incidents/${ref}/evidence?name=x`, { method: 'POST', raw: 'x' });
    expect(status).toBe(401);
    expect(await files()).toEqual(before);
  });
});

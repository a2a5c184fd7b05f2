import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import {
  checkpointText,
  cosignatureLine,
  cosignedMessage,
  parseAddCheckpoint,
  signNote,
  vkeyOf,
} from '@cordon/audit';
import { witnessClient } from './witness-client.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Answer = (body: string, response: ServerResponse, request: IncomingMessage) => void;

/** A witness that answers as it is told. */
async function witness(name: string, answer: Answer) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const vkey = vkeyOf(name, raw, 4);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      asked.push(body.split('\n')[0] ?? '');
      answer(body, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const line = (body: string, time = 1_700_000_000): string => {
    const { note } = parseAddCheckpoint(body);
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    return cosignatureLine(vkey, time, sign(null, cosignedMessage(time, text), privateKey));
  };
  return { asked, url, line, policy: `witness ${name} ${vkey.text} ${url}/\nquorum none\n` };
}

async function checkpoint(size: number) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const vkey = vkeyOf('log', publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)).text;
  const text = checkpointText({ origin: 'log', size, root: Buffer.alloc(32, size) });
  const note = await signNote(text, [
    { vkey, sign: (bytes) => Promise.resolve(sign(null, bytes, privateKey)) },
  ]);
  return { note, origin: 'log', size };
}

const proofFrom = (oldSize: number) => Promise.resolve([Buffer.alloc(32, oldSize)]);

function client(policy: string, timeoutMs = 20_000) {
  const failures: string[] = [];
  const onFailure = (name: string, reason: string): void => void failures.push(`${name}: ${reason}`);
  return { failures, client: witnessClient(policy, { timeoutMs, onFailure }) };
}

test('one line of the witness itself that verifies is handed on, and nothing else', async () => {
  const other = await witness('other', () => undefined);
  const one = await witness('one', (body, response) => {
    const line = one.line(body);
    const changed = line.replace(/.{3}=*$/, 'AAA=');
    // A hundred good ones would leave no room for those of others.
    const many = Array.from({ length: 100 }, (_, n) => one.line(body, n));
    response.end([other.line(body), changed, 'nonsense', '— x', line, ...many, ''].join('\n'));
  });
  const { client: asker, failures } = client(one.policy);
  const lines = await asker.cosign(await checkpoint(3), proofFrom);
  expect(lines).toEqual([expect.stringMatching(/^— one /)]);
  expect(failures).toEqual([]);
});

test('a cosignature of another checkpoint is none', async () => {
  const [mine, theirs] = [await checkpoint(3), await checkpoint(4)];
  const one = await witness('one', (_body, response) => {
    response.end(`${one.line(`old 0\n\n${theirs.note}`)}\n`);
  });
  const { client: asker, failures } = client(one.policy);
  expect(await asker.cosign(mine, proofFrom)).toEqual([]);
  expect(failures).toEqual(['one: its answer holds no cosignature of its key that verifies']);
});

test('the size that a witness knows is kept, and no proof is asked for from it before it is needed', async () => {
  let known = 0;
  const one = await witness('one', (body, response) => {
    const { oldSize } = parseAddCheckpoint(body);
    if (oldSize !== known)
      return response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${known}\n`);
    return response.end(`${one.line(body)}\n`);
  });
  const { client: asker } = client(one.policy);
  const proofs: number[] = [];
  const counted = (oldSize: number) => (proofs.push(oldSize), proofFrom(oldSize));
  for (const [size, knownThen] of [
    [3, 0],
    [5, 3],
    [5, 5],
    [9, 7],
  ] as const) {
    known = knownThen;
    expect(await asker.cosign(await checkpoint(size), counted)).toHaveLength(1);
  }
  expect(one.asked).toEqual(['old 0', 'old 3', 'old 5', 'old 5', 'old 7']);
  expect(proofs).toEqual([3, 5, 7]);
});

test('whatever a witness does, the others are heard, and its name and fault are told', async () => {
  const good = await witness('good', (body, response) => void response.end(`${good.line(body)}\n`));
  const bad: Record<string, Answer> = {
    redirects: (_body, response) => void response.writeHead(307, { location: good.url }).end(),
    floods: (_body, response) => void response.end('x'.repeat(70_000)),
    refuses: (_body, response) => void response.writeHead(403).end('not\u001b[31m known\nsecond line'),
    'hangs-up': (_body, _response, request) => void request.socket.destroy(),
    'lies-about-size': (_body, response) =>
      void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('many\n'),
    'always-409': (_body, response) =>
      void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('2\n'),
    'knows-more': (_body, response) =>
      void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('12\n'),
  };
  let policy = good.policy.replace('quorum none\n', '');
  for (const [name, answer] of Object.entries(bad))
    policy += (await witness(name, answer)).policy.replace('quorum none\n', '');
  const { client: asker, failures } = client(`${policy}quorum none\n`);
  expect(await asker.cosign(await checkpoint(6), proofFrom)).toHaveLength(1);
  expect(failures.sort()).toEqual([
    'always-409: it is being asked by another process too (size 2)',
    expect.stringMatching(/^floods: the answer is longer/),
    expect.stringMatching(/^hangs-up: it could not be asked \(\w+\)$/),
    expect.stringMatching(/^knows-more: it has cosigned size 12, and this checkpoint has 6/),
    'lies-about-size: it answered 409 without a size',
    'redirects: it answered 307',
    'refuses: it answered 403: not[31m known',
  ]);
  expect(good.asked).toHaveLength(1);
});

test('a witness that does not answer, and a proof that does not come, end with the time that is given', async () => {
  const silent = await witness('silent', () => undefined);
  const asker = client(silent.policy, 20);
  expect(await asker.client.cosign(await checkpoint(6), proofFrom)).toEqual([]);
  expect(asker.failures).toEqual(['silent: it did not answer within 20 ms']);
  const knows = await witness(
    'knows',
    (_body, response) => void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('2\n'),
  );
  const second = client(knows.policy, 200);
  expect(await second.client.cosign(await checkpoint(6), () => new Promise(() => undefined))).toEqual([]);
  expect(second.failures).toEqual(['knows: it did not answer within 200 ms']);
});

test('a proof that cannot be had is told, and rejects nothing', async () => {
  const knows = await witness(
    'knows',
    (_body, response) => void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('2\n'),
  );
  const { client: asker, failures } = client(knows.policy);
  expect(await asker.cosign(await checkpoint(6), () => Promise.reject(new RangeError('no tile')))).toEqual(
    [],
  );
  expect(failures).toEqual(['knows: no tile']);
});

test('witnesses without an address are left out, and other addresses than http are refused', async () => {
  const one = await witness('one', () => undefined);
  const without = one.policy.replace(/ http\S+/, '');
  expect(await witnessClient(without).cosign(await checkpoint(1), proofFrom)).toEqual([]);
  expect(() => witnessClient(one.policy.replace('http:', 'ftp:'))).toThrow(/witness one begins with ftp:/);
  expect(() => witnessClient(one.policy.replace('http://', ''))).toThrow(/witness one is no URL/);
});

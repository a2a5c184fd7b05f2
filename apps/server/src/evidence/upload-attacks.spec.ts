import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Request } from 'express';
import { serveReal, type RealServed } from '../testing/serve-real.js';
import { dismiss } from '../http/dismiss.js';
import { uploadBytes } from './upload-bytes.js';

let served: RealServed;
let ref: string;
let token: string;
beforeEach(async () => {
  served = await serveReal({ CORDON_EVIDENCE_MAX_MB: '1' });
  ref = await served.open();
  ({ token } = await served.person('responder'));
});
afterEach(() => served.close());

const MIB = Buffer.alloc(1024 * 1024, 'x');

/** A connection on which the head of an upload has been sent, and what comes back on it. */
async function begin(...headers: readonly string[]): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(served.port, '127.0.0.1');
  await once(socket, 'connect');
  let text = '';
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (more: Buffer) => {
      text += more.toString();
      if (text.includes('\r\n\r\n{')) resolve(text);
    });
    socket.on('close', () => resolve(text));
  });
  socket.on('error', () => undefined);
  const head = [
    `POST /api/v1/incidents/${ref}/evidence?name=x HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Idempotency-Key: k',
    'Content-Type: application/octet-stream',
    ...headers,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return { socket, answer };
}

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** Waits until something is true of the files in the folder. */
async function until(holds: (files: readonly string[]) => boolean): Promise<readonly string[]> {
  for (;;) {
    const files = await served.files();
    if (holds(files)) return files;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a body in chunks that goes on past the limit is cut off there, with nothing left', async () => {
  const { socket, answer } = await begin('Transfer-Encoding: chunked');
  socket.write(chunk(MIB));
  await until((files) => files.length === 1);
  socket.write(chunk(Buffer.from('one more')));
  expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(await served.files()).toEqual([]);
  socket.destroy();
});

test('a body that is announced too long is refused before any of it is stored', async () => {
  const { socket, answer } = await begin(`Content-Length: ${MIB.length + 1}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(await served.files()).toEqual([]);
  socket.destroy();
});

test('a sender that goes away half way leaves nothing', async () => {
  const { socket } = await begin(`Content-Length: ${MIB.length}`);
  socket.write(MIB.subarray(0, 1_000));
  await until((files) => files.some((path) => path.startsWith('incoming/')));
  socket.destroy();
  expect(await until((files) => files.length === 0)).toEqual([]);
  expect((await served.ask(`/api/v1/incidents/${ref}/evidence`)).body.items).toEqual([]);
});

test('a file that exactly fits is taken, in chunks too', async () => {
  const { socket, answer } = await begin('Transfer-Encoding: chunked', 'Connection: close');
  socket.write(Buffer.concat([chunk(MIB), Buffer.from('0\r\n\r\n')]));
  expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
});

test('one person has four uploads at once, and a fifth is told to wait', async () => {
  const four = await Promise.all(['1', '2', '3', '4'].map(() => begin(`Content-Length: ${MIB.length}`)));
  for (const { socket } of four) socket.write('x');
  await until((files) => files.length === 4);
  const fifth = await begin('Content-Length: 1');
  fifth.socket.write('x');
  expect(await fifth.answer).toMatch(/^HTTP\/1\.1 429 [^]*Retry-After: 10/i);
  for (const { socket } of [...four, fifth]) socket.destroy();
  await until((files) => files.length === 0);
});

test('a sender that falls silent is given up', async () => {
  const silent = new PassThrough() as unknown as Request;
  (silent as unknown as PassThrough).write('some');
  const bytes = uploadBytes(silent, 5);
  expect((await bytes.next()).value).toEqual(Buffer.from('some'));
  await expect(bytes.next()).rejects.toThrow('The body ended early.');
});

test('a sender that goes on after the refusal is cut off, and one that ends is not', async () => {
  const socket = new PassThrough();
  const request = Object.assign(new PassThrough(), { socket }) as unknown as Request;
  dismiss(request, 1);
  await once(socket, 'close');
  const other = Object.assign(new PassThrough(), { socket: new PassThrough() });
  dismiss(other as unknown as Request, 1);
  other.end();
  await once(other, 'close');
  expect(other.socket.destroyed).toBe(false);
});

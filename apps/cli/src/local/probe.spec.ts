import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { probe } from './probe.js';

let server: Server;
afterEach(() => new Promise((closed) => server.close(closed)));

async function answering(status: number, type: string, body: unknown): Promise<string> {
  server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const READY = { status: 'ok', checks: { database: 'ok' } };

test('a server that says that it is Cordon and ready is ready; without its name its checks tell', async () => {
  for (const body of [READY, { ...READY, product: 'cordon' }, { status: 'ok', product: 'cordon' }]) {
    expect((await probe(await answering(200, JSON_TYPE, body))).health).toBe('ready');
    server.close();
  }
});

test.each([
  [200, JSON_TYPE, {}],
  [200, JSON_TYPE, { status: 'ok' }],
  [200, JSON_TYPE, { ...READY, product: 'another' }],
  [200, JSON_TYPE, { ...READY, status: 'error' }],
  [200, 'text/html', JSON.stringify(READY)],
  [200, JSON_TYPE, 'no JSON'],
  [503, 'text/html', 'Service Unavailable'],
  [404, JSON_TYPE, { code: 'unavailable' }],
])('another program that answers %i %s %j is no Cordon server', async (status, type, body) => {
  expect((await probe(await answering(status, type, body))).health).toBe('other');
});

test('Cordon without its database is not ready, and says why', async () => {
  const body = { code: 'unavailable', detail: 'The database does not answer.' };
  expect(await probe(await answering(503, 'application/problem+json', body))).toEqual({
    health: 'not_ready',
    detail: 'The database does not answer.',
  });
});

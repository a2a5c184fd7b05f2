/** Attacks in a request's body: more members than asked for, other shapes, poison, and more than fits. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { limits } from '@cordon/contracts';
import { jsonRoutes, type JsonRoute } from './described.js';
import { ADMIN, stage, type Stage } from './stage.js';

/** Packed before the server starts: packing takes a while, and the server would seem to sleep. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20), { level: 9 });

let on: Stage;
let ref: string;
let routes: readonly JsonRoute[];
beforeAll(async () => {
  on = await stage();
  ref = await on.incident('Ransom note on a screen');
  routes = await jsonRoutes(on, ref);
}, 120_000);
afterAll(() => on.stop(), 60_000);

const send = (route: JsonRoute, what: object) =>
  on.ask(route.path, { method: route.method, token: ADMIN, key: crypto.randomUUID(), ...what });

/** Rows of every table that a body could add to, and where the incident stands; its history also has what was refused. */
async function stand(): Promise<unknown> {
  const tables = ['person', 'token', 'incident', 'task', 'credential', 'session', 'invitation'];
  const rows = tables.map((name) => `SELECT '${name}' AS name, count(*) FROM ${name}`);
  return on.query([...rows, 'SELECT uid::text, revision FROM incident'].join(' UNION ALL '));
}

describe('mass assignment', () => {
  const planted = {
    ...{ id: 'mine', uid: 'mine', createdBy: 'somebody', createdAt: '2020-01-01T00:00:00Z', isAdmin: true },
    ...{ revision: 99, hash: 'AAAA', members: ['me'], actor: { type: 'system', id: 'system', roles: [] } },
  };

  test('every member that a route does not ask for is refused by name, and nothing is changed', async () => {
    const before = await stand();
    expect(routes.length).toBeGreaterThan(3);
    for (const route of routes) {
      const { status, body } = await send(route, { json: { ...route.sample, ...planted } });
      const unasked = Object.keys(planted).filter((name) => !route.members.includes(name));
      expect([route.path, status]).toEqual([route.path, 422]);
      const errors = body['errors'] as readonly { readonly pointer: string }[];
      expect(errors.map(({ pointer }) => pointer)).toEqual(
        expect.arrayContaining(unasked.map((name) => `/${name}`)),
      );
    }
    expect(await stand()).toEqual(before);
  });

  test('who acts is who sent the token, whatever the body says', async () => {
    const responder = await on.token('responder');
    const sent = {
      type: 'note.add',
      data: { text: 'x', actor: { id: 'system', type: 'system' }, by: 'system' },
    };
    const { status, body } = await on.ask(`/api/v1/incidents/${ref}/events`, {
      ...{ token: responder.token, key: crypto.randomUUID(), json: sent },
    });
    expect([status, body['code']]).toEqual([422, 'invalid_event']);
    const noted = await on.ask(`/api/v1/incidents/${ref}/events`, {
      ...{
        token: responder.token,
        key: crypto.randomUUID(),
        json: { type: 'note.add', data: { text: 'x' } },
      },
    });
    expect(noted.body['transition']).toMatchObject({ actor: { id: responder.id, type: 'person' } });
  });

  test('a list, a text, a number or nothing where an object belongs is refused, never a failure', async () => {
    for (const route of routes) {
      for (const raw of ['[]', '[{}]', '"x"', '7', 'null', 'true', '[["type","note.add"]]']) {
        const { status } = await send(route, { raw });
        expect([route.path, raw, [400, 422].includes(status)]).toEqual([route.path, raw, true]);
      }
    }
  });

  test('an object or a list where a text belongs is refused, never a failure', async () => {
    for (const route of routes) {
      for (const value of [{ toString: 'x', $ne: null }, [{}], { length: 1, '0': 'x' }]) {
        const json = Object.fromEntries(Object.keys(route.sample).map((name) => [name, value]));
        const { status } = await send(route, { json });
        expect([route.path, status]).toEqual([route.path, Object.keys(json).length > 0 ? 422 : status]);
        expect(status).toBeLessThan(500);
      }
    }
  });
});

describe('prototype pollution', () => {
  test.each([
    ['{"__proto__":{"roles":["administrator"]}}'],
    ['{"type":"note.add","data":{"__proto__":{"polluted":true}}}'],
    ['{"constructor":{"prototype":{"polluted":true}}}'],
    ['{"type":"note.add","data":{"text":"x","constructor":{}}}'],
    ['{"type":"note.add","data":{"a":[{"prototype":1}]}}'],
    ['{"\\u005f_proto__":{"polluted":true}}'],
  ])('%s is refused with 400 and reaches no prototype', async (raw) => {
    for (const route of routes) expect((await send(route, { raw })).status).toBe(400);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('names of members of every object are names like any other where names are free', async () => {
    const json = { type: 'fact.set', data: { fact: 'hasOwnProperty', value: 'yes' } };
    const reply = await on.ask(`/api/v1/incidents/${ref}/events`, {
      token: ADMIN,
      key: crypto.randomUUID(),
      json,
    });
    expect(reply.status).toBe(422);
  });
});

describe('compressed bodies', () => {
  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'identity', 'x-unknown'])(
    'Content-Encoding: %s is answered 415: 64 MiB in 64 kB are never unpacked',
    async (encoding) => {
      for (const route of routes) {
        const { status } = await send(route, { raw: BOMB, headers: { 'content-encoding': encoding } });
        expect([route.path, status]).toEqual([route.path, 415]);
      }
    },
  );

  test('a compressed body that does not say so is not JSON', async () => {
    for (const route of routes) {
      const { body } = await send(route, { raw: gzipSync('{}') });
      expect(body['code']).toBe('malformed');
    }
  });
});

describe('too much', () => {
  test('a body over 1 MiB is answered 413, also when it does not say how long it is', async () => {
    const raw = `{"type":"${'x'.repeat(limits.bodyBytes)}"}`;
    for (const route of routes) expect((await send(route, { raw })).status).toBe(413);
    const chunks = `${raw.length.toString(16)}\r\n${raw}\r\n0\r\n\r\n`;
    const answer = await on.bytes(
      `POST /api/v1/incidents/${ref}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\n` +
        `Content-Type: application/json\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a length that promises what never comes is not waited for by anybody else', async () => {
    const { hostname, port } = new URL(on.url);
    const slow = Array.from({ length: 50 }, () =>
      connect(Number(port), hostname).on('error', () => undefined),
    );
    slow.forEach((socket) =>
      socket.write(
        `POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      ),
    );
    expect((await on.ask('/api/v1/incidents', { token: ADMIN })).status).toBe(200);
    slow.forEach((socket) => socket.destroy());
  });

  test.each([
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['lists', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['both', `${'[{"a":'.repeat(60_000)}1${'}]'.repeat(60_000)}`],
  ])('%s within each other a hundred thousand times are refused, and the server goes on', async (_, raw) => {
    for (const route of routes) {
      const { status } = await send(route, { raw });
      expect([route.path, status]).toEqual([route.path, 400]);
    }
    expect((await on.ask('/health/ready')).status).toBe(200);
  });

  test('a body of many thousand members is answered with at most fifty faults', async () => {
    const json = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`m${i}`, i]));
    for (const route of routes) {
      const { status, body, text } = await send(route, { json });
      expect([route.path, status]).toEqual([route.path, 422]);
      expect((body['errors'] as readonly unknown[]).length).toBeLessThanOrEqual(50);
      expect(text.length).toBeLessThan(20_000);
    }
  });
});

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Problem } from '@cordon/contracts';
import { OperationalError } from '@cordon/kernel';
import { idOf } from '../testing/fake-cordon.js';
import { serve, type Ask, type Reply, type Served } from '../testing/serve.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
  await served.ask('/api/v1/incidents', {
    json: { playbook: 'ransomware', title: 'Ransom note', awareAt: '2025-02-22T10:00:00+08:00' },
  });
});
afterEach(() => served.close());

const headers = { 'Idempotency-Key': 'key-1' };
const complete = { type: 'step.complete', step: 'contain' };

/** Sends an event, checks that the answer is a problem as the contract says, and returns it. */
async function refused(ask: Ask, ref = 'INC-1'): Promise<Problem & Pick<Reply, 'headers'>> {
  const reply = await served.ask(`/api/v1/incidents/${ref}/events`, { headers, ...ask });
  expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(reply.text).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(/);
  const problem = Problem.parse(reply.body);
  expect(problem.status).toBe(reply.status);
  expect(problem.instance).toBe(`urn:uuid:${reply.headers.get('x-request-id')}`);
  return { ...problem, headers: reply.headers };
}

/** Codes of the rejections in the incident's history. */
function recorded(): (string | undefined)[] {
  const entries = served.cordon.histories.get(idOf('INC-1')) ?? [];
  return entries.filter(({ kind }) => kind === 'rejection').map(({ rejection }) => rejection?.code);
}

describe('each refusal is the right problem and is in the history of the incident', () => {
  test('an event that is not accepted now: 409 with what is, and why', async () => {
    await served.ask('/api/v1/incidents/INC-1/events', { headers, json: complete });
    expect(await refused({ json: complete })).toMatchObject({
      status: 409,
      code: 'event_not_accepted',
      accepted: ['note.add'],
      blockedBy: [{ code: 'step_done', text: 'This step is done.', step: 'contain' }],
      current: { revision: 2 },
    });
    expect(recorded()).toEqual(['event_not_accepted']);
  });

  test('an unknown step: 422', async () => {
    expect(await refused({ json: { ...complete, step: 'nowhere' } })).toMatchObject({
      status: 422,
      code: 'invalid_event',
      errors: [{ pointer: '/step' }],
    });
    expect(recorded()).toEqual(['invalid_event']);
  });

  test('an unknown event type: 422', async () => {
    expect(await refused({ json: { type: 'step.explode' } })).toMatchObject({
      status: 422,
      code: 'invalid_event',
      errors: [{ pointer: '/type' }],
    });
    expect(recorded()).toEqual(['invalid_event']);
  });

  test('a member of the wrong type: 422', async () => {
    const problem = await refused({ json: { type: 7, data: [], occurredAt: '2025-02-22T10:00:00' } });
    expect(problem).toMatchObject({ status: 422, code: 'invalid_event' });
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/type', '/data', '/occurredAt']);
    expect(recorded()).toEqual(['invalid_event']);
  });

  test('an unknown member: 422 that points at it', async () => {
    const problem = await refused({ json: { ...complete, force: true, 'a/b~c': 1 } });
    expect(problem).toMatchObject({ status: 422, code: 'invalid_event' });
    expect(problem.errors).toEqual([
      { pointer: '/force', message: 'is not a known field' },
      { pointer: '/a~1b~0c', message: 'is not a known field' },
    ]);
    expect(served.cordon.recorded).toMatchObject([
      { refusal: { code: 'invalid_event', type: 'step.complete', step: 'contain' } },
    ]);
  });

  test('10 MB: 413, which the client can read', async () => {
    const raw = JSON.stringify({ ...complete, note: 'x'.repeat(10_000_000) });
    expect(await refused({ raw })).toMatchObject({ status: 413, code: 'too_large' });
    expect(recorded()).toEqual(['too_large']);
  });

  test('10 MB in chunks that do not say how many there are: 413', async () => {
    expect((await sendChunks(160, 65_536)).status).toBe(413);
    expect(recorded()).toEqual(['too_large']);
  });

  test('bytes that are not UTF-8: 400', async () => {
    const raw = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(await refused({ raw })).toMatchObject({ status: 400, code: 'malformed' });
    expect(recorded()).toEqual(['malformed']);
  });

  test('what is not JSON, or nothing at all: 400', async () => {
    for (const raw of ['{"type":', 'type=step.complete', '', '\ufeff{}'])
      expect(await refused({ raw })).toMatchObject({ status: 400, code: 'malformed' });
    expect(recorded()).toEqual(['malformed', 'malformed', 'malformed', 'malformed']);
  });

  test('names that reach into prototypes, half characters, NUL, endless numbers, bottomless nesting: 400', async () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    const bodies = [
      '{"type":"note.add","data":{"__proto__":{"x":1}}}',
      '{"type":"note.add","data":{"constructor":1}}',
      '{"type":"note.add","note":"\\ud800"}',
      '{"type":"note.add","note":"a\\u0000b"}',
      '{"type":"note.add","data":{"n":1e999}}',
      `{"type":"note.add","data":${deep}}`,
      `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
    ];
    for (const raw of bodies)
      expect(await refused({ raw })).toMatchObject({ status: 400, code: 'malformed', errors: [{}] });
    expect(recorded()).toHaveLength(bodies.length);
  });

  test('another media type, or a compressed body: 415', async () => {
    for (const other of [
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/json; charset=big5' },
      { 'Content-Encoding': 'gzip' },
    ]) {
      expect(await refused({ json: complete, headers: { ...headers, ...other } })).toMatchObject({
        status: 415,
        code: 'unsupported_media_type',
      });
    }
    expect(recorded()).toEqual(['malformed', 'malformed', 'malformed']);
  });

  test('the wrong role: 403 that says who could', async () => {
    const token = await served.person('communications');
    expect(await refused({ token, json: complete })).toMatchObject({
      status: 403,
      code: 'forbidden',
      needs: ['responder'],
    });
    expect(recorded()).toEqual(['forbidden']);
  });

  test('a stale If-Match: 412 with the revision of now, once in the history', async () => {
    expect(await refused({ json: complete, headers: { ...headers, 'If-Match': '"v9"' } })).toMatchObject({
      status: 412,
      code: 'stale_revision',
      current: { revision: 1 },
    });
    expect(recorded()).toEqual(['stale_revision']);
  });

  test('an If-Match that is no entity tag of ours: 400', async () => {
    for (const tag of ['v1', 'W/"v1"', '"1"', '"v1", "v2"', '"v-1"']) {
      expect(await refused({ json: complete, headers: { ...headers, 'If-Match': tag } })).toMatchObject({
        status: 400,
      });
    }
    expect(recorded()).toHaveLength(5);
  });

  test('a missing or unprintable Idempotency-Key: 400', async () => {
    for (const key of [undefined, 'two words', 'x'.repeat(201)]) {
      const sent = key === undefined ? {} : { 'Idempotency-Key': key };
      expect(await refused({ json: complete, headers: sent })).toMatchObject({
        status: 400,
        code: 'malformed',
      });
    }
    expect(recorded()).toEqual(['malformed', 'malformed', 'malformed']);
  });
});

test('an unknown incident: 404, whatever the number looks like', async () => {
  for (const ref of ['INC-99', '99', 'INC-0', 'INC-1x', 'INC-99999999999999999999', '-1', 'null', "1'--"]) {
    expect(await refused({ json: complete }, ref)).toMatchObject({ status: 404, code: 'unknown_incident' });
  }
  expect(recorded()).toEqual([]);
});

test('without a token nothing is recorded, and the body is not waited for', async () => {
  expect(await refused({ token: null, raw: 'x'.repeat(2_000_000) })).toMatchObject({ status: 401 });
  expect(recorded()).toEqual([]);
});

test('a refusal that cannot be recorded is not answered as if it were', async () => {
  served.cordon.recordRefusal = () => Promise.reject(new OperationalError('no connection', true));
  expect(await refused({ raw: '{' })).toMatchObject({ status: 503, code: 'unavailable', retryable: true });
});

test('a failure of ours: 500 without its reason, which is in the log under the instance', async () => {
  served.cordon.failure = new Error('secret internals');
  const problem = await refused({ json: complete });
  expect(problem).toMatchObject({ status: 500, code: 'internal' });
  expect(JSON.stringify(problem)).not.toContain('secret');
  expect(served.logged.join('')).toContain('secret internals');
  expect(served.logged.join('')).toContain(problem.instance.replace('urn:uuid:', ''));
});

test('a database that is away: 503 with Retry-After', async () => {
  served.cordon.failure = new OperationalError('no connection', true);
  const problem = await refused({ json: complete });
  expect([problem.status, problem.headers.get('retry-after')]).toEqual([503, '5']);
});

test('errors of the router are problems too: no such route, another method, an address that does not decode', async () => {
  const cases = [
    [await served.ask('/api/v1/nothing'), 404, 'not_found'],
    [await served.ask('/api/v1/incidents/INC-1', { method: 'PUT', json: {} }), 405, 'method_not_allowed'],
    [await served.ask('/api/v1/incidents/%ff'), 400, 'malformed'],
  ] as const;
  for (const [{ status, body }, expected, code] of cases) {
    expect([status, body.status, body.code]).toEqual([expected, expected, code]);
  }
  expect(cases[1][0].headers.get('allow')).toBe('GET, HEAD');
});

test('what is not HTTP is answered as a problem and cut off', async () => {
  expect(await rawRequest('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed"/);
  expect(await rawRequest(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/,
  );
});

test('problems are in the reader’s language', async () => {
  const problem = await refused({
    json: complete,
    headers: { 'Accept-Language': 'zh-HK,zh;q=0.9,en;q=0.8' },
  });
  expect([problem.title, problem.headers.get('content-language')]).toEqual(['無法讀取請求', 'zh-Hant']);
  const zh = { ...headers, 'Accept-Language': 'zh-HK' };
  await refused({ json: { ...complete, step: 'nowhere' }, headers: zh });
  expect(served.cordon.languages).toEqual(['en', 'zh-Hant']);
});

/** Sends an event's body in chunks without a length, and waits for the answer. */
async function sendChunks(count: number, size: number): Promise<{ status: number | undefined }> {
  const Authorization = `Bearer ${await served.person('responder')}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${served.url}/api/v1/incidents/INC-1/events`, {
      method: 'POST',
      headers: { Authorization, 'Content-Type': 'application/json', ...headers },
    });
    request.on('response', (response) =>
      response.resume().on('end', () => resolve({ status: response.statusCode })),
    );
    request.on('error', reject);
    for (let i = 0; i < count; i += 1) request.write(Buffer.alloc(size, 0x20));
    request.end();
  });
}

function rawRequest(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(served.url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket
      .on('data', (chunk) => (answer += chunk.toString()))
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}

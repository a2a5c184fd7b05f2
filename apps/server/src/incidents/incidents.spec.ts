import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EventAnswer, HistoryPage, Incident, IncidentPage, PastIncident, StepList } from '@cordon/contracts';
import { serve, type Served } from '../testing/serve.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

const body = { playbook: 'ransomware', title: 'Ransom note', awareAt: '2025-02-22T10:00:00+08:00' };

function open(more: object = {}): ReturnType<Served['ask']> {
  return served.ask('/api/v1/incidents', { json: { ...body, ...more } });
}

test('opening answers 201 with the incident, where it is, and its entity tag', async () => {
  const reply = await open({
    facts: { ransomware: 'yes', personalData: true, affectedCount: 12 },
    systems: [{ id: 'crm', name: 'CRM' }],
    exercise: true,
  });
  expect(reply.status).toBe(201);
  expect(Incident.parse(reply.body).ref).toBe('INC-1');
  expect(reply.headers.get('location')).toBe('/api/v1/incidents/INC-1');
  expect(reply.headers.get('etag')).toBe('"v1"');
});

test('a playbook that does not exist is answered with those that do', async () => {
  expect((await open({ playbook: 'floods' })).body).toMatchObject({
    status: 422,
    code: 'unknown_playbook',
    known: ['ransomware'],
  });
});

test('reading answers a strong entity tag, in the language asked for, and is not kept by caches', async () => {
  await open();
  const reply = await served.ask('/api/v1/incidents/inc-1', { headers: { 'Accept-Language': 'zh-Hant' } });
  expect(reply.headers.get('etag')).toBe('"v1"');
  expect(reply.headers.get('cache-control')).toBe('no-store');
  expect(served.cordon.languages).toEqual(['en', 'zh-Hant']);
});

test('an accepted event answers the new revision, its entry and its entity tag', async () => {
  await open();
  const json = {
    type: 'step.complete',
    step: 'contain',
    data: { output: {} },
    note: 'done',
    occurredAt: '2025-02-22T10:30:00+08:00',
  };
  const reply = await served.ask('/api/v1/incidents/INC-1/events', {
    json,
    headers: { 'Idempotency-Key': 'k', 'If-Match': '"v1"' },
  });
  expect([reply.status, reply.headers.get('etag')]).toEqual([200, '"v2"']);
  expect(EventAnswer.parse(reply.body)).toMatchObject({
    ref: 'INC-1',
    revision: 2,
    transition: { kind: 'transition', note: 'done' },
  });
});

test('If-Match: * matches any revision', async () => {
  await open();
  const headers = { 'Idempotency-Key': 'k', 'If-Match': '*' };
  expect(
    (await served.ask('/api/v1/incidents/INC-1/events', { json: { type: 'note.add' }, headers })).status,
  ).toBe(200);
});

test('lists come in pages, newest first, joined by opaque cursors and a Link', async () => {
  for (let i = 0; i < 5; i += 1) await open();
  const seen: string[] = [];
  let path: string | undefined = '/api/v1/incidents?limit=2&status=open';
  while (path !== undefined) {
    const reply = await served.ask(path);
    const page = IncidentPage.parse(reply.body);
    seen.push(...page.items.map(({ ref }) => ref));
    path = /<(.+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1];
    expect(path === undefined).toBe(page.nextCursor === null);
  }
  expect(seen).toEqual(['INC-5', 'INC-4', 'INC-3', 'INC-2', 'INC-1']);
});

test('a query that does not fit is answered 422 with the name of the parameter', async () => {
  const cases = {
    'limit=201': '/limit',
    'limit=0': '/limit',
    'limit=2.5': '/limit',
    'limit=1&limit=2': '/limit',
    'colour=red': '/colour',
    'exercise=perhaps': '/exercise',
    'cursor=WyJ4Il0': '/cursor',
    'cursor=%00': '/cursor',
    'status=gone': '/status',
    'q=%00': '/q',
  };
  for (const [query, pointer] of Object.entries(cases)) {
    expect((await served.ask(`/api/v1/incidents?${query}`)).body).toMatchObject({
      status: 422,
      code: 'invalid_request',
      errors: [{ pointer }],
    });
  }
});

test('steps can be narrowed to those of the person who asks, and by status', async () => {
  await open();
  const ids = async (query: string, token?: string): Promise<string[]> => {
    const reply = await served.ask(
      `/api/v1/incidents/INC-1/steps${query}`,
      token === undefined ? {} : { token },
    );
    return StepList.parse(reply.body).items.map(({ id }) => id);
  };
  expect(await ids('')).toEqual(['contain', 'close']);
  expect(await ids('?status=ready')).toEqual(['contain']);
  expect(await ids('?mine=true', await served.person('responder'))).toEqual(['contain']);
  expect(await ids('?mine=true', await served.person('auditor'))).toEqual([]);
  expect(await ids('?mine=true')).toEqual(['contain', 'close']);
});

test('the history comes in pages with no gap and no overlap', async () => {
  await open();
  for (let i = 0; i < 4; i += 1) {
    await served.ask('/api/v1/incidents/INC-1/events', {
      json: { type: 'note.add' },
      headers: { 'Idempotency-Key': `k${i}` },
    });
  }
  const first = HistoryPage.parse((await served.ask('/api/v1/incidents/INC-1/transitions?limit=3')).body);
  const second = HistoryPage.parse(
    (await served.ask(`/api/v1/incidents/INC-1/transitions?limit=3&cursor=${first.nextCursor}`)).body,
  );
  expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(second.nextCursor).toBeNull();
});

test('the past is asked for by a time or by a revision, not by both or neither', async () => {
  await open();
  const at = (query: string): ReturnType<Served['ask']> => served.ask(`/api/v1/incidents/INC-1/at${query}`);
  expect(PastIncident.parse((await at('?revision=1')).body).revision).toBe(1);
  expect((await at('?time=2025-02-22T12:00:00%2B08:00')).status).toBe(200);
  for (const query of ['', '?revision=1&time=2025-02-22T12:00:00Z', '?revision=0', '?time=yesterday']) {
    expect((await at(query)).body).toMatchObject({ status: 422, code: 'invalid_request' });
  }
  expect((await at('?time=2024-01-01T00:00:00Z')).body).toMatchObject({
    status: 422,
    code: 'before_opening',
    errors: [{ pointer: '/time' }],
  });
  expect((await at('?revision=2')).body).toMatchObject({
    status: 422,
    errors: [{ pointer: '/revision', message: 'is later than the newest, 1' }],
  });
  expect((await served.ask('/api/v1/incidents/INC-7/at?revision=1')).status).toBe(404);
});

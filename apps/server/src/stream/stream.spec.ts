import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StreamTransition } from '@cordon/contracts';
import type { Visibility } from '@cordon/engine';
import { serve, type Served } from '../testing/serve.js';
import { listen, type Heard } from '../../../../test/support/listen.js';
import { until } from '../../../../test/support/until.js';
import { STREAMS_A_PERSON } from './stream-hub.js';

let served: Served;
const open: Heard[] = [];
beforeEach(async () => {
  served = await serve();
});
afterEach(async () => {
  open.splice(0).forEach((heard) => heard.close());
  await served.close();
});

const amber: Visibility = { tlp: 'amber', members: [] };

async function hear(token: string, headers: Record<string, string> = {}, query = ''): Promise<Heard> {
  const heard = await listen(`${served.url}/api/v1/stream${query}`, { token, headers });
  open.push(heard);
  return heard;
}

const ids = (heard: Heard): (string | undefined)[] => heard.of('transition').map(({ id }) => id);

describe('a stream', () => {
  test('is text/event-stream that nobody may keep or hold up, and says first when to come back', async () => {
    const heard = await hear(await served.person('responder'));
    await heard.event('ready');
    expect(heard.status).toBe(200);
    expect(heard.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(heard.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(heard.headers.get('x-accel-buffering')).toBe('no');
    expect(heard.text()).toMatch(/^retry: [23]\d{3}\n\n/);
  });

  test('announces what is written from then on, with the place as id, and nothing that anybody typed', async () => {
    const { feed } = served.store;
    feed.write(7, amber);
    const heard = await hear(await served.person('responder'));
    expect(await heard.event('ready')).toMatchObject({ id: '1' });
    feed.write(7, amber, {
      event: { type: 'step.complete', step: 'contain', data: { output: 'Chan Tai Man' } },
      note: 'Chan Tai Man',
      actor: { id: 'chan', type: 'person', roles: [] },
    });
    const { id, data } = await heard.event('transition');
    expect(id).toBe('2');
    expect(StreamTransition.strict().parse(JSON.parse(data))).toEqual({
      ...{ ref: 'INC-7', seq: 2, revision: 2, kind: 'transition', at: '2025-02-22T03:00:00.000Z' },
      ...{ type: 'step.complete', step: 'contain' },
    });
  });

  test('does not repeat the words of a request that was refused, nor a step that nobody knows', async () => {
    const { feed } = served.store;
    const heard = await hear(await served.person('responder'));
    await heard.event('ready');
    const refused = (type: string, step: string, rejection: string) =>
      feed.write(7, amber, { kind: 'rejection', event: { type, step }, rejection });
    refused('Chan.Tai.Man', 'contain', 'invalid_event');
    refused('step.complete', 'chan-tai-man', 'invalid_event');
    refused('step.complete', 'contain', 'event_not_accepted');
    feed.write(7, amber, { event: { type: 'note.add', step: 'chan-tai-man' } });
    await heard.count('transition', 4);
    const said = heard
      .of('transition')
      .map(({ data }) => JSON.parse(data) as { type: string; step?: string });
    expect(said.map(({ type, step }) => [type, step])).toEqual([
      ['unknown', undefined],
      ['step.complete', undefined],
      ['step.complete', 'contain'],
      ['note.add', undefined],
    ]);
    expect(heard.text()).not.toMatch(/chan/i);
  });

  test('passes over what one may not see, and over what is about no incident', async () => {
    const { feed } = served.store;
    const responder = await hear(await served.person('responder'));
    const administrator = await hear(await served.person('administrator'));
    const observer = await hear(await served.person('observer'));
    for (const heard of [responder, administrator, observer]) await heard.event('ready');
    feed.write(1, { tlp: 'red', members: ['someone'] });
    feed.write(0, undefined, { kind: 'journal' });
    feed.write(2, amber);
    feed.write(3, { tlp: 'clear', members: [] });
    await administrator.count('transition', 3);
    await responder.count('transition', 2);
    expect(ids(administrator)).toEqual(['1', '3', '4']);
    expect(ids(responder)).toEqual(['3', '4']);
    // An observer sees incidents as a member only. The next stream shows that everything above had been passed on.
    const witness = await hear(await served.person('administrator'), { 'Last-Event-ID': '0' });
    await witness.count('transition', 3);
    expect(ids(observer)).toEqual([]);
    expect(observer.text()).not.toMatch(/INC-/);
  });
});

describe('resuming', () => {
  test('sends what came after the last event, once, then says that it is abreast, and goes on', async () => {
    const { feed } = served.store;
    for (let i = 0; i < 450; i += 1) feed.write(1 + (i % 3), i % 3 === 0 ? { tlp: 'red' } : amber);
    const heard = await hear(await served.person('responder'), { 'Last-Event-ID': '30' });
    expect(await heard.event('ready')).toMatchObject({ id: '450' });
    feed.write(2, amber);
    await heard.event('transition', ({ id }) => id === '451');
    const expected = feed.rows.filter(({ id, visibility }) => id > 30 && visibility?.tlp === 'amber');
    expect(ids(heard)).toEqual(expected.map(({ id }) => String(id)));
  });

  test('the header counts where the query says something else; both are held against the schema', async () => {
    const token = await served.person('responder');
    const { feed } = served.store;
    for (let i = 0; i < 5; i += 1) feed.write(1, amber);
    const query = await hear(token, {}, '?after=3');
    await query.event('ready');
    expect(ids(query)).toEqual(['4', '5']);
    const both = await hear(token, { 'Last-Event-ID': '4' }, '?after=1');
    await both.event('ready');
    expect(ids(both)).toEqual(['5']);
    for (const bad of ['x', '-1', '1.5', '1e3', '9'.repeat(16)]) {
      const header = await served.ask('/api/v1/stream', { headers: { 'Last-Event-ID': bad } });
      expect([header.status, header.body.errors[0].pointer]).toEqual([422, '/Last-Event-ID']);
      expect((await served.ask(`/api/v1/stream?after=${bad}`)).status).toBe(422);
    }
    expect((await served.ask('/api/v1/stream?other=1')).status).toBe(422);
  });

  test('a place that was never reached is answered with resync, and the stream goes on from now', async () => {
    const { feed } = served.store;
    feed.write(1, amber);
    const heard = await hear(await served.person('responder'), { 'Last-Event-ID': '4000' });
    await heard.event('resync');
    expect(await heard.event('ready')).toMatchObject({ id: '1' });
    feed.write(1, amber);
    await heard.event('transition');
    expect(ids(heard)).toEqual(['2']);
  });
});

/** Resolves when the loop has failed so often. */
async function failures(loop: string, atLeast: number): Promise<void> {
  await until(`${atLeast} failures`, 20_000, async () => {
    const failed = served.logged.filter((line) => line.includes(`"loop":"${loop}"`)).length;
    return failed >= atLeast || undefined;
  });
}

describe('who listens', () => {
  test('without a valid token nobody, and a role without incidents neither', async () => {
    expect((await served.ask('/api/v1/stream', { token: null })).status).toBe(401);
    const token = await served.person('playbook-author');
    expect((await served.ask('/api/v1/stream', { token })).status).toBe(403);
  });

  test('a token that is revoked ends its stream with a last word, and no other', async () => {
    const token = await served.person('responder');
    const heard = await hear(token);
    const other = await hear(await served.person('responder'));
    await heard.event('ready');
    await other.event('ready');
    const list = await served.ask('/api/v1/tokens');
    const [, mine] = list.body.items as { id: string }[];
    expect((await served.ask(`/api/v1/tokens/${mine?.id}`, { method: 'DELETE' })).status).toBe(204);
    served.store.feed.write(1, amber);
    expect(JSON.parse((await heard.event('gone')).data)).toEqual({ code: 'unauthenticated' });
    await heard.ended();
    await other.event('transition');
    expect(other.of('gone')).toEqual([]);
  });

  test('while the database does not answer nothing is said, and afterwards nothing is missing', async () => {
    const heard = await hear(await served.person('responder'));
    await heard.event('ready');
    served.store.feed.failure = new Error('connection refused');
    served.store.feed.write(1, amber);
    await failures('stream', 1);
    expect(ids(heard)).toEqual([]);
    served.store.feed.failure = undefined;
    await heard.event('transition');
    expect(ids(heard)).toEqual(['1']);
  });

  test('nothing is said to people who cannot be asked about for a second', async () => {
    const heard = await hear(await served.person('responder'));
    await heard.event('ready');
    const { tokens, feed } = served.store;
    const asked = tokens.byIds.bind(tokens);
    tokens.byIds = () => Promise.reject(new Error('connection refused'));
    // Waits of a quarter, a half and a whole second lie between the first failure and the fourth.
    await failures('stream access', 4);
    feed.write(1, amber);
    await failures('stream access', 5);
    expect(ids(heard)).toEqual([]);
    tokens.byIds = asked;
    await heard.event('transition');
  });

  test('one person has so many streams and no more; one that ends makes room', async () => {
    const token = await served.person('responder');
    const all = [];
    for (let i = 0; i < STREAMS_A_PERSON; i += 1) all.push(await hear(token));
    const refused = await served.ask('/api/v1/stream', { token });
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests']);
    expect(refused.headers.get('retry-after')).toBe('5');
    const other = await hear(await served.person('responder'));
    expect(other.status).toBe(200);
    all[0]?.close();
    await all[0]?.ended();
    const again = async (): Promise<number> => {
      const heard = await hear(token);
      return heard.status === 429 ? again() : heard.status;
    };
    expect(await again()).toBe(200);
  });

  test('HEAD is answered and over', async () => {
    const { status, headers } = await served.ask('/api/v1/stream', { method: 'HEAD' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });
});

test('a server that stops ends its streams in order', async () => {
  const heard = await hear(await served.person('responder'));
  await heard.event('ready');
  await served.close();
  await heard.ended();
  expect(heard.broken()).toBe(false);
  expect(heard.text()).toMatch(/retry: \d+\n\n$/);
});

test('a client that does not read is cut off, and what others hear does not suffer', async () => {
  const slow = await listen(`${served.url}/api/v1/stream`, {
    token: await served.person('responder'),
    unread: true,
  });
  open.push(slow);
  const other = await hear(await served.person('responder'));
  await other.event('ready');
  const { feed } = served.store;
  const step = 'x'.repeat(60_000);
  // Many times what the system and the server keep for one connection.
  for (let batch = 1; batch <= 30; batch += 1) {
    for (let i = 0; i < 10; i += 1) feed.write(1, amber, { event: { type: 'step.complete', step } });
    await other.count('transition', batch * 10);
  }
  await slow.cutOff();
  expect(slow.broken()).toBe(true);
});

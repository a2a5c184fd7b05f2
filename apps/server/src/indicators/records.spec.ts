import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { IndicatorPage, NotePage } from '@cordon/contracts';
import type { EntryView as Entry } from '@cordon/runtime';
import { serveReal, type RealServed } from '../testing/serve-real.js';
import type { Reply } from '../testing/serve.js';

let served: RealServed;
let ref: string;
beforeEach(async () => {
  served = await serveReal();
  ref = await served.open();
});
afterEach(() => served.close());

const send = (type: string, data: object, more: object = {}, token?: string): Promise<Reply> =>
  served.ask(`/api/v1/incidents/${ref}/events`, {
    json: { type, data, ...more },
    headers: { 'Idempotency-Key': randomUUID() },
    ...(token === undefined ? {} : { token }),
  });
const get = (path: string): Promise<Reply> => served.ask(`/api/v1/incidents/${ref}/${path}`);

test('a defanged indicator is kept refanged, with its step, marking and who withdrew it', async () => {
  const firstSeen = '2026-03-24T09:00:00+08:00';
  await send(
    'indicator.add',
    { type: 'url', value: 'hxxps://Evil[.]example/x', tlp: 'green', firstSeen },
    { step: 'first' },
  );
  await send('indicator.add', { type: 'ipv4', value: '198[.]51.100.7' });
  await send('indicator.withdraw', { id: 2, reason: 'our own scanner' });
  const { items } = IndicatorPage.parse((await get('indicators')).body);
  expect(items).toMatchObject([
    {
      id: 1,
      value: 'https://evil.example/x',
      tlp: 'green',
      step: 'first',
      firstSeen: '2026-03-24T01:00:00.000Z',
    },
    { id: 2, value: '198.51.100.7', tlp: 'amber', withdrawn: { reason: 'our own scanner' } },
  ]);
  const { body } = await get('transitions');
  expect(body.items[1].event.data.value).toBe('https://evil.example/x');
});

test('what is no indicator is refused with a sentence', async () => {
  const { status, body } = await send('indicator.add', { type: 'ipv4', value: '300[.]1.1.1' });
  expect([status, body.errors[0].pointer]).toEqual([422, '/data/value']);
});

test('a list is asked for page by page and up to a marking', async () => {
  for (const [index, tlp] of ['clear', 'green', 'amber', 'red', 'clear'].entries())
    await send('indicator.add', { type: 'mutex', value: `m${index}`, tlp });
  const ids = (reply: Reply): readonly number[] => reply.body.items.map(({ id }: { id: number }) => id);
  expect(ids(await get('indicators?tlp=green'))).toEqual([1, 2, 5]);
  const first = await get('indicators?tlp=green&limit=2');
  expect(ids(first)).toEqual([1, 2]);
  expect(ids(await get(`indicators?tlp=green&limit=2&cursor=${first.body.nextCursor}`))).toEqual([5]);
  expect((await get('indicators?tlp=white')).status).toBe(422);
});

test('a STIX bundle is a file, and holds nothing above amber unless it is asked for', async () => {
  await send('indicator.add', { type: 'mutex', value: 'secret', tlp: 'red' });
  await send('indicator.add', { type: 'mutex', value: 'shared', tlp: 'green' });
  const usual = await get('indicators?format=stix');
  expect(usual.headers.get('content-type')).toBe('application/stix+json;version=2.1');
  expect(usual.headers.get('content-disposition')).toBe('attachment; filename="INC-1-indicators.json"');
  expect(usual.text).toContain('shared');
  expect(usual.text).not.toContain('secret');
  expect((await get('indicators?format=stix&tlp=clear')).text).not.toContain('shared');
  expect((await get('indicators?format=stix&tlp=red')).text).toContain('secret');
  expect((await get('indicators?format=stix')).text).toBe(usual.text);
});

test('an indicator that is marked more strictly than the incident is shown to members alone', async () => {
  await send('indicator.add', { type: 'mutex', value: 'secret', tlp: 'red' });
  await send('indicator.add', { type: 'mutex', value: 'usual' });
  const { id, token } = await served.person('responder');
  const values = async (): Promise<readonly string[]> => {
    const { body } = await served.ask(`/api/v1/incidents/${ref}/indicators`, { token });
    return body.items.map(({ value }: { value: string }) => value);
  };
  expect(await values()).toEqual(['usual']);
  expect(
    (await served.ask(`/api/v1/incidents/${ref}/indicators?format=stix&tlp=red`, { token })).text,
  ).not.toContain('secret');
  await send('member.add', { person: id });
  expect(await values()).toEqual(['secret', 'usual']);
});

test('an entry and what corrects it name each other, in the list, in every export, and through a chain', async () => {
  await send('note.add', { text: 'call at 10:05' });
  await send('entry.correct', { seq: 2, reason: 'the clock was wrong', text: 'call at 10:15' });
  await send('entry.correct', { seq: 3, reason: 'again', text: 'call at 10:20' });
  const { body } = await get('transitions');
  const linked = body.items.map(({ seq, supersedes, supersededBy }: Entry) => [
    seq,
    supersedes,
    supersededBy,
  ]);
  expect(linked).toEqual([
    [1, undefined, undefined],
    [2, undefined, 3],
    [3, 2, 4],
    [4, 3, undefined],
  ]);
  const lines = (await get('export')).text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
  expect(lines.map(({ seq, supersedes, supersededBy }) => [seq, supersedes, supersededBy])).toEqual(linked);
  const rows = (await get('export?format=csv')).text.split('\r\n').slice(1, 5);
  expect(rows.map((row) => row.split(',').slice(-4, -2))).toEqual(
    [
      ['', ''],
      ['', '3'],
      ['2', '4'],
      ['3', ''],
    ].map((pair) => pair.map((cell) => (cell === '' ? '""' : cell))),
  );
});

test('who wrote an entry corrects it, others only where they lead; a stranger’s word for it does not count', async () => {
  const [bob, cat] = await Promise.all([served.person('responder'), served.person('responder')]);
  await send('note.add', { text: 'x' }, {}, bob.token);
  const data = { seq: 2, reason: 'typo', text: 'y' };
  expect((await send('entry.correct', data, {}, cat.token)).body).toMatchObject({
    status: 403,
    needs: ['administrator', 'coordinator'],
  });
  expect((await send('entry.correct', { ...data, author: cat.id }, {}, cat.token)).status).toBe(403);
  expect((await send('entry.correct', { ...data, seq: 99 }, {}, cat.token)).status).toBe(422);
  expect((await send('entry.correct', data, {}, bob.token)).status).toBe(200);
  expect((await send('entry.correct', data)).status).toBe(200);
  const { items } = NotePage.parse((await get('notes')).body);
  expect(items[0]).toMatchObject({ seq: 2, supersededBy: 7 });
});

test('what is told late says so, in the list and in the export', async () => {
  const at = served.clock.now();
  const told = (minutes: number): object => ({ occurredAt: new Date(at - minutes * 60_000).toISOString() });
  await send('note.add', { text: 'just in time' }, told(15));
  await send('note.add', { text: 'late' }, told(90));
  const { items } = NotePage.parse((await get('notes')).body);
  expect(items.map(({ late, lateBy }) => [late, lateBy])).toEqual([
    [undefined, undefined],
    [true, 5_400],
  ]);
  const lines = (await get('export')).text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
  expect(lines.map(({ lateBy }) => lateBy)).toEqual([undefined, undefined, 5_400]);
});

test('notes are listed by step and page by page, each with its corrections', async () => {
  await send('note.add', { text: 'on first' }, { step: 'first' });
  await send('note.add', { text: 'on second' }, { step: 'second' });
  await send('fact.set', { fact: 'none', value: 'x' });
  await send('entry.correct', { seq: 2, reason: 'more exact', text: 'on first, exactly' });
  await send('note.add', { text: 'on nothing' });
  const texts = (reply: Reply): readonly string[] =>
    reply.body.items.map(({ text }: { text: string }) => text);
  expect(texts(await get('notes'))).toEqual(['on first', 'on second', 'on first, exactly', 'on nothing']);
  expect(texts(await get('notes?step=first'))).toEqual(['on first', 'on first, exactly']);
  const page = await get('notes?limit=3');
  expect(texts(await get(`notes?limit=3&cursor=${page.body.nextCursor}`))).toEqual(['on nothing']);
  expect(page.headers.get('link')).toContain('rel="next"');
});

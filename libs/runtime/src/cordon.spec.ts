import { expect, test } from '@jest/globals';
import { canonicalJson } from '@cordon/kernel';
import { compileMachines, type Actor, type IncidentState } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { ChainChecker } from '@cordon/audit';
import { createCordon } from './create-cordon.js';
import { publishPlaybook } from './library.js';
import { UniqueKeyError, type IncidentId } from './ports.js';
import { Replay } from './replay.js';
import { fireDueTimers } from './timers.js';
import { idOfRef, type EventCommand, type TransitionAnswer, type Answer } from './views.js';

const SOURCE = `
cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
facts: [{id: personalData, type: yesno, title: {en: Personal data}}]
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - {task: first, title: {en: First}, role: responder, due: {within: PT60M, from: aware, remind: [PT15M]}}
      - {task: second, title: {en: Second}, role: responder, when: {fact: personalData, is: yes}}
      - {task: third, title: {en: Third}, role: responder}
flow: [contain]
`;

const ann: Actor = { type: 'person', id: 'ann', roles: ['coordinator'] };
const bob: Actor = { type: 'person', id: 'bob', roles: ['responder'] };

async function setup() {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  for (const { id, roles } of [ann, bob]) {
    await store.tokens.add({
      id,
      name: id === 'ann' ? 'Ann' : 'Bob',
      roles,
      createdAt: 0,
      hash: Buffer.from(id.padEnd(32)),
    });
  }
  const published = await publishPlaybook(store.playbooks, SOURCE, clock.now());
  expect(published.outcome).toBe('published');
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    { key: 'k', playbook: 'tiny', title: 'T', awareAt: '2026-03-24T09:30:00+08:00' },
    ann,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  let keys = 0;
  const send = (
    actor: Actor,
    command: Omit<EventCommand, 'key'> & { key?: string },
  ): Promise<Answer<TransitionAnswer>> => {
    keys += 1;
    return cordon.submitEvent(id, { key: `key-${keys}`, ...command }, actor);
  };
  return { clock, store, cordon, id, send, opened: opened.value };
}

test('opening twice with one key opens once; the same key with another request is refused', async () => {
  const { cordon, opened } = await setup();
  const command = { key: 'k', playbook: 'tiny', title: 'T', awareAt: '2026-03-24T09:30:00+08:00' };
  const again = await cordon.openIncident(command, ann);
  expect(again.ok && again.value.ref).toBe(opened.ref);
  expect(await cordon.openIncident({ ...command, title: 'U' }, ann)).toMatchObject({
    ok: false,
    refusal: { code: 'key_reused' },
  });
  expect(await cordon.openIncident({ ...command, playbook: 'none' }, ann)).toMatchObject({
    refusal: { code: 'unknown_playbook' },
  });
  expect(await cordon.openIncident({ ...command, key: 'l', facts: { nope: 'yes' } }, ann)).toMatchObject({
    refusal: { code: 'invalid_event', errors: [{ pointer: '/facts/nope' }] },
  });
});

test('one hundred times the same event with the same key is one transition, and every caller gets its answer', async () => {
  const { cordon, id, send } = await setup();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => send(bob, { key: 'same', type: 'step.complete', step: 'first' })),
  );
  expect(answers.every((answer) => answer.ok)).toBe(true);
  expect(new Set(answers.map((answer) => answer.ok && answer.value.transition.seq))).toEqual(new Set([2]));
  expect(await cordon.transitions(id, ann, 0, 200)).toHaveLength(2);
});

test('one hundred callers with different keys make one transition and ninety-nine rejections that say who did it and when', async () => {
  const { cordon, id, send } = await setup();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => send(bob, { type: 'step.complete', step: 'first' })),
  );
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal]));
  for (const refusal of refused) {
    expect(refusal).toMatchObject({
      code: 'event_not_accepted',
      blockedBy: [{ code: 'step_done', by: 'bob', since: '2026-03-24T02:00:00.000Z' }],
    });
    expect(JSON.stringify(refusal)).toContain('completed by Bob at 2026-03-24T02:00:00.000Z');
  }
  const entries = (await cordon.transitions(id, ann, 0, 200)) ?? [];
  expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
  expect(entries.filter((entry) => entry.kind === 'rejection')).toHaveLength(99);
});

test('a key used again gives the first answer, a rejection included; with another request it is refused', async () => {
  const { send } = await setup();
  const first = await send(bob, { key: 'a', type: 'step.complete', step: 'third' });
  const again = await send(bob, { key: 'a', type: 'step.complete', step: 'third' });
  expect(first.ok).toBe(false);
  expect(again).toEqual(first);
  expect(await send(bob, { key: 'a', type: 'step.complete', step: 'first' })).toMatchObject({
    refusal: { code: 'key_reused' },
  });
  const done = await send(bob, { key: 'b', type: 'step.complete', step: 'first' });
  expect(await send(bob, { key: 'b', type: 'step.complete', step: 'first' })).toEqual(done);
});

test('every refusal is in the history, and only transitions raise the revision', async () => {
  const { cordon, id, send } = await setup();
  await send(bob, { type: 'step.fly', step: 'first' });
  await send(bob, { type: 'step.complete', step: 'nowhere' });
  await send(bob, { type: 'incident.close' });
  await send(bob, { type: 'step.start', step: 'first', ifRevision: 7 });
  await send(bob, { type: 'step.start', step: 'first', occurredAt: 'yesterday' });
  await send(ann, { type: 'task.assign', step: 'first', data: { to: 'nobody' } });
  await cordon.recordRefusal(id, { code: 'malformed' }, bob);
  const entries = (await cordon.transitions(id, ann, 1, 200)) ?? [];
  expect(entries.map((entry) => [entry.kind, entry.revision, entry.rejection?.code])).toEqual([
    ['rejection', 1, 'invalid_event'],
    ['rejection', 1, 'invalid_event'],
    ['rejection', 1, 'forbidden'],
    ['rejection', 1, 'stale_revision'],
    ['rejection', 1, 'invalid_event'],
    ['rejection', 1, 'invalid_event'],
    ['rejection', 1, 'malformed'],
  ]);
  expect(await send(bob, { type: 'note.add', data: { text: 'x' }, ifRevision: 1 })).toMatchObject({
    ok: true,
    value: { revision: 2 },
  });
});

test('the history is a gapless chain whose replay gives every stored state, byte for byte', async () => {
  const { cordon, store, id, send, clock } = await setup();
  await send(ann, { type: 'task.assign', step: 'first', data: { to: 'Bob' }, note: 'please' });
  clock.advance(60_000);
  await send(bob, { type: 'step.complete', step: 'first' });
  await send(bob, { type: 'fact.set', data: { fact: 'personalData', value: true } });
  await send(bob, { type: 'step.complete', step: 'third' });
  await send(bob, { type: 'step.complete', step: 'second' });
  const entries = await store.entries(id, 0, 100);
  const row = await store.incident(id);
  if (!row) throw new Error('the incident is there');
  const checker = new ChainChecker(row.uid);
  const { playbook } = parsePlaybook(SOURCE);
  if (!playbook) throw new Error('the playbook parses');
  const replay = new Replay(compileMachines(playbook, row.playbookDigest));
  for (const entry of entries) {
    expect(checker.next({ ...entry, openings: JSON.parse(entry.openings ?? '[]') })).toBeUndefined();
    replay.next(entry);
  }
  expect(checker.head).toBe(Buffer.from(row.head).toString('hex'));
  expect(canonicalJson(replay.now?.state)).toBe(row.state);
  const before = await cordon.at(id, ann, { time: '2026-03-24T02:00:30Z' }, 'en');
  expect(before).toMatchObject({ revision: 2, facts: { personalData: 'unknown' } });
  expect(await cordon.at(id, ann, { time: '2026-03-24T01:00:00Z' }, 'en')).toBe('before_opening');
});

test('an altered opening or a transition that is not legal is found by replay', async () => {
  const { store, id, send } = await setup();
  await send(bob, { type: 'fact.set', data: { fact: 'personalData', value: 'no' } });
  const row = await store.incident(id);
  const { playbook } = parsePlaybook(SOURCE);
  if (!playbook || !row) throw new Error('set up');
  const entries = await store.entries(id, 0, 100);
  const replay = new Replay(compileMachines(playbook, row.playbookDigest));
  const [opened, set] = entries;
  if (!opened || !set) throw new Error('two entries');
  replay.next(opened);
  expect(() => replay.next({ ...set, openings: set.openings?.replace('"no"', '"yes"') ?? '' })).toThrow(
    /entry 2 records another state/,
  );
});

test('timers fire once, come back through the door, and move when the moment they count from moves', async () => {
  const { cordon, store, id, send, clock } = await setup();
  expect(await fireDueTimers(store, cordon)).toEqual({ taken: 0, full: false });
  clock.set(Date.parse('2026-03-24T02:15:00Z'));
  expect(await fireDueTimers(store, cordon)).toEqual({ taken: 1, full: false });
  expect(await fireDueTimers(store, cordon)).toEqual({ taken: 0, full: false });
  await send(ann, {
    type: 'fact.set',
    data: { fact: 'awareAt', value: '2026-03-24T01:00:00Z', reason: 'earlier alert found' },
  });
  expect((await fireDueTimers(store, cordon)).taken).toBe(2);
  const kinds = ((await cordon.transitions(id, ann, 1, 100)) ?? []).map(
    (entry) => entry.event.data?.timer ?? entry.event.type,
  );
  expect(kinds.slice(0, 2)).toEqual(['remind:0:first', 'fact.set']);
  expect(kinds.slice(2).sort()).toEqual(['due:first', 'remind:0:first']);
  const state = JSON.parse((await store.incident(id))?.state ?? '{}') as IncidentState;
  expect(state.steps.first?.fired).toHaveLength(3);
  expect(await store.relayOutbox(10)).toBe(3);
});

test('a correction names an entry that exists', async () => {
  const { send } = await setup();
  const correct = (seq: number) => send(ann, { type: 'entry.correct', data: { seq, reason: 'wrong time' } });
  expect(await correct(9)).toMatchObject({
    refusal: { code: 'invalid_event', errors: [{ pointer: '/data/seq' }] },
  });
  expect(await correct(1)).toMatchObject({ ok: true });
});

test('one incident that cannot be written does not fail its neighbours in the batch', async () => {
  const { store, cordon, id, send } = await setup();
  const other = await cordon.openIncident(
    { key: 'other', playbook: 'tiny', title: 'O', awareAt: '2026-03-24T09:30:00+08:00' },
    ann,
  );
  const otherId = idOfRef(other.ok ? other.value.ref : '') as IncidentId;
  const commit = store.commit.bind(store);
  store.commit = (writes) =>
    writes.some((write) => write.id === otherId) ? Promise.reject(new Error('poison')) : commit(writes);
  const [good, bad] = await Promise.allSettled([
    send(bob, { type: 'step.complete', step: 'first' }),
    cordon.submitEvent(otherId, { key: 'x', type: 'step.complete', step: 'first' }, bob),
  ]);
  expect(good).toMatchObject({ status: 'fulfilled', value: { ok: true } });
  expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'poison' } });
  expect(await cordon.transitions(id, ann, 0, 10)).toHaveLength(2);
});

test('a database that stays away is answered as busy, and nothing is half done', async () => {
  const { store, send, cordon, id } = await setup();
  const { OperationalError } = await import('@cordon/kernel');
  const load = store.load.bind(store);
  store.load = () => Promise.reject(new OperationalError('gone', true));
  await expect(send(bob, { key: 'k', type: 'step.complete', step: 'first' })).rejects.toThrow(
    /send the same request again/,
  );
  store.load = load;
  expect(await cordon.transitions(id, ann, 0, 10)).toHaveLength(1);
  expect(await send(bob, { key: 'k', type: 'step.complete', step: 'first' })).toMatchObject({ ok: true });
});

test('a lost connection after the commit does not lose the answer, and a failed commit is tried again', async () => {
  const { store, send, cordon, id } = await setup();
  const commit = store.commit.bind(store);
  let calls = 0;
  store.commit = async (writes) => {
    calls += 1;
    if (calls === 1) throw new UniqueKeyError('somebody was faster');
    const done = await commit(writes);
    if (calls === 2) {
      const { OperationalError } = await import('@cordon/kernel');
      throw new OperationalError('connection lost', true);
    }
    return done;
  };
  const answer = await send(bob, { key: 'once', type: 'step.complete', step: 'first' });
  expect(answer).toMatchObject({ ok: true, value: { revision: 2 } });
  expect(await cordon.transitions(id, ann, 0, 10)).toHaveLength(2);
});

test('two processes that write to one incident in turn see each other’s work, and each event is there once', async () => {
  const { store, cordon, id, clock } = await setup();
  const other = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  for (let i = 0; i < 6; i += 1) {
    const process = i % 2 === 0 ? cordon : other;
    const type = i % 2 === 0 ? 'step.start' : 'step.problem';
    const data = i % 2 === 0 ? {} : { data: { reason: 'again' } };
    expect(
      await process.submitEvent(id, { key: `turn-${i}`, type, step: 'first', ...data }, bob),
    ).toMatchObject({ ok: true });
  }
  expect(((await cordon.transitions(id, ann, 0, 50)) ?? []).map((entry) => entry.kind)).toEqual([
    'opened',
    ...Array<string>(6).fill('transition'),
  ]);
});

test('a repeated request gets its first answer although the incident has moved on and is remembered', async () => {
  const { send } = await setup();
  const first = await send(bob, { key: 'a', type: 'step.start', step: 'first', ifRevision: 1 });
  expect(first).toMatchObject({ ok: true, value: { revision: 2 } });
  await send(bob, { type: 'note.add', data: { text: 'x' } });
  expect(await send(bob, { key: 'a', type: 'step.start', step: 'first', ifRevision: 1 })).toEqual(first);
  expect(await send(bob, { key: 'a', type: 'step.start', step: 'third', ifRevision: 1 })).toMatchObject({
    refusal: { code: 'key_reused' },
  });
});

test('a timer is not dropped because this process remembers the incident as it was before another moved it', async () => {
  const { store, cordon, id, send, clock } = await setup();
  const other = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  await send(ann, { type: 'fact.set', data: { fact: 'awareAt', value: '2026-03-24T01:58:00Z' } });
  const moved = { type: 'fact.set', data: { fact: 'awareAt', value: '2026-03-24T01:10:00Z' } };
  expect(await other.submitEvent(id, { key: 'moved', ...moved }, ann)).toMatchObject({ ok: true });
  expect(await fireDueTimers(store, cordon)).toEqual({ taken: 1, full: false });
  const types = ((await cordon.transitions(id, ann, 0, 50)) ?? []).map((entry) => entry.event.type);
  expect(types.filter((type) => type === 'timer.fired')).toHaveLength(1);
});

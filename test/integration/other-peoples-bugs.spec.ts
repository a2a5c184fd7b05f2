/** Faults that other products have had, each as a promise that this one keeps. */
import { expect, test } from '@jest/globals';
import { ChainChecker } from '@cordon/audit';
import { createAlertChannel } from '@cordon/actions';
import type { Actor } from '@cordon/engine';
import { OperationalError, type Json } from '@cordon/kernel';
import {
  createCordon,
  deliverEffect,
  fireDueTimers,
  idOfRef,
  publishPlaybook,
  RetryDelivery,
  type Deliverer,
  type EventCommand,
  type IncidentId,
  type OpenCommand,
  type OutboxRow,
} from '@cordon/runtime';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';

const AT = Date.parse('2026-03-24T02:00:00Z');
const MINUTE = 60_000;

const step = (id: string, more = '') => `{task: ${id}, title: {en: ${id}}, role: responder${more}}`;
const approval = (id: string, of: string) =>
  `{approval: ${id}, title: {en: ${id}}, role: approver, covers: [${of}], refused: {repeat: ${of}}}`;

function playbookOf(steps: readonly string[], version = '1.0.0'): string {
  return `cordon: 1
id: plan
version: ${version}
languages: [en]
title: {en: Plan}
summary: {en: Plan}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}]
phases:
  - id: main
    title: {en: Main}
    steps:
${steps.map((one) => `      - ${one}\n`).join('')}flow: [main]
`;
}

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const ann = person('ann', 'coordinator');
const bob = person('bob', 'responder');
const cat = person('cat', 'approver');

async function setup(steps: readonly string[], command: Partial<OpenCommand> = {}) {
  const clock = new SimulatedClock(AT);
  const store = new MemoryStore({ clock });
  for (const { id, roles } of [ann, bob, cat]) {
    await store.tokens.add({ id, name: id, roles, createdAt: 0, hash: Buffer.from(id.padEnd(32)) });
  }
  const published = await publishPlaybook(store.playbooks, playbookOf(steps), clock.now());
  expect(published.outcome).toBe('published');
  const start = () => createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const cordon = start();
  const opened = await cordon.openIncident(
    { key: 'open', playbook: 'plan', title: 'T', awareAt: '2026-03-24T02:00:00Z', ...command },
    ann,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  let keys = 0;
  const submit = (actor: Actor, event: Omit<EventCommand, 'key'>, through = cordon) => {
    keys += 1;
    return through.submitEvent(id, { key: `key-${keys}`, ...event }, actor);
  };
  const send = async (actor: Actor, type: string, at?: string, data?: Record<string, Json>) => {
    const answer = await submit(actor, { type, ...(at ? { step: at } : {}), ...(data ? { data } : {}) });
    if (!answer.ok) throw new Error(`${type} ${at ?? ''}: ${JSON.stringify(answer.refusal)}`);
    return answer.value;
  };
  const status = async (id_: string) =>
    (await cordon.steps(id, ann, 'en'))?.find((one) => one.id === id_)?.status;
  const history = async () => (await cordon.transitions(id, ann, 0, 1_000)) ?? [];
  const outbox = async (): Promise<readonly OutboxRow[]> => {
    await store.relayOutbox(100);
    return store.queued;
  };
  return { clock, store, start, cordon, id, submit, send, status, history, outbox };
}

test('closing an incident keeps the tasks that nobody started, and every note', async () => {
  const { cordon, send, history, status } = await setup([
    step('do-it'),
    step('never-started', ', optional: true'),
  ]);
  await send(bob, 'note.add', undefined, { text: 'seen at the door' });
  await send(bob, 'step.complete', 'do-it');
  await send(ann, 'step.skip', 'never-started', { reason: 'not needed' });
  const before = await history();
  await send(ann, 'incident.close');
  expect(await status('never-started')).toBe('skipped');
  const kept = await Promise.all(
    ['skipped', 'completed'].map((one) => cordon.tasks({ limit: 100, status: one }, ann, 'en')),
  );
  expect(kept.flatMap(({ items }) => items.map((item) => item.step))).toEqual(['never-started', 'do-it']);
  expect((await history()).slice(0, before.length)).toEqual(before);
  expect(JSON.stringify(await history())).toContain('seen at the door');
});

test('three approvals side by side join', async () => {
  const branches = ['x', 'y', 'z'].map((id) => `[${step(id)}, ${approval(`ok-${id}`, id)}]`);
  const { send, status } = await setup([`parallel: [${branches.join(', ')}]`, step('after')]);
  for (const id of ['x', 'y', 'z']) await send(bob, 'step.complete', id);
  for (const id of ['z', 'x', 'y']) {
    expect(await status('after')).toBe('cannot_start');
    await send(cat, 'approval.approve', `ok-${id}`);
  }
  expect(await status('after')).toBe('ready');
});

test('a step of a kind that nobody knows is refused before it is published, never counted as done', async () => {
  const store = new MemoryStore();
  const source = playbookOf([step('first'), '{robot: second, title: {en: S}, role: responder}']);
  const published = await publishPlaybook(store.playbooks, source, AT);
  expect(published).toMatchObject({ outcome: 'refused' });
  expect(await store.playbooks.list()).toEqual([]);
});

test('an action that nobody knows fails, and its step says so and waits for a person', async () => {
  const { cordon, outbox, status } = await setup([
    '{action: strange, title: {en: S}, role: responder, do: fly}',
    step('after'),
  ]);
  const [row] = await outbox();
  if (!row) throw new Error('the action is in the outbox');
  const verdict = await deliverEffect(createAlertChannel({}), cordon, row, false);
  expect(verdict).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('there is no action "fly"'),
  });
  expect(await status('strange')).toBe('problem');
  expect(await status('after')).toBe('cannot_start');
});

test('a refused approval goes back to the work, never on', async () => {
  const { send, status } = await setup([step('draft'), approval('ok', 'draft'), step('report-it')]);
  await send(bob, 'step.complete', 'draft');
  await send(cat, 'approval.refuse', 'ok', { reason: 'wrong number' });
  expect([await status('draft'), await status('ok'), await status('report-it')]).toEqual([
    'ready',
    'cannot_start',
    'cannot_start',
  ]);
});

test('a due time works by itself: no reminder, no escalation and no other setting is needed', async () => {
  const { clock, store, cordon, outbox } = await setup([step('tell', ', due: {within: PT60M, from: aware}')]);
  clock.advance(60 * MINUTE - 1);
  expect((await fireDueTimers(store, cordon)).taken).toBe(0);
  clock.advance(1);
  expect((await fireDueTimers(store, cordon)).taken).toBe(1);
  expect((await outbox()).map(({ effect }) => [effect.kind, effect.step])).toEqual([['overdue', 'tell']]);
});

test('a step that waits for a person, its assignee and its timers survive a restart', async () => {
  const { clock, store, start, send, submit, id } = await setup([
    step('wait-for-me', ', due: {within: PT60M, from: aware}'),
    step('after'),
  ]);
  await send(ann, 'task.assign', 'wait-for-me', { to: 'bob' });
  await send(bob, 'step.start', 'wait-for-me');
  const restarted = start();
  expect((await restarted.steps(id, ann, 'en'))?.[0]).toMatchObject({
    status: 'in_progress',
    assignee: 'bob',
  });
  clock.advance(61 * MINUTE);
  expect((await fireDueTimers(store, restarted)).taken).toBe(1);
  const answer = await submit(bob, { type: 'step.complete', step: 'wait-for-me' }, restarted);
  expect(answer.ok).toBe(true);
  expect((await restarted.steps(id, ann, 'en'))?.[1]).toMatchObject({ id: 'after', status: 'ready' });
});

test('nothing that can be asked of an incident removes an entry of its history', async () => {
  const { cordon, store, id, send, history } = await setup([step('only')]);
  await send(bob, 'step.complete', 'only');
  await send(ann, 'incident.close');
  const before = await history();
  await send(ann, 'incident.reopen', undefined, { reason: 'again' });
  await send(ann, 'phase.reopen', undefined, { phase: 'main', reason: 'again' });
  await send(ann, 'entry.correct', undefined, { seq: 2, reason: 'it was me', text: 'it was ann' });
  const kept = (await history()).slice(0, before.length);
  expect(kept.map(({ supersededBy: _corrected, ...entry }) => entry)).toEqual(before);
  const verbs = [store, cordon].flatMap((thing) => [
    ...Object.keys(thing),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(thing)),
  ]);
  expect(verbs.filter((verb) => /delete|remove|purge|erase/i.test(verb))).toEqual([]);
  const row = await store.incident(id);
  const checker = new ChainChecker(row?.uid ?? '');
  for (const { leaf, hash } of await store.entries(id, 0, 100)) {
    expect(checker.next({ leaf, hash })).toBeUndefined();
  }
});

test('the history has no end: the first of three hundred entries is still there', async () => {
  const { cordon, id, send, history } = await setup([step('only')]);
  for (let i = 1; i <= 300; i += 1) await send(bob, 'note.add', undefined, { text: `note ${i}` });
  const entries = await history();
  expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 301 }, (_, i) => i + 1));
  expect(entries[1]?.event.data).toEqual({ text: 'note 1' });
  let lines = 0;
  for await (const _line of (await cordon.exportJsonl(id, ann)) ?? []) lines += 1;
  expect(lines).toBe(301);
});

test('a retry does the work again, until it is done', async () => {
  const { cordon, outbox, status } = await setup([
    '{action: tell, title: {en: T}, role: responder, do: notify}',
  ]);
  const [row] = await outbox();
  if (!row) throw new Error('the action is in the outbox');
  const keys: string[] = [];
  const flaky: Deliverer = {
    deliver({ key }) {
      keys.push(key);
      return Promise.resolve(
        keys.length < 3 ? { outcome: 'retry', detail: 'busy' } : { outcome: 'done', detail: 'taken' },
      );
    },
  };
  await expect(deliverEffect(flaky, cordon, row, false)).rejects.toThrow(RetryDelivery);
  await expect(deliverEffect(flaky, cordon, row, false)).rejects.toThrow(RetryDelivery);
  expect(await status('tell')).toBe('in_progress');
  await deliverEffect(flaky, cordon, row, false);
  expect(await status('tell')).toBe('completed');
  expect(keys).toEqual(Array(3).fill(keys[0]));
});

test('a commit that fails is made again from what is stored then, not from what was read first', async () => {
  const { store, submit, history } = await setup([step('first'), step('second')]);
  const commit = store.commit.bind(store);
  let failures = 2;
  store.commit = (writes) => {
    failures -= 1;
    return failures >= 0
      ? Promise.reject(new OperationalError('the connection broke', true))
      : commit(writes);
  };
  expect((await submit(bob, { type: 'step.complete', step: 'first' })).ok).toBe(true);
  expect(failures).toBe(-1);
  expect(await history()).toHaveLength(2);
});

test('of two updates at the same time neither is lost, and the second is told what the first did', async () => {
  const { start, submit, history } = await setup([step('one'), step('two')]);
  const other = start();
  const answers = await Promise.all([
    submit(ann, { type: 'task.assign', step: 'one', data: { to: 'bob' }, ifRevision: 1 }),
    submit(bob, { type: 'task.accept', step: 'one', ifRevision: 1 }, other),
  ]);
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  expect(answers.find((answer) => !answer.ok)).toMatchObject({
    refusal: { code: 'stale_revision', revision: 2 },
  });
  const notes = Array.from({ length: 40 }, (_, i) =>
    submit(bob, { type: 'note.add', data: { text: `n${i}` } }, i % 2 ? other : undefined),
  );
  expect((await Promise.all(notes)).every((answer) => answer.ok)).toBe(true);
  const texts = (await history()).flatMap(({ event }) =>
    event.type === 'note.add' ? [event.data?.text] : [],
  );
  expect(new Set(texts).size).toBe(40);
});

test('a legal clock starts when the organisation became aware, not when the incident was written down', async () => {
  const { cordon, id, send, clock, store } = await setup(
    [step('tell-regulator', ', due: {within: PT72H, from: aware, remind: [PT2H]}')],
    {
      awareAt: '2026-03-21T03:00:00Z',
    },
  );
  const due = async () => (await cordon.steps(id, ann, 'en'))?.[0]?.dueAt;
  expect(await due()).toBe('2026-03-24T03:00:00.000Z');
  expect((await fireDueTimers(store, cordon)).taken).toBe(1);
  await send(ann, 'fact.set', undefined, {
    fact: 'awareAt',
    value: '2026-03-21T01:00:00Z',
    reason: 'the first alert',
  });
  expect(await due()).toBe('2026-03-24T01:00:00.000Z');
  expect((await cordon.steps(id, ann, 'en'))?.[0]?.overdue).toBe(true);
  clock.advance(1);
  expect((await fireDueTimers(store, cordon)).taken).toBe(2);
});

import { describe, expect, test } from '@jest/globals';
import type { Actor } from '@cordon/engine';
import { OperationalError } from '@cordon/kernel';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { createCordon } from './create-cordon.js';
import { publishPlaybook } from './library.js';
import { UniqueKeyError, type IncidentId, type IncidentWrite, type StoredAct } from './ports.js';
import { idOfRef, type ActLineView, type Answer, type HandOverCommand } from './views.js';

const steps = Array.from(
  { length: 4 },
  (_, i) => `      - [{task: t${i}, title: {en: T}, role: ${i === 3 ? 'approver' : 'responder'}}]`,
).join('\n');
const SOURCE = `
cordon: 1
id: wide
version: 1.0.0
languages: [en]
title: {en: Wide}
summary: {en: Four at once}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}]
facts: []
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - parallel:
${steps.replaceAll('      - [', '          - [')}
flow: [contain]
`;

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const lead = person('lead', 'coordinator');
const bob = person('bob', 'responder', 'approver');
const cat = person('cat', 'responder');
const dan = person('dan', 'approver');
const eve = person('eve', 'observer');

/** A store that fails, or is overtaken, at the moments that a test chooses. */
class TroubledStore extends MemoryStore {
  readonly troubles: ((writes: readonly IncidentWrite[]) => Promise<void>)[] = [];
  readonly attempts: number[] = [];

  override async commitTogether(writes: readonly IncidentWrite[], act: StoredAct): Promise<boolean> {
    this.attempts.push(writes.length);
    await this.troubles.shift()?.(writes);
    return super.commitTogether(writes, act);
  }
}

async function setup(incidents = 12) {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new TroubledStore({ clock });
  for (const { id, roles } of [lead, bob, cat, dan, eve]) {
    await store.tokens.add({
      id,
      name: id.toUpperCase(),
      roles,
      createdAt: 0,
      hash: Buffer.from(id.padEnd(32)),
    });
  }
  expect((await publishPlaybook(store.playbooks, SOURCE, clock.now())).outcome).toBe('published');
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const ids: IncidentId[] = [];
  for (let i = 0; i < incidents; i += 1) {
    const opened = await cordon.openIncident(
      { key: `open-${i}`, playbook: 'wide', title: `T${i}`, awareAt: '2026-03-24T09:30:00+08:00' },
      lead,
    );
    if (opened.ok) ids.push(idOfRef(opened.value.ref) as IncidentId);
  }
  const tasks = ids.flatMap((id) => ['t0', 't1', 't2', 't3'].map((step) => ({ id, step })));
  const many = (actor: Actor, type: string, some: typeof tasks, data?: { to: string }, key = type) =>
    cordon.submitMany({ key, tasks: some, type, ...(data ? { data } : {}) }, actor);
  const hand = (actor: Actor, command: Partial<HandOverCommand> & Pick<HandOverCommand, 'to'>) =>
    cordon.handOver({ key: 'hand', note: 'end of shift', ...command }, actor);
  const lengths = async () => Promise.all(ids.map(async (id) => (await store.entries(id, 0, 999)).length));
  return { clock, store, cordon, ids, tasks, many, hand, lengths };
}

const linesOf = (answer: Answer<readonly ActLineView[]>): readonly ActLineView[] => {
  if (!answer.ok) throw new Error(JSON.stringify(answer.refusal));
  return answer.value;
};

describe('the same event for many tasks', () => {
  test('500 tasks accepted at once, 30 of them refused with one reason each', async () => {
    const { many, tasks, ids, store } = await setup(125);
    expect(tasks).toHaveLength(500);
    const taken = tasks.filter(({ step }) => step === 't3').slice(0, 30);
    linesOf(await many(dan, 'task.accept', taken, undefined, 'taken'));
    const lines = linesOf(await many(bob, 'task.accept', tasks));
    expect(lines.map(({ task }) => task)).toEqual(tasks.map(({ id, step }) => `INC-${id}/${step}`));
    const refused = lines.filter(({ ok }) => !ok);
    expect(refused).toHaveLength(30);
    for (const line of refused) {
      expect(line).toMatchObject({ refusal: { code: 'event_not_accepted' } });
      if (!line.ok && line.refusal.code === 'event_not_accepted')
        expect(line.refusal.blockedBy).toMatchObject([{ code: 'assigned_to_other' }]);
    }
    const [first] = ids;
    expect(await store.entries(first as IncidentId, 0, 99)).toHaveLength(1 + 1 + 4);
  });

  test('the same request again gives the same answer and writes nothing', async () => {
    const { many, tasks, lengths } = await setup();
    const some = [...tasks.slice(0, 9), { id: 9_999 as IncidentId, step: 't0' }];
    const first = linesOf(await many(bob, 'task.accept', some));
    expect(first.at(-1)).toEqual({ task: 'INC-9999/t0', ok: false, refusal: { code: 'unknown_incident' } });
    const before = await lengths();
    expect(linesOf(await many(bob, 'task.accept', some))).toEqual(first);
    expect(await many(bob, 'task.accept', tasks.slice(0, 3))).toMatchObject({
      refusal: { code: 'key_reused' },
    });
    expect(await lengths()).toEqual(before);
    expect((await many(cat, 'task.release', some, undefined, 'task.accept')).ok).toBe(true);
  });

  test('only events of tasks, and only to people that there are', async () => {
    const { many, tasks, lengths } = await setup(1);
    const before = await lengths();
    expect(await many(lead, 'evidence.add', tasks)).toMatchObject({
      refusal: { code: 'invalid_event', errors: [{ pointer: '/type' }] },
    });
    expect(await many(lead, 'task.assign', tasks, { to: 'nobody' })).toMatchObject({
      refusal: { errors: [{ pointer: '/data/to' }] },
    });
    expect(await lengths()).toEqual(before);
  });

  test('an incident that somebody may not see is none, and the rest goes through', async () => {
    const { many, tasks, cordon, ids } = await setup(2);
    const [hidden, open] = ids as [IncidentId, IncidentId];
    await cordon.submitEvent(hidden, { key: 'c', type: 'incident.classify', data: { tlp: 'red' } }, lead);
    const lines = linesOf(await many(cat, 'task.accept', tasks.slice(2, 6)));
    expect(lines.map(({ task, ok }) => [task, ok])).toEqual([
      [`INC-${hidden}/t2`, false],
      [`INC-${hidden}/t3`, false],
      [`INC-${open}/t0`, true],
      [`INC-${open}/t1`, true],
    ]);
    expect(lines[0]).toMatchObject({ refusal: { code: 'unknown_incident' } });
  });
});

describe('all of it or nothing', () => {
  test('somebody else writes to one of the incidents: everything is decided anew, and commits once', async () => {
    const { many, tasks, store, ids } = await setup(3);
    const rival = createCordon({ store, log: 'test-log', pause: () => Promise.resolve() });
    store.troubles.push(async () => {
      await rival.submitEvent(ids[1] as IncidentId, { key: 'r', type: 'task.accept', step: 't0' }, cat);
    });
    const lines = linesOf(await many(bob, 'task.accept', tasks));
    expect(store.attempts).toEqual([3, 3]);
    expect(lines.filter(({ ok }) => !ok).map(({ task }) => task)).toEqual([`INC-${ids[1]}/t0`]);
  });

  test('an answer lost on its way: the act was done, and is not done again', async () => {
    const { many, tasks, store, lengths, cordon, ids } = await setup(3);
    const commit = MemoryStore.prototype.commitTogether.bind(store);
    store.commitTogether = async (writes, act) => {
      await commit(writes, act);
      throw new OperationalError('the connection broke', true);
    };
    expect(linesOf(await many(bob, 'task.accept', tasks)).every(({ ok }) => ok)).toBe(true);
    expect(await lengths()).toEqual([5 - 1 + 1, 5, 5]);
    // The door remembers nothing wrong about the incidents.
    const next = await cordon.submitEvent(
      ids[0] as IncidentId,
      { key: 'n', type: 'step.start', step: 't0' },
      bob,
    );
    expect(next).toMatchObject({ ok: true, value: { revision: 6 } });
  });

  test('trouble that lasts is answered busy, and nothing is done; trouble of ours is thrown', async () => {
    const { many, tasks, store, lengths } = await setup(3);
    const busy = () => Promise.reject(new UniqueKeyError('used'));
    store.troubles.push(...Array.from({ length: 20 }, () => busy));
    await expect(many(bob, 'task.accept', tasks)).rejects.toMatchObject({ retryable: true });
    store.troubles.push(() => Promise.reject(new Error('a fault')));
    await expect(many(bob, 'task.accept', tasks)).rejects.toThrow('a fault');
    expect(await lengths()).toEqual([1, 1, 1]);
    expect(linesOf(await many(bob, 'task.accept', tasks)).every(({ ok }) => ok)).toBe(true);
  });

  test('acts that share incidents, and single events between them, each find the others done or not begun', async () => {
    const { many, tasks, cordon, ids, lengths } = await setup(6);
    const act = (n: number) =>
      many(lead, 'task.assign', tasks.slice(n * 2, n * 2 + 12), { to: 'bob' }, `act-${n}`);
    const events = ids.flatMap((id) =>
      Array.from({ length: 5 }, (_, i) =>
        cordon.submitEvent(id, { key: `note-${i}`, type: 'note.add', data: { text: 'x' } }, lead),
      ),
    );
    const done = await Promise.all([act(0), act(1), act(2), act(3), ...events]);
    expect(done.every(({ ok }) => ok)).toBe(true);
    await cordon.drained();
    const assigned = 4 * 12;
    expect((await lengths()).reduce((sum, one) => sum + one, 0)).toBe(6 + 30 + assigned);
  });
});

describe('handing over', () => {
  async function atWork() {
    const t = await setup(12);
    // Bob holds 40 tasks in 12 incidents: in four of them one less.
    const held = t.tasks.filter(({ step }, i) => !(step === 't0' && i % 12 < 8));
    expect(held).toHaveLength(40);
    linesOf(await t.many(bob, 'task.accept', held));
    const inbox = async (assignee: string) => t.store.tasks({ assignee, limit: 99 });
    return { ...t, held, inbox };
  }

  test('40 tasks over 12 incidents in one call: they wait for the receiver to accept, with the note', async () => {
    const { hand, inbox, store, ids } = await atWork();
    const lines = linesOf(await hand(bob, { to: [{ person: 'LEAD' }] }));
    expect(lines).toHaveLength(40);
    expect(new Set(lines.map(({ task }) => task.split('/')[0])).size).toBe(12);
    expect(lines.every(({ ok, to }) => ok && to === 'lead')).toBe(true);
    expect(store.attempts).toEqual([12, 12]);
    expect(await inbox('bob')).toEqual([]);
    const received = await inbox('lead');
    expect(received).toHaveLength(40);
    expect(received.every(({ accepted, assignedBy }) => !accepted && assignedBy === 'bob')).toBe(true);
    const [last] = (await store.entries(ids[11] as IncidentId, 0, 99)).slice(-1);
    expect(last?.openings).toContain('end of shift');
    // Asked again, it is the same answer, although there is nothing left to hand over.
    expect(linesOf(await hand(bob, { to: [{ person: 'lead' }] }))).toEqual(lines);
    expect(await inbox('lead')).toHaveLength(40);
  });

  test('to several: by role, by incident, and the rest evenly; what nobody may do stays', async () => {
    const { hand, inbox, ids } = await atWork();
    const first = `INC-${ids[0]}`;
    const to = [
      { person: 'dan', roles: ['approver'] },
      { person: 'cat' },
      { person: 'eve', incidents: [first] },
    ];
    const lines = linesOf(await hand(lead, { from: 'BOB', to }));
    expect(lines.every(({ ok }) => ok)).toBe(true);
    expect((await inbox('dan')).every(({ step }) => step === 't3')).toBe(true);
    expect([(await inbox('dan')).length, (await inbox('cat')).length]).toEqual([12, 28]);
    const more = linesOf(
      await hand(lead, { key: 'k2', from: 'cat', to: [{ person: 'dan', incidents: [first] }] }),
    );
    const reasons = more.flatMap((line) => (line.ok ? [] : [line.refusal]));
    expect(reasons).toHaveLength(28);
    expect(reasons.every(({ code }) => code === 'invalid_event')).toBe(true);
    expect(await inbox('cat')).toHaveLength(28);
  });

  test('each for their own; for others whoever leads; to somebody else who is there', async () => {
    const { hand, inbox } = await atWork();
    expect(await hand(cat, { from: 'bob', to: [{ person: 'cat' }] })).toMatchObject({
      refusal: { code: 'forbidden', needs: ['administrator', 'coordinator'] },
    });
    expect(await hand(bob, { to: [{ person: 'nobody' }, { person: 'bob' }] })).toMatchObject({
      refusal: { code: 'invalid_event', errors: [{ pointer: '/to/0/person' }, { pointer: '/to/1/person' }] },
    });
    expect(await inbox('bob')).toHaveLength(40);
    expect(linesOf(await hand(cat, { to: [{ person: 'bob' }] }))).toEqual([]);
  });

  test('killed before the commit, nothing is half done', async () => {
    const { hand, inbox, store, lengths } = await atWork();
    const before = await lengths();
    store.troubles.push(() => Promise.reject(new Error('killed')));
    await expect(hand(bob, { to: [{ person: 'lead' }] })).rejects.toThrow('killed');
    expect(await lengths()).toEqual(before);
    expect(await inbox('bob')).toHaveLength(40);
  });
});

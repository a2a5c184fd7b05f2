/**
 * Approvals through the door, with several processes at once, over PostgreSQL and over the memory store: side by side
 * they join, two at the same time make one, nobody approves their own, and what has changed is approved again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '@cordon/engine';
import { canonicalJson, type Json } from '@cordon/kernel';
import {
  createCordon,
  idOfRef,
  machineDigestOf,
  publishPlaybook,
  Replay,
  type IncidentId,
  type Runtime,
} from '@cordon/runtime';
import { openStore, type Store } from '@cordon/store';
import { MemoryStore, SimulatedClock, type Stores } from '@cordon/testkit';
import { testDatabase, type TestDatabase } from '../support/database.js';

const AT = Date.parse('2026-03-24T02:00:00Z');

const T = (text: string) => `{en: ${text}, zh-Hant: ${text}}`;
const task = (id: string, more = '') => `{task: ${id}, title: ${T(id)}, role: responder${more}}`;
const approval = (id: string, of: string, more = '') =>
  `{approval: ${id}, title: ${T(id)}, role: approver, covers: [${of}], refused: {repeat: ${of}}${more}}`;
const point = `, form: [{id: restorePoint, type: text, title: ${T('Point')}, required: true}]`;
const perSystem = `each: system
        id: systems
        steps:
          - ${task('isolate', ', move: isolate')}
          - ${task('choose', point)}
          - ${approval('approve', 'choose', ', facts: [entry]')}
          - ${task('restore', ', move: restore')}
          - ${task('verify', ', move: verify')}
          - ${task('return', ', move: return')}`;

const playbook = (id: string, steps: readonly string[]): string => `cordon: 1
id: ${id}
version: 1.0.0
languages: [en, zh-Hant]
title: ${T('Plan')}
summary: ${T('Plan')}
roles: [{id: responder, title: ${T('R')}}, {id: approver, title: ${T('A')}}]
facts: [{id: entry, type: text, title: ${T('Entry')}}]
phases:
  - id: main
    title: ${T('Main')}
    steps:
${steps.map((one) => `      - ${one}\n`).join('')}flow: [main]
`;

const SIDES = ['x', 'y', 'z'];
const sides = SIDES.map((id) => `[${task(id)}, ${approval(`ok-${id}`, id)}]`).join(', ');
const PLAYBOOKS = [
  playbook('three', [`parallel: [${sides}]`, task('after')]),
  playbook('one', [task('draft'), approval('ok', 'draft'), task('after')]),
  playbook('restoring', [perSystem]),
];

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const ann = person('ann', 'coordinator');
const bob = person('bob', 'responder');
const approvers = ['cat', 'dan', 'eve'].map((id) => person(id, 'approver'));
const [cat = ann, dan = ann] = approvers;
const both = person('gil', 'responder', 'approver');

interface Place {
  readonly name: string;
  /** As many as there are processes; all on the same data. */
  stores(): Promise<readonly (Stores | Store)[]>;
  close(): Promise<void>;
}

function inMemory(): Place {
  const store = new MemoryStore({ clock: new SimulatedClock(AT) });
  return { name: 'memory', stores: () => Promise.resolve([store, store]), close: () => Promise.resolve() };
}

function onPostgres(): Place {
  let database: TestDatabase | undefined;
  let folder: string | undefined;
  const opened: Store[] = [];
  return {
    name: 'PostgreSQL',
    async stores() {
      database = await testDatabase();
      folder = await mkdtemp(join(tmpdir(), 'approvals-'));
      const options = { url: database.url, vaultKeyFile: join(folder, 'vault.key'), poolSize: 4 };
      for (let i = 0; i < 2; i += 1) opened.push(await openStore(options));
      return opened;
    },
    async close() {
      for (const store of opened) await store.close();
      await database?.drop();
      if (folder !== undefined) await rm(folder, { recursive: true });
    },
  };
}

describe.each([inMemory(), onPostgres()])('approvals over $name', (place) => {
  const clock = new SimulatedClock(AT);
  let stores: readonly (Stores | Store)[] = [];
  let processes: readonly Runtime[] = [];
  let keys = 0;

  beforeAll(async () => {
    stores = await place.stores();
    const [first] = stores;
    if (!first) throw new Error('there is a store');
    for (const source of PLAYBOOKS) {
      expect(await publishPlaybook(first.playbooks, source, AT)).toMatchObject({ outcome: 'published' });
    }
    for (const { id, roles } of [ann, bob, both, ...approvers]) {
      await first.tokens.add({ id, name: id, roles, createdAt: AT, hash: Buffer.from(id.padEnd(32)) });
    }
    processes = stores.map((store) =>
      createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() }),
    );
  }, 60_000);

  afterAll(() => place.close());

  async function setup(plan: string, systems: readonly { id: string; name: string }[] = []) {
    const [cordon] = processes;
    if (!cordon) throw new Error('there is a process');
    keys += 1;
    const opening = {
      key: `open-${keys}`,
      playbook: plan,
      title: 'T',
      awareAt: '2026-03-24T02:00:00Z',
      systems,
    };
    const opened = await cordon.openIncident(opening, ann);
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
    const id = idOfRef(opened.value.ref) as IncidentId;
    for (const { id: who } of [bob, both, ...approvers]) {
      keys += 1;
      const member = { key: `key-${keys}`, type: 'member.add', data: { person: who } };
      expect(await cordon.submitEvent(id, member, ann)).toMatchObject({ ok: true });
    }
    const ask = (actor: Actor, type: string, step?: string, data?: Record<string, Json>, through = 0) => {
      keys += 1;
      const event = { key: `key-${keys}`, type, ...(step ? { step } : {}), ...(data ? { data } : {}) };
      return (processes[through] ?? cordon).submitEvent(id, event, actor);
    };
    const send = async (...event: Parameters<typeof ask>) => {
      const answer = await ask(...event);
      if (!answer.ok) throw new Error(`${event[1]} ${event[2] ?? ''}: ${JSON.stringify(answer.refusal)}`);
      return answer.value;
    };
    const step = async (name: string, language = 'en') =>
      (await cordon.steps(id, ann, language))?.find((one) => one.id === name);
    const history = async () => (await cordon.transitions(id, ann, 0, 1_000)) ?? [];
    /** The log played back from its first entry ends where the incident is. */
    const replays = async () => {
      const [store] = stores;
      const entries = (await store?.entries(id, 0, 1_000)) ?? [];
      const row = await store?.incident(id);
      const [first] = entries;
      if (!first || !store) throw new Error('the incident has a history');
      const replay = new Replay(await cordon.library.machines(machineDigestOf(first)));
      for (const entry of entries) replay.next(entry);
      expect(canonicalJson(replay.now?.state)).toBe(row?.state);
    };
    return { id, cordon, ask, send, step, history, replays };
  }

  test('three side by side, given at the same moment through two processes, join', async () => {
    const { send, step } = await setup('three');
    await Promise.all(SIDES.map((id, i) => send(bob, 'step.complete', id, undefined, i % 2)));
    expect((await step('after'))?.status).toBe('cannot_start');
    await Promise.all(
      approvers.map((who, i) => send(who, 'approval.approve', `ok-${SIDES[i]}`, undefined, i % 2)),
    );
    expect((await step('after'))?.status).toBe('ready');
  });

  test('two people at the same moment with one needed make one approval, and the other is told who and when', async () => {
    const { ask, send, step, history } = await setup('one');
    await send(bob, 'step.complete', 'draft');
    const answers = await Promise.all([
      ask(cat, 'approval.approve', 'ok', { reason: 'mine' }, 0),
      ask(dan, 'approval.approve', 'ok', { reason: 'mine' }, 1),
    ]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const given = (await step('ok'))?.approval?.given ?? [];
    expect(given).toMatchObject([{ role: 'approver', reason: 'mine', at: '2026-03-24T02:00:00.000Z' }]);
    const blockedBy = [{ code: 'step_done', step: 'ok', by: given[0]?.by, since: given[0]?.at }];
    expect(answers.find(({ ok }) => !ok)).toMatchObject({
      refusal: { code: 'event_not_accepted', blockedBy },
    });
    const asked = (await history()).filter(({ event }) => event.type === 'approval.approve');
    expect(asked.map(({ kind }) => kind).sort()).toEqual(['rejection', 'transition']);
  });

  test('the author is refused, an administrator too, and each attempt is in the history', async () => {
    const { ask, send, history, step } = await setup('one');
    await send(both, 'step.complete', 'draft');
    const root = { ...both, roles: ['administrator'] };
    for (const who of [both, root]) {
      expect(await ask(who, 'approval.approve', 'ok')).toMatchObject({
        refusal: { code: 'forbidden', blockedBy: [{ code: 'own_work', step: 'draft', by: 'gil' }] },
      });
    }
    const rejections = (await history()).filter(({ kind }) => kind === 'rejection');
    expect(rejections).toMatchObject([
      { actor: { id: 'gil' }, event: { type: 'approval.approve' }, rejection: { code: 'forbidden' } },
      { actor: { id: 'gil' }, rejection: { blockedBy: [{ code: 'own_work' }] } },
    ]);
    expect((await step('ok'))?.status).toBe('ready');
  });

  test('one that stands at the very moment at which its subject changes does not stand', async () => {
    const { ask, step } = await setup('one');
    await ask(bob, 'step.complete', 'draft');
    await Promise.all([
      ask(cat, 'approval.approve', 'ok', undefined, 0),
      ask(ann, 'step.reopen', 'draft', { reason: 'wrong number' }, 1),
    ]);
    expect((await step('draft'))?.status).toBe('ready');
    expect(['cannot_start']).toContain((await step('ok'))?.status);
  });

  test('one of a restore point lapses when another is chosen, says so, and is asked for again', async () => {
    const { ask, send, step, history, replays } = await setup('restoring', [{ id: 'crm', name: 'CRM' }]);
    const restore = (restorePoint: string) =>
      ask(bob, 'system.restore', undefined, { system: 'crm', restorePoint });
    await send(bob, 'system.isolate', undefined, { system: 'crm' });
    await send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'monday' } });
    expect((await step('approve@crm'))?.approval?.covers).toMatchObject({
      steps: [{ id: 'choose@crm' }],
      facts: [{ id: 'entry', value: 'unknown' }],
      restorePoint: 'monday',
    });
    await send(cat, 'approval.approve', 'approve@crm');
    expect(await restore('sunday')).toMatchObject({
      refusal: { blockedBy: [{ code: 'other_restore_point' }] },
    });
    const { transition } = await send(ann, 'step.reopen', 'choose@crm', { reason: 'monday is infected' });
    expect(transition.lapsed).toEqual([
      { step: 'approve@crm', because: [{ kind: 'step', id: 'choose@crm' }], approvers: ['cat'] },
    ]);
    expect((await history()).at(-1)?.lapsed).toEqual(transition.lapsed);
    await send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'sunday' } });
    expect(await restore('sunday')).toMatchObject({ refusal: { blockedBy: [{ step: 'approve@crm' }] } });
    const asked = await step('approve@crm');
    expect(asked).toMatchObject({
      status: 'ready',
      approval: { given: [], covers: { restorePoint: 'sunday' } },
    });
    expect(asked?.approval?.lapsed?.text).toBe(
      'The approval by cat has lapsed: the step “choose (CRM)” changed at 2026-03-24T02:00:00.000Z by ann. It has to be approved again.',
    );
    expect((await step('approve@crm', 'zh-Hant'))?.approval?.lapsed?.text).toBe(
      'cat先前的批准已失效：步驟「choose (CRM)」已於 2026-03-24T02:00:00.000Z 由ann更改。須重新批准。',
    );
    await send(dan, 'approval.approve', 'approve@crm');
    expect((await restore('sunday')).ok).toBe(true);
    expect((await step('approve@crm'))?.approval).not.toHaveProperty('lapsed');
    await replays();
  });

  test('one lapses with a fact that the playbook names, in mid-restoration, and the restoration waits', async () => {
    const { send, step, replays } = await setup('restoring', [{ id: 'crm', name: 'CRM' }]);
    await send(bob, 'system.isolate', undefined, { system: 'crm' });
    await send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'monday' } });
    await send(cat, 'approval.approve', 'approve@crm');
    await send(bob, 'step.start', 'restore@crm');
    const { transition } = await send(ann, 'fact.set', undefined, { fact: 'entry', value: 'the VPN' });
    expect(transition.lapsed).toMatchObject([
      { step: 'approve@crm', because: [{ kind: 'fact', id: 'entry' }] },
    ]);
    expect((await step('restore@crm'))?.status).toBe('cannot_start');
    await send(cat, 'approval.approve', 'approve@crm');
    expect((await step('restore@crm'))?.status).toBe('in_progress');
    await replays();
  });
});

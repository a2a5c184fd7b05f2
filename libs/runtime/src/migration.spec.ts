import { expect, test } from '@jest/globals';
import { canonicalJson } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { createCordon } from './create-cordon.js';
import { publishPlaybook } from './library.js';
import type { IncidentId } from './ports.js';
import { machineDigestOf, migrationTarget, Replay } from './replay.js';
import { idOfRef, type EventCommand } from './views.js';

const playbook = (version: string, steps: string): string => `
cordon: 1
id: tiny
version: ${version}
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
facts: [{id: personalData, type: yesno, title: {en: Personal data}}]
phases:
  - id: contain
    title: {en: Contain}
    steps:
${steps
  .trim()
  .split('\n')
  .map((line) => `      ${line.trim()}\n`)
  .join('')}
flow: [contain]
`;

const OLD = playbook(
  '1.0.0',
  `- {task: first, title: {en: First}, role: responder}
   - {task: second, title: {en: Second}, role: responder, due: {within: PT1H, from: ready}}
   - {decision: third, title: {en: Third}, role: responder, answers: [{id: y, title: {en: Y}}, {id: n, title: {en: N}}]}
   - {task: fourth, title: {en: Fourth}, role: responder}`,
);
const NEW = playbook(
  '1.1.0',
  `- {task: triage, title: {en: First}, role: responder}
   - {task: added, title: {en: Added}, role: responder}
   - {task: second, title: {en: Second}, role: responder, due: {within: PT2H, from: ready}}
   - {decision: third, title: {en: Third}, role: responder, answers: [{id: y, title: {en: Y}}, {id: maybe, title: {en: M}}]}
   - {task: fourth, title: {en: Fourth}, role: responder}`,
);

const person = (id: string, role: string): Actor => ({ type: 'person', id, roles: [role] });
const ann = person('ann', 'coordinator');
const eve = person('eve', 'coordinator');
const bob = person('bob', 'responder');

async function setup() {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  for (const source of [OLD, NEW]) {
    expect((await publishPlaybook(store.playbooks, source, clock.now())).outcome).toBe('published');
  }
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    { key: 'k', playbook: 'tiny', version: '1.0.0', title: 'T', awareAt: '2026-03-24T09:30:00+08:00' },
    ann,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  let keys = 0;
  const send = (actor: Actor, command: Omit<EventCommand, 'key'>) => {
    clock.advance(60_000);
    return cordon.submitEvent(id, { key: `key-${(keys += 1)}`, ...command }, actor);
  };
  const move = (actor: Actor, map?: Record<string, string | null>) =>
    send(actor, { type: 'incident.migrate', data: { version: '1.1.0', ...(map ? { map } : {}) } });
  const open = async (): Promise<readonly string[]> => {
    const steps = (await cordon.steps(id, ann, 'en')) ?? [];
    return steps
      .filter(({ status }) => ['ready', 'in_progress', 'problem'].includes(status))
      .map(({ id: step }) => step);
  };
  return { cordon, store, id, send, move, open };
}

async function inMidCourse() {
  const t = await setup();
  await t.send(bob, { type: 'step.complete', step: 'first' });
  await t.send(bob, { type: 'step.start', step: 'second' });
  return t;
}

test('what has been worked on and has no counterpart is named before anything moves', async () => {
  const { move, store, id } = await inMidCourse();
  const refused = await move(ann);
  expect(refused).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_event', errors: [{ pointer: '/data/map/first' }] },
  });
  expect(await move(ann, { first: 'nowhere' })).toMatchObject({
    refusal: {
      errors: [{ pointer: '/data/map/first', message: expect.stringContaining('no step "nowhere"') }],
    },
  });
  expect(await store.incident(id)).toMatchObject({ playbookVersion: '1.0.0' });
});

test('one proposes, another signs off, and the incident goes on where it was', async () => {
  const { move, open, store, id, cordon, send } = await inMidCourse();
  expect((await move(ann, { first: 'triage' })).ok).toBe(true);
  expect(await open()).toEqual(['second']);
  expect(await move(ann)).toMatchObject({
    ok: false,
    refusal: { code: 'forbidden', blockedBy: [{ code: 'own_proposal', by: 'ann' }] },
  });
  expect((await move(eve)).ok).toBe(true);
  expect(await store.incident(id)).toMatchObject({ playbookVersion: '1.1.0' });
  expect(await open()).toEqual(['added']);
  const steps = new Map(((await cordon.steps(id, ann, 'en')) ?? []).map((step) => [step.id, step.status]));
  expect([steps.get('triage'), steps.get('second')]).toEqual(['completed', 'cannot_start']);
  await send(bob, { type: 'step.complete', step: 'added' });
  expect(await open()).toEqual(['second']);
  expect((await cordon.steps(id, ann, 'en'))?.find((step) => step.id === 'second')).toMatchObject({
    status: 'in_progress',
    assignee: 'bob',
  });
  const tasks = await cordon.tasks({ limit: 10 }, ann, 'en');
  expect(tasks.items.map(({ step }) => step)).toEqual(['second']);
});

test('a map of one’s own at the sign-off is a new proposal', async () => {
  const { move, store, id } = await inMidCourse();
  await move(ann, { first: 'triage' });
  await move(eve, { first: null });
  expect(await store.incident(id)).toMatchObject({ playbookVersion: '1.0.0' });
  await move(ann);
  const row = await store.incident(id);
  expect(row).toMatchObject({ playbookVersion: '1.1.0' });
  expect(JSON.parse(row?.state ?? '')).not.toHaveProperty('steps.triage.by');
});

test('replay gives every stored state, before and after, and the past is seen with the playbook of then', async () => {
  const { move, store, id, cordon, send } = await inMidCourse();
  await move(ann, { first: 'triage' });
  await move(eve);
  await send(bob, { type: 'step.complete', step: 'added' });
  const entries = await store.entries(id, 0, 100);
  const [first] = entries;
  if (!first) throw new Error('there are entries');
  const replay = new Replay(await cordon.library.machines(machineDigestOf(first)));
  for (const entry of entries) {
    const target = migrationTarget(entry);
    replay.next(entry, target === undefined ? undefined : await cordon.library.machines(target));
  }
  expect(canonicalJson(replay.now?.state)).toBe((await store.incident(id))?.state);
  const past = await cordon.at(id, ann, { revision: 2 }, 'en');
  expect(past).toMatchObject({ steps: [{ id: 'first', status: 'completed' }, {}, {}, {}] });
  const now = await cordon.at(id, ann, { revision: 6 }, 'en');
  expect(now).toMatchObject({ steps: [{ id: 'triage' }, { id: 'added', status: 'completed' }, {}, {}, {}] });
});

test('an answer that the new version does not know must be left behind, and is asked again', async () => {
  const { move, send, open } = await inMidCourse();
  await send(bob, { type: 'step.complete', step: 'second' });
  await send(bob, { type: 'step.complete', step: 'third', data: { output: { answer: 'n' } } });
  expect(await move(ann, { first: 'triage' })).toMatchObject({
    refusal: { errors: [{ pointer: '/data/map/third' }] },
  });
  await move(ann, { first: 'triage', third: null });
  await move(eve);
  await send(bob, { type: 'step.complete', step: 'added' });
  expect(await open()).toEqual(['third']);
});

test('a version that is not published, or is the one that runs, is refused', async () => {
  const { send } = await setup();
  for (const version of ['9.9.9', '1.0.0']) {
    expect(await send(ann, { type: 'incident.migrate', data: { version } })).toMatchObject({
      refusal: { code: 'invalid_event', errors: [{ pointer: '/data/version' }] },
    });
  }
  expect(await send(bob, { type: 'incident.migrate', data: { version: '1.1.0' } })).toMatchObject({
    refusal: { code: 'forbidden' },
  });
});

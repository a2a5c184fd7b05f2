import { expect, test } from '@jest/globals';
import { type Actor, type Tlp } from '@cordon/engine';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { createCordon } from './create-cordon.js';
import { publishPlaybook } from './library.js';
import type { IncidentId } from './ports.js';
import { idOfRef, type EventCommand } from './views.js';

const SOURCE = `
cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
phases:
  - id: contain
    title: {en: Contain}
    steps: [{task: first, title: {en: First}, role: responder}, {task: last, title: {en: Last}, role: responder}]
flow: [contain]
`;

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const admin = person('admin', 'administrator');
const lead = person('lead', 'coordinator');
const auditor = person('auditor', 'auditor');
const bob = person('bob', 'responder');
const guest = person('guest', 'observer');
const nobody = person('nobody', 'playbook-author');

async function setup(tlp?: Tlp) {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  for (const { id, roles } of [admin, lead, auditor, bob, guest, nobody]) {
    await store.tokens.add({ id, name: id, roles, createdAt: 0, hash: Buffer.from(id.padEnd(32)) });
  }
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const command = { key: 'k', playbook: 'tiny', title: 'T', awareAt: '2026-03-24T09:30:00+08:00' };
  const opened = await cordon.openIncident({ ...command, ...(tlp ? { tlp } : {}) }, admin);
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  let keys = 0;
  const send = (actor: Actor, type: string, more: Omit<EventCommand, 'key' | 'type'> = {}) => {
    keys += 1;
    return cordon.submitEvent(id, { key: `key-${keys}`, type, ...more }, actor);
  };
  /** Everything that there is to ask of an incident: whether any answer shows it. */
  const sees = async (viewer: Actor): Promise<boolean> => {
    const exported = await cordon.exportJsonl(id, viewer);
    const answers = [
      (await cordon.incident(id, viewer, 'en')) !== undefined,
      (await cordon.steps(id, viewer, 'en')) !== undefined,
      (await cordon.transitions(id, viewer, 0, 9)) !== undefined,
      (await cordon.at(id, viewer, { revision: 1 }, 'en')) !== undefined,
      (await cordon.migration(id, viewer, '1.0.0', 'en')) !== undefined,
      exported !== undefined,
      (await cordon.incidents({ limit: 9 }, viewer)).length === 1,
      (await cordon.incidents({ limit: 9, q: 'INC-1' }, viewer)).length === 1,
      (await cordon.tasks({ limit: 9 }, viewer, 'en')).items.length === 1,
    ];
    expect([answers.every(Boolean), answers.some(Boolean)]).toEqual([answers[0], answers[0]]);
    return answers[0] === true;
  };
  const seenBy = async (...viewers: readonly Actor[]): Promise<readonly string[]> => {
    const seen = await Promise.all(viewers.map(sees));
    return viewers.filter((_, i) => seen[i]).map((one) => one.id);
  };
  return { cordon, store, id, send, seenBy };
}

const all = [admin, lead, auditor, bob, guest, nobody];

test.each<[Tlp | undefined, readonly string[]]>([
  [undefined, ['admin', 'lead', 'auditor', 'bob']],
  ['clear', ['admin', 'lead', 'auditor', 'bob']],
  ['amber', ['admin', 'lead', 'auditor', 'bob']],
  ['amber+strict', ['admin', 'lead', 'auditor']],
  ['red', ['admin']],
])('an incident marked %s is seen, in every answer alike, by %j', async (tlp, expected) => {
  const { seenBy } = await setup(tlp);
  expect(await seenBy(...all)).toEqual(expected);
});

test('members see it whatever its marking, and what they no longer need to know is gone at once', async () => {
  const { send, seenBy } = await setup('red');
  for (const one of [bob, guest, nobody])
    expect(await send(admin, 'member.add', { data: { person: one.id } })).toMatchObject({ ok: true });
  // A role that reads no incident reads none as a member either.
  expect(await seenBy(...all)).toEqual(['admin', 'bob', 'guest']);
  expect(await send(bob, 'note.add', { data: { text: 'seen' } })).toMatchObject({ ok: true });
  await send(admin, 'member.remove', { data: { person: 'bob', reason: 'Left the team' } });
  expect(await seenBy(bob, guest)).toEqual(['guest']);
  expect(await send(bob, 'note.add', { data: { text: 'still?' } })).toEqual({
    ok: false,
    refusal: { code: 'unknown_incident' },
  });
});

test('an attempt by somebody who may not see it is answered 404 and is on record', async () => {
  const { cordon, id, send } = await setup('red');
  expect(await send(lead, 'step.start', { step: 'first' })).toEqual({
    ok: false,
    refusal: { code: 'unknown_incident' },
  });
  await cordon.recordRefusal(id, { code: 'malformed' }, bob);
  const entries = (await cordon.transitions(id, admin, 0, 9)) ?? [];
  expect(entries.map(({ kind, actor, rejection }) => [kind, actor.id, rejection?.code])).toEqual([
    ['opened', 'admin', undefined],
    ['rejection', 'lead', 'not_visible'],
    ['rejection', 'bob', 'not_visible'],
  ]);
});

test('a repeated request of a former member is not answered with what it was answered then', async () => {
  const { cordon, id, send } = await setup('red');
  await send(admin, 'member.add', { data: { person: 'bob' } });
  const note = { key: 'same', type: 'note.add', data: { text: 'x' } };
  expect(await cordon.submitEvent(id, note, bob)).toMatchObject({ ok: true });
  await send(admin, 'member.remove', { data: { person: 'bob', reason: 'x' } });
  expect(await cordon.submitEvent(id, note, bob)).toEqual({
    ok: false,
    refusal: { code: 'unknown_incident' },
  });
});

test('whoever is given a task becomes a member, and cannot be taken out while holding it', async () => {
  const { send, seenBy, cordon, id } = await setup('red');
  expect(await seenBy(bob)).toEqual([]);
  await send(admin, 'task.assign', { step: 'first', data: { to: 'bob' } });
  expect(await seenBy(bob)).toEqual(['bob']);
  expect(await send(admin, 'member.remove', { data: { person: 'bob', reason: 'x' } })).toMatchObject({
    ok: false,
    refusal: { code: 'event_not_accepted', blockedBy: [{ code: 'holds_tasks', step: 'first', by: 'bob' }] },
  });
  await send(bob, 'task.decline', { step: 'first', data: { reason: 'off duty' } });
  expect(await send(admin, 'member.remove', { data: { person: 'bob', reason: 'x' } })).toMatchObject({
    ok: true,
  });
  expect((await cordon.incident(id, admin, 'en'))?.members).toEqual(['admin']);
});

test('only those who lead mark an incident and say who needs to know; whoever raises the marking goes on seeing it', async () => {
  const { send, seenBy, cordon, id } = await setup();
  expect(await send(bob, 'incident.classify', { data: { tlp: 'clear' } })).toMatchObject({
    ok: false,
    refusal: { code: 'forbidden' },
  });
  expect(await send(lead, 'incident.classify', { data: { tlp: 'purple' } })).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_event', errors: [{ pointer: '/data/tlp' }] },
  });
  expect(
    await send(lead, 'incident.classify', { data: { tlp: 'red', reason: 'Names in it' } }),
  ).toMatchObject({
    ok: true,
  });
  expect(await seenBy(...all)).toEqual(['admin', 'lead']);
  expect((await cordon.incident(id, lead, 'en'))?.members).toEqual(['admin', 'lead']);
  expect(await send(lead, 'member.add', { data: { person: 'somebody' } })).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_event', errors: [{ pointer: '/data/person' }] },
  });
  expect(await send(lead, 'member.add', { data: { person: 'admin' } })).toMatchObject({
    ok: false,
    refusal: { blockedBy: [{ code: 'member_known' }] },
  });
});

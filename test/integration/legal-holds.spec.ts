/** While a legal hold stands, nobody is erased whose data it covers; everybody else is; and both are in the journal. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Actor } from '@cordon/engine';
import { systemClock } from '@cordon/kernel';
import {
  createCordon,
  DeploymentJournal,
  erasePerson,
  idOfRef,
  placeHold,
  publishPlaybook,
  releaseHold,
  type EventCommand,
  type HoldStore,
  type IncidentId,
} from '@cordon/runtime';
import { openStore, type Store } from '@cordon/store';
import { testDatabase, type TestDatabase } from '../support/database.js';

const PLAYBOOK = `
cordon: 1
id: small
version: 1.0.0
title: {en: Small}
summary: {en: One task}
languages: [en]
roles: [{id: responder, title: {en: Responder}}]
phases:
  - id: contain
    title: {en: Contain}
    steps: [{task: look, title: {en: Look}, role: responder}]
flow: [contain]
`;

const admin: Actor = { type: 'person', id: 't-admin', roles: ['administrator'] };
const doer: Actor = { type: 'person', id: 't-doer', roles: ['responder'] };
const member: Actor = { type: 'person', id: 't-member', roles: ['responder'] };
const told: Actor = { type: 'person', id: 't-told', roles: ['responder'] };
const elsewhere: Actor = { type: 'person', id: 't-else', roles: ['responder'] };

let database: TestDatabase;
let folder: string;
let store: Store;
let held: IncidentId;
let journal: DeploymentJournal;

beforeEach(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-holds-'));
  store = await openStore({ url: database.url, vaultKeyFile: join(folder, 'keys', 'vault.key') });
  await publishPlaybook(store.playbooks, PLAYBOOK, Date.now());
  for (const { id, roles } of [admin, doer, member, told, elsewhere]) {
    const hash = createHash('sha256').update(id).digest();
    await store.tokens.add({ id, name: `Name of ${id}`, roles, createdAt: Date.now(), hash });
  }
  held = await anIncident([
    [doer, { type: 'step.start', step: 'look' }],
    [doer, { type: 'step.complete', step: 'look' }],
    [admin, { type: 'member.add', data: { person: member.id } }],
    [admin, { type: 'note.add', data: { text: 'Seen.' }, note: 'was at home', about: told.id }],
  ]);
  await anIncident([[elsewhere, { type: 'note.add', data: { text: 'Here.' } }]]);
  journal = new DeploymentJournal({
    ...{ store: store.journal, log: store.logName, clock: systemClock },
    salt: () => randomUUID(),
    pause: () => Promise.resolve(),
  });
});
afterEach(async () => {
  await store.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function anIncident(events: readonly [Actor, Omit<EventCommand, 'key'>][]): Promise<IncidentId> {
  const cordon = createCordon({ store, vault: store.vault, log: store.logName });
  const awareAt = new Date().toISOString();
  const opened = await cordon.openIncident(
    { key: randomUUID(), playbook: 'small', title: 'T', awareAt },
    admin,
  );
  const id = opened.ok ? idOfRef(opened.value.ref) : undefined;
  if (id === undefined) throw new Error('no incident');
  for (const [actor, command] of events) {
    const answer = await cordon.submitEvent(id, { key: randomUUID(), ...command }, actor);
    if (!answer.ok) throw new Error(JSON.stringify([command, answer.refusal]));
  }
  return id;
}

function erase(id: string, holds: Pick<HoldStore, 'covering'> = store.holds) {
  const deps = { erasures: store.erasures, holds, journal, clock: systemClock, forgetNames: () => undefined };
  return erasePerson(deps, id, 'They asked for it.', admin);
}

const place = (incidentId?: IncidentId) =>
  placeHold(
    { holds: store.holds, journal, clock: systemClock },
    { reason: 'Proceedings', ...(incidentId === undefined ? {} : { incidentId }) },
    admin,
  );

test('who acted in the incident, needed to know of it, or is named in it stays; who had no part in it goes', async () => {
  const hold = await place(held);
  for (const { id } of [doer, member, told])
    expect(await erase(id)).toMatchObject({ outcome: 'legal_hold', holds: [{ id: hold.id }] });
  expect(await erase(elsewhere.id)).toEqual({ outcome: 'erased' });
  expect((await store.tokens.byIds([doer.id]))[0]?.erased).toBeUndefined();
});

test('a hold on everything covers everybody, until it is released', async () => {
  const hold = await place();
  expect(await erase(elsewhere.id)).toMatchObject({ outcome: 'legal_hold' });
  const deps = { holds: store.holds, journal, clock: systemClock };
  expect(await releaseHold(deps, hold.id, 'Settled', admin)).toMatchObject({ released: { by: admin.id } });
  expect(await releaseHold(deps, hold.id, 'Settled', admin)).toBeUndefined();
  expect(await erase(elsewhere.id)).toEqual({ outcome: 'erased' });
  expect(await store.holds.list()).toMatchObject([{ id: hold.id, released: { by: admin.id } }]);
});

test('a hold that is placed while somebody is being erased is seen by the transaction that would do it', async () => {
  await place(held);
  expect(await erase(doer.id, { covering: () => Promise.resolve([]) })).toMatchObject({
    outcome: 'legal_hold',
  });
  expect((await store.tokens.byIds([doer.id]))[0]?.erased).toBeUndefined();
});

test('placing, releasing and what was refused because of it are in the journal, with the reason', async () => {
  const cordon = createCordon({ store, vault: store.vault, log: store.logName });
  const hold = await place(held);
  await erase(doer.id);
  expect(await cordon.journal(0, 10)).toMatchObject([
    {
      seq: hold.placedSeq,
      event: { type: 'hold.place', data: { incident: 'INC-1', reason: 'Proceedings' } },
    },
    { kind: 'rejection', event: { type: 'person.erase', subject: doer.id } },
  ]);
});

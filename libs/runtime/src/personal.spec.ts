import { expect, test } from '@jest/globals';
import type { Actor } from '@cordon/engine';
import { MemoryStore, MemoryVault, SimulatedClock } from '@cordon/testkit';
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
    steps: [{task: look, title: {en: Look}, role: responder}]
flow: [contain]
`;

const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator'] };
const names = { lead: 'Lead', mei: 'Mei Chan', twin1: 'Kim Ho', twin2: 'Kim Ho' };

async function setup(withVault = true) {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  const vault = new MemoryVault();
  for (const [id, name] of Object.entries(names))
    await store.tokens.add({
      id,
      name,
      roles: ['coordinator'],
      createdAt: 0,
      hash: Buffer.from(id.padEnd(32)),
    });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const pause = (): Promise<void> => Promise.resolve();
  const cordon = createCordon({ store, log: 'log', clock, pause, ...(withVault && { vault }) });
  const opened = await cordon.openIncident(
    { key: 'k', playbook: 'tiny', title: 'T', awareAt: '2026-03-24T09:30:00+08:00' },
    lead,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  let keys = 0;
  const send = (command: Omit<EventCommand, 'key'> & { key?: string }) =>
    cordon.submitEvent(id, { key: `k${(keys += 1)}`, ...command }, lead);
  const stored = async (): Promise<string> =>
    (await store.entries(id, 0, 100))
      .map(({ leaf, openings }) => Buffer.from(leaf).toString('utf8') + (openings ?? ''))
      .join('\n');
  return { store, vault, cordon, id, send, stored };
}

const note = { type: 'note.add', data: { text: 'Seen.' }, note: 'Mei Chan was at home', about: 'Mei Chan' };

test('a note about a person is shown, never stored in clear, and withheld once the person is erased; the state replays', async () => {
  const { vault, cordon, id, send, stored } = await setup();
  const answer = await send(note);
  expect(answer).toMatchObject({ ok: true, value: { transition: { note: 'Mei Chan was at home' } } });
  expect(await stored()).not.toContain('Mei Chan');
  await vault.erase('mei');
  const view = (await cordon.transitions(id, lead, 0, 10))?.at(-1);
  expect(view).toMatchObject({ note: null, withheld: ['note'], event: { data: { text: 'Seen.' } } });
  expect(await cordon.at(id, lead, { revision: 2 }, 'en')).toMatchObject({ revision: 2 });
});

test('the same key answers as before, with another name too: no hash of a name is kept', async () => {
  const { send, stored, store, id } = await setup();
  const first = await send({ ...note, key: 'same' });
  const again = await send({ ...note, note: 'Mei Chan was away', about: 'mei', key: 'same' });
  expect(again).toEqual(first);
  expect(await stored()).not.toContain('away');
  const { known } = await store.load([], [{ id, key: 'lead:same' }]);
  const other = await setup();
  await other.send({ ...note, note: 'something else entirely', key: 'same' });
  const { known: elsewhere } = await other.store.load([], [{ id: other.id, key: 'lead:same' }]);
  expect(elsewhere[0]?.requestHash).toEqual(known[0]?.requestHash);
});

test('a collector who is known by name is that person; an outsider is somebody of their own', async () => {
  const { vault, cordon, id, send, stored } = await setup();
  for (const collectedBy of ['Mei Chan', 'Wong of the vendor'])
    expect(await send({ type: 'evidence.add', data: { name: 'disk', collectedBy } })).toMatchObject({
      ok: true,
      value: { transition: { event: { data: { name: 'disk', collectedBy } } } },
    });
  expect(await stored()).not.toMatch(/Mei Chan|Wong/);
  await vault.erase('mei');
  const views = (await cordon.transitions(id, lead, 1, 10)) ?? [];
  expect(views.map(({ withheld, event }) => [withheld, event.data?.collectedBy])).toEqual([
    [['data.collectedBy'], undefined],
    [undefined, 'Wong of the vendor'],
  ]);
});

test('a name that several people bear, and somebody unknown, are refused, and the refusal keeps neither', async () => {
  const { send, stored } = await setup();
  const refused = { ok: false, refusal: { code: 'invalid_event' } };
  expect(await send({ type: 'evidence.add', data: { name: 'disk', collectedBy: 'Kim Ho' } })).toMatchObject(
    refused,
  );
  expect(await send({ ...note, about: 'Kim Ho', note: 'Kim Ho slept' })).toMatchObject(refused);
  expect(await send({ ...note, about: 'Nobody Known', note: 'secret' })).toMatchObject(refused);
  expect(await stored()).not.toMatch(/Kim Ho|Nobody Known|secret/);
});

test('without a vault, what is about a person is refused and not kept in clear', async () => {
  const { send, stored } = await setup(false);
  expect(await send(note)).toMatchObject({ ok: false, refusal: { code: 'invalid_event' } });
  expect(await stored()).not.toContain('Mei Chan');
});

test('the export holds what can be opened, and says of the rest whose it was', async () => {
  const { vault, cordon, id, send } = await setup();
  await send(note);
  const exported = async (): Promise<string> => {
    const lines: string[] = [];
    for await (const line of (await cordon.exportJsonl(id, lead)) ?? []) lines.push(line);
    return lines.join('');
  };
  expect(await exported()).toContain('"value":"Mei Chan was at home"');
  await vault.erase('mei');
  expect(await exported()).toContain('{"key":"note","subject":"mei","withheld":true}');
  expect(await exported()).not.toContain('at home');
});

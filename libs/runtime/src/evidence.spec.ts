import { expect, test } from '@jest/globals';
import { MemoryEvidenceStore, MemoryJournal, MemoryStore, SimulatedClock } from '@cordon/testkit';
import { createCordon } from './create-cordon.js';
import { Evidence, type NewEvidence } from './evidence.js';
import { publishPlaybook } from './library.js';
import type { IncidentId } from './ports.js';
import { idOfRef } from './views.js';

const SOURCE = `
cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
facts: []
phases:
  - id: contain
    title: {en: Contain}
    steps: [{task: first, title: {en: First}, role: responder}]
flow: [contain]
`;
const ann = { type: 'person', id: 'ann', roles: ['coordinator'] } as const;
const DAY_MS = 24 * 60 * 60_000;

async function setup() {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    { key: 'k', playbook: 'tiny', title: 'T', awareAt: '2026-03-24T01:00:00Z' },
    ann,
  );
  const id = (opened.ok ? idOfRef(opened.value.ref) : undefined) as IncidentId;
  const files = new MemoryEvidenceStore(clock);
  const reads: number[] = [];
  const broken = { reads: 0 };
  const { entries } = store;
  store.entries = (of, afterSeq, limit) => {
    reads.push(afterSeq);
    if (broken.reads-- > 0) return Promise.reject(new Error('the database is gone'));
    return entries.call(store, of, afterSeq, limit);
  };
  const evidence = new Evidence({
    ...{
      cordon,
      files,
      clock,
      journal: new MemoryJournal(),
      denied: [],
      maxBytes: 1_000,
      maxIncidentBytes: 2_000,
    },
    kindOf: () => Promise.resolve(undefined),
  });
  const add = (text: string, more: Partial<NewEvidence> = {}) =>
    evidence.add(id, { key: text, name: 'x', bytes: bytesOf(text), ...more }, ann, 'en');
  return { clock, cordon, evidence, files, id, add, reads, broken };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const nobody = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set<string>());

test('a file whose entry never came is gone after a day, and one that was entered stays', async () => {
  const { add, clock, cordon, evidence, files } = await setup();
  await add('entered');
  const { submitEvent } = cordon;
  cordon.submitEvent = () => Promise.reject(new Error('killed'));
  await expect(add('orphan')).rejects.toThrow('killed');
  cordon.submitEvent = submitEvent;
  expect(files.files.size).toBe(2);
  clock.advance(DAY_MS);
  expect(await evidence.sweep(nobody)).toBe(0);
  clock.advance(1);
  expect(await evidence.sweep(nobody)).toBe(1);
  expect([...files.files.values()].map((content) => Buffer.from(content).toString())).toEqual(['entered']);
});

test('a place that is full says so, and the room that was held is free again', async () => {
  const { add, files } = await setup();
  files.room = 3;
  expect(await add('four')).toMatchObject({ ok: false, refusal: { code: 'storage_full' } });
  files.room = 10_000;
  expect(await add('a'.repeat(1_000))).toMatchObject({ ok: true });
  expect(await add('b'.repeat(1_000))).toMatchObject({ ok: true });
  expect(await add('c')).toMatchObject({ ok: false, refusal: { code: 'too_large', maxBytes: 0 } });
});

test('a history is read once, and then only what was added since; after a minute anew', async () => {
  const { add, clock, cordon, id, reads } = await setup();
  await add('one');
  await cordon.records.evidence(id, ann);
  reads.length = 0;
  await Promise.all([cordon.records.evidence(id, ann), cordon.records.indicators(id, ann)]);
  expect(reads).toEqual([2, 2]);
  clock.advance(60_000);
  reads.length = 0;
  await cordon.records.evidence(id, ann);
  expect(reads).toEqual([0]);
});

test('a history that could not be read is read from its start the next time', async () => {
  const { add, broken, cordon, id, reads } = await setup();
  await add('one');
  broken.reads = 1;
  await expect(cordon.records.evidence(id, ann)).rejects.toThrow('the database is gone');
  reads.length = 0;
  expect(await cordon.records.evidence(id, ann)).toHaveLength(1);
  expect(reads).toEqual([0]);
});

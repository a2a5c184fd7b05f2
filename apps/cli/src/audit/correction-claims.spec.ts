import { beforeAll, expect, test } from '@jest/globals';
import { createCordon, idOfRef, publishPlaybook, type IncidentId } from '@cordon/runtime';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { verifyChain } from './chain.js';

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

/** The export of an incident with a late note (2), its correction (3), the correction of that (4) and one more note (5). */
async function exported(): Promise<readonly string[]> {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    { key: 'k', playbook: 'tiny', title: 'T', awareAt: '2026-03-24T01:00:00Z' },
    ann,
  );
  const id = (opened.ok ? idOfRef(opened.value.ref) : undefined) as IncidentId;
  const events = [
    { type: 'note.add', data: { text: 'a call' }, occurredAt: '2026-03-24T01:00:00Z' },
    { type: 'entry.correct', data: { seq: 2, reason: 'typo', text: 'two calls' } },
    { type: 'entry.correct', data: { seq: 3, reason: 'typo', text: 'three calls' } },
    { type: 'note.add', data: { text: 'all quiet' } },
  ];
  for (const [index, event] of events.entries())
    await cordon.submitEvent(id, { key: `e${index}`, ...event }, ann);
  const lines: string[] = [];
  for await (const line of (await cordon.exportJsonl(id, ann)) ?? []) lines.push(line);
  return lines;
}

let lines: readonly string[];
beforeAll(async () => {
  lines = await exported();
});

const verify = (told: readonly string[]) => verifyChain([Buffer.from(told.join(''))]);
const changed = (line: number, members: Readonly<Record<string, unknown>>): readonly string[] =>
  lines.with(line - 1, `${JSON.stringify({ ...JSON.parse(lines[line - 1] ?? ''), ...members })}\n`);

test('an export that says what is late and what corrects what verifies', async () => {
  expect(lines[1]).toContain('"lateBy":3600');
  expect(lines[1]).toContain('"supersededBy":3');
  expect(lines[3]).toContain('"supersedes":3');
  expect(await verify(lines)).toMatchObject({ ok: true, entries: 5 });
});

test.each<[string, number, Record<string, unknown>, RegExp]>([
  ['a correction that is denied', 3, { supersededBy: 5 }, /entry 5 corrects it, but entry 4 does/],
  [
    'a correction that is made up',
    5,
    { supersededBy: 4 },
    /entry 4 corrects it, but no entry of the file does/,
  ],
  ['another entry that is corrected', 4, { supersedes: 2 }, /its supersedes is not what was logged/],
  ['a correction that is none', 5, { supersedes: 2 }, /its supersedes is not what was logged/],
  ['an entry that is less late', 2, { lateBy: 1 }, /its lateBy is not what was logged/],
  ['an entry that is not late', 5, { late: true }, /its late is not what was logged/],
])('%s is found', async (_, line, members, reason) => {
  expect(await verify(changed(line, members))).toMatchObject({
    ok: false,
    bad: { seq: line, reason: expect.stringMatching(reason) },
  });
});

test('a file whose end is cut off is found out by a correction that is missing', async () => {
  expect(await verify(lines.slice(0, 3))).toMatchObject({ ok: false, bad: { seq: 3 } });
});

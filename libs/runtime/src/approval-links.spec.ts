import { expect, test } from '@jest/globals';
import type { Actor } from '@cordon/engine';
import type { Json } from '@cordon/kernel';
import { MemoryJournal, MemoryStore, SimulatedClock } from '@cordon/testkit';
import { ApprovalLinks } from './approval-links.js';
import { createCordon } from './create-cordon.js';
import { publishPlaybook } from './library.js';
import { idOfRef } from './views.js';

const AT = Date.parse('2026-03-24T02:00:00Z');
const T = (en: string, zh: string) => `{en: ${en}, zh-Hant: ${zh}}`;
const SOURCE = `cordon: 1
id: one
version: 1.0.0
languages: [en, zh-Hant]
title: ${T('Plan', '計劃')}
summary: ${T('Plan', '計劃')}
roles: [{id: responder, title: ${T('R', 'R')}}, {id: approver, title: ${T('A', 'A')}}]
facts: [{id: leaked, type: yesno, title: ${T('Data leaked', '資料外洩')}}, {id: other, type: yesno, title: ${T('Other', '其他')}}]
phases:
  - id: main
    title: ${T('Main', '主要')}
    steps:
      - {task: draft, title: ${T('Draft', '草擬')}, role: responder}
      - {approval: ok, title: ${T('Approve the letter', '批准信件')}, role: approver, count: 2, covers: [draft], facts: [leaked], refused: {repeat: draft}}
      - {task: after, title: ${T('After', '其後')}, role: responder}
flow: [main]
`;

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const ann = person('ann', 'coordinator');
const bob = person('bob', 'responder', 'approver');
const cat = person('cat', 'approver');
const eve = person('eve', 'approver');

/** An incident in which a letter that Bob drafted waits for approval by two; Eve may not see it. */
async function setup() {
  const clock = new SimulatedClock(AT);
  const store = new MemoryStore({ clock });
  expect((await publishPlaybook(store.playbooks, SOURCE, AT)).findings).toEqual([]);
  for (const { id, roles } of [ann, bob, cat, eve]) {
    await store.tokens.add({ id, name: id, roles, createdAt: AT, hash: Buffer.from(id.padEnd(32)) });
  }
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const command = {
    key: 'k',
    playbook: 'one',
    title: 'T',
    awareAt: '2026-03-24T02:00:00Z',
    tlp: 'red' as const,
  };
  const opened = await cordon.openIncident(command, ann);
  const id = opened.ok ? idOfRef(opened.value.ref) : undefined;
  if (id === undefined) throw new Error(JSON.stringify(opened));
  let keys = 0;
  const send = async (actor: Actor, type: string, step?: string, data?: Record<string, Json>) => {
    const event = { key: `e${(keys += 1)}`, type, ...(step ? { step } : {}), ...(data ? { data } : {}) };
    expect(await cordon.submitEvent(id, event, actor)).toMatchObject({ ok: true });
  };
  for (const who of ['bob', 'cat']) await send(ann, 'member.add', undefined, { person: who });
  await send(bob, 'step.complete', 'draft');
  const journal = new MemoryJournal();
  const parts = { links: store.approvalLinks, cordon, journal, clock, lifetimeMs: 60_000 };
  const links = new ApprovalLinks(parts);
  const approval = await cordon.openApproval(id, 'ok', [ann, bob, cat, eve], 'en');
  if (!approval) throw new Error('the approval is open');
  const tokenFor = async ({ id: who }: Actor) => (await links.make(who, id, approval, 'd')).token;
  return { store, cordon, clock, journal, links, parts, id, send, approval, tokenFor };
}

test('an open approval says what it covers in the language asked for, and who may give it', async () => {
  const { approval, cordon, id } = await setup();
  expect(approval.may).toEqual(['ann', 'cat']);
  expect(approval.covers).toEqual([
    { kind: 'fact', id: 'leaked', title: 'Data leaked', value: 'not known yet' },
    { kind: 'step', id: 'draft', title: 'Draft', value: 'done · bob · 2026-03-24T02:00:00.000Z' },
  ]);
  const chinese = await cordon.openApproval(id, 'ok', [], 'zh-Hant');
  expect([chinese?.title, chinese?.covers.map(({ value }) => value.split(' · ')[0])]).toEqual([
    '批准信件',
    ['未知', '已完成'],
  ]);
  for (const other of ['draft', 'after', 'none', 'ok@crm'])
    expect(await cordon.openApproval(id, other, [ann], 'en')).toBeUndefined();
});

test('of two approvals that are needed, a link gives one: its person may not give the other', async () => {
  const { links, tokenFor, cordon, id } = await setup();
  const [first, second] = [await tokenFor(cat), await tokenFor(cat)];
  expect(await links.use(first, cat, { decision: 'approve' }, 'en')).toMatchObject({ ok: true });
  expect(await links.open(second, cat, 'en')).toBeUndefined();
  expect((await cordon.openApproval(id, 'ok', [ann, cat], 'en'))?.may).toEqual(['ann']);
});

test('what changes between looking and approving is never approved, and what has nothing to do with it is no hindrance', async () => {
  const { cordon, parts, tokenFor, send, id, journal } = await setup();
  /** The same links, but something happens after each of the first looks at the approval. */
  const meddled = (...happens: readonly (() => Promise<void>)[]) => {
    const waiting = [...happens];
    const openApproval: typeof cordon.openApproval = async (...asked) => {
      const seen = await cordon.openApproval(...asked);
      await waiting.shift()?.();
      return seen;
    };
    return new ApprovalLinks({ ...parts, cordon: { ...cordon, openApproval } });
  };
  const fact = (name: string, value: string) => () => send(ann, 'fact.set', undefined, { fact: name, value });
  const token = await tokenFor(cat);
  const changed = meddled(fact('other', 'yes'), fact('leaked', 'yes'));
  expect(await changed.use(token, cat, { decision: 'approve' }, 'en')).toBeUndefined();
  expect(journal.events.at(-1)).toMatchObject({ type: 'approval-link.used', refused: 'not_open' });
  await fact('leaked', 'unknown')();
  expect(await changed.open(token, cat, 'en')).toBeUndefined();
  const again = await tokenFor(cat);
  const busy = meddled(fact('other', 'no'), fact('other', 'yes'));
  expect(await busy.use(again, cat, { decision: 'approve' }, 'en')).toMatchObject({ ok: true });
  const approved = (await cordon.transitions(id, ann, 0, 100))?.filter(
    ({ event, kind }) => event.type === 'approval.approve' && kind === 'transition',
  );
  expect(approved).toHaveLength(1);
});

test('a link stays used although its event was refused, and whoever lost sight of the incident reaches nothing', async () => {
  const { links, tokenFor, send, cordon, id, parts } = await setup();
  const token = await tokenFor(cat);
  const refusing = new ApprovalLinks({
    ...parts,
    cordon: {
      ...cordon,
      submitEvent: (incident, command, actor, language) =>
        cordon.submitEvent(incident, { ...command, data: { reason: 5 } }, actor, language),
    },
  });
  expect(await refusing.use(token, cat, { decision: 'approve' }, 'en')).toMatchObject({ ok: false });
  expect(await links.use(token, cat, { decision: 'approve' }, 'en')).toBeUndefined();
  const other = await tokenFor(cat);
  await send(ann, 'member.remove', undefined, { person: 'cat', reason: 'done' });
  expect(await links.open(other, cat, 'en')).toBeUndefined();
  expect((await cordon.openApproval(id, 'ok', [cat], 'en'))?.may).toEqual([]);
});

test('each refused attempt is on record with its reason; a token that was never made is not', async () => {
  const { links, tokenFor, clock, journal } = await setup();
  const token = await tokenFor(cat);
  journal.events.length = 0;
  for (const never of ['', 'short', 'A'.repeat(43), `${token}A`])
    expect(await links.open(never, cat, 'en')).toBeUndefined();
  expect(journal.events).toEqual([]);
  await links.open(token, bob, 'en');
  clock.advance(60_000);
  await links.open(token, cat, 'en');
  expect(journal.events.map(({ actor, subject, refused }) => [actor.id, subject, refused])).toEqual([
    ['bob', 'cat', 'another_person'],
    ['cat', 'cat', 'expired'],
  ]);
});

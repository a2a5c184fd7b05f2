import { expect, test } from '@jest/globals';
import { asksAfter } from './asks.js';
import type { Actor, Decision, Effect, IncidentState } from './model.js';
import { bob, cat, dan, smallIncident } from './testing/small-incident.js';

const SOURCE = `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}]
facts: [{id: leaked, type: yesno, title: {en: Leaked}}]
phases:
  - id: main
    title: {en: M}
    steps:
      - {task: draft, title: {en: T}, role: responder}
      - {approval: ok, title: {en: O}, role: approver, count: 2, covers: [draft], facts: [leaked], refused: {repeat: draft}}
      - {task: after, title: {en: T}, role: responder}
flow: [main]`;

function setup() {
  const t = smallIncident({ systems: [] }, SOURCE);
  const { plan } = t.machines;
  let seq = 1;
  /** What the event asks for beside its own effects. */
  const asks = (
    actor: Actor,
    type: string,
    step?: string,
    data?: Record<string, string>,
  ): readonly Effect[] => {
    const before: IncidentState = t.state();
    const decision: Extract<Decision, { outcome: 'accepted' }> = t.send(actor, type, step, data);
    seq += 1;
    return asksAfter(plan, before, t.state(), seq, decision.effects);
  };
  return { t, plan, asks };
}

test('an approval that opens is asked for once, of its roles', () => {
  const { asks } = setup();
  expect(asks(bob, 'step.complete', 'draft')).toEqual([
    {
      key: 'ask:ok#2',
      kind: 'reminder',
      step: 'ok',
      payload: {
        title: { en: 'O' },
        roles: ['approver'],
        assignee: null,
        dueAt: null,
        tell: 'role',
        asks: true,
      },
    },
  ]);
  expect(asks(bob, 'note.add', undefined, { text: 'n' })).toEqual([]);
  expect(asks(cat, 'approval.approve', 'ok')).toEqual([]);
});

test('who is told that an approval has lapsed is not asked a second time by the same event', () => {
  const { t, asks } = setup();
  asks(bob, 'step.complete', 'draft');
  asks(cat, 'approval.approve', 'ok');
  expect(asks(bob, 'fact.set', undefined, { fact: 'leaked', value: 'yes' })).toEqual([]);
  expect(t.open()).toContain('ok');
});

test('after a refusal it is asked for anew, under another key, once there is something to approve', () => {
  const { asks } = setup();
  asks(bob, 'step.complete', 'draft');
  expect(asks(dan, 'approval.refuse', 'ok', { reason: 'no' })).toEqual([]);
  expect(asks(bob, 'step.complete', 'draft').map(({ key }) => key)).toEqual(['ask:ok#4']);
});

test('an incident that is opened with an approval open asks for it with its first entry', () => {
  const { t, plan, asks } = setup();
  asks(bob, 'step.complete', 'draft');
  expect(asksAfter(plan, undefined, t.state(), 1, [])).toMatchObject([{ key: 'ask:ok#1' }]);
});

import { expect, test } from '@jest/globals';
import { decide } from './decide.js';
import type { Actor, Decision, IncidentState } from './model.js';
import { smallIncident } from './testing/small-incident.js';

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const ann = person('ann', 'coordinator');
const bob = person('bob', 'responder');
const eve = person('eve', 'auditor');

function setup() {
  const { machines, state: opened } = smallIncident();
  let state: IncidentState = opened();
  const at = state.openedAt + 60_000;
  const send = (type: string, data: object, actor: Actor = ann): Decision => {
    const decision = decide(machines, state, { type, data: data as never }, actor, at);
    if (decision.outcome === 'accepted') state = decision.state;
    return decision;
  };
  return { send, state: () => state, at };
}

const errorOf = (decision: Decision): unknown =>
  decision.outcome === 'rejected' && decision.rejection.code === 'invalid_event'
    ? decision.rejection.errors[0]?.pointer
    : decision.outcome === 'rejected'
      ? decision.rejection.code
      : decision.outcome;

test('items of evidence are counted, and only those that are there can be looked at, moved and released', () => {
  const { send, state } = setup();
  expect(errorOf(send('evidence.view', { id: 1 }))).toBe('/data/id');
  send('evidence.add', { name: 'disk' });
  expect(errorOf(send('evidence.move', { id: 1, to: 'safe', reason: 'x' }))).toBe('accepted');
  expect(errorOf(send('evidence.move', { id: 2, to: 'safe', reason: 'x' }))).toBe('/data/id');
  expect(errorOf(send('evidence.view', { id: 0 }))).toBe('/data/id');
  expect(errorOf(send('evidence.release', { id: 1, reason: 'x' }, bob))).toBe('forbidden');
  expect(errorOf(send('evidence.release', { id: 1, reason: 'x' }))).toBe('accepted');
  expect(errorOf(send('evidence.release', { id: 1, reason: 'x' }))).toBe('/data/id');
  expect(errorOf(send('evidence.move', { id: 1, to: 'safe', reason: 'x' }))).toBe('/data/id');
  expect(errorOf(send('evidence.view', { id: 1 }))).toBe('accepted');
  expect(state().custody).toEqual({ items: 1, released: [1] });
});

test('who may read evidence may say that they did, and nobody else', () => {
  const { send } = setup();
  send('evidence.add', { name: 'disk' });
  expect(errorOf(send('evidence.view', { id: 1 }, eve))).toBe('accepted');
  expect(errorOf(send('evidence.view', { id: 1 }, bob))).toBe('forbidden');
  expect(errorOf(send('evidence.view', { id: 1 }, person('dan', 'observer')))).toBe('forbidden');
  expect(errorOf(send('evidence.scan', { id: 1, verdict: 'clean' }))).toBe('/type');
  expect(
    errorOf(send('evidence.scan', { id: 1, verdict: 'clean' }, { type: 'system', id: 'cordon', roles: [] })),
  ).toBe('accepted');
});

test('an indicator is taken in its one spelling only, and withdrawn once', () => {
  const { send, state, at } = setup();
  const add = (more: object): unknown =>
    errorOf(send('indicator.add', { type: 'ipv4', value: '198.51.100.7', ...more }, bob));
  expect(add({})).toBe('accepted');
  expect(add({ value: '198[.]51.100.7' })).toBe('/data/value');
  expect(add({ type: 'nonsense' })).toBe('/data/type');
  expect(add({ tlp: 'pink' })).toBe('/data/tlp');
  expect(add({ firstSeen: 'yesterday' })).toBe('/data/firstSeen');
  expect(add({ firstSeen: new Date(at + 3_600_000).toISOString() })).toBe('/data/firstSeen');
  expect(add({ firstSeen: new Date(at - 1).toISOString(), tlp: 'green' })).toBe('accepted');
  expect(errorOf(send('indicator.withdraw', { id: 3, reason: 'x' }))).toBe('/data/id');
  expect(errorOf(send('indicator.withdraw', { id: 2, reason: 'x' }))).toBe('accepted');
  expect(errorOf(send('indicator.withdraw', { id: 2, reason: 'x' }))).toBe('/data/id');
  expect(state().indicators).toEqual({ count: 2, withdrawn: [2] });
});

test('everybody corrects what they wrote, and who leads corrects anything', () => {
  const { send } = setup();
  const correct = (actor: Actor, author: string): unknown =>
    errorOf(send('entry.correct', { seq: 1, reason: 'typo', text: 'x', author }, actor));
  expect(correct(bob, 'bob')).toBe('accepted');
  expect(correct(bob, 'ann')).toBe('forbidden');
  expect(correct(ann, 'bob')).toBe('accepted');
  expect(correct(eve, 'eve')).toBe('forbidden');
});

test('the state does not grow with what is said of evidence and indicators', () => {
  const { send, state } = setup();
  for (let i = 0; i < 200; i += 1) {
    send('indicator.add', { type: 'mutex', value: 'x'.repeat(400), description: 'y'.repeat(2_000) });
    send('evidence.add', { name: 'disk', description: 'z'.repeat(2_000) });
    send('evidence.view', { id: 1, reason: 'w'.repeat(2_000) });
  }
  const { custody, indicators } = state();
  expect(JSON.stringify({ custody, indicators }).length).toBeLessThan(100);
});

import { describe, expect, test } from '@jest/globals';
import { findInstance } from './instances.js';
import { ann, AT, bob, cordon, smallIncident, type SmallIncident } from './testing/small-incident.js';
import { armedTimers, dueAt } from './timers.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

const step = (id: string, more: string) => `      - {task: ${id}, title: {en: T}, role: responder${more}}`;
const due = (from: string) =>
  `, due: {within: PT1H, from: ${from}, remind: [PT10M], escalate: [{after: PT5M, to: responder}]}`;

/** A task that is due from each of the moments, side by side, after a first step. */
const SOURCE = `
cordon: 1
id: timed
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}]
facts: [{id: moment, type: time, title: {en: M}}, {id: over, type: yesno, title: {en: O}}]
phases:
  - id: main
    title: {en: M}
    steps:
${step('first', '')}
      - parallel:
${['aware', 'onset', 'opened', 'ready', '{step: first}', '{fact: moment}']
  .map((from, i) => `          - [${step(`due-${i}`, due(from)).trim().slice(2)}]`)
  .join('\n')}
          - [{wait: pause, title: {en: P}, role: responder, for: PT2H, until: {fact: over, is: yes}}]
  - {id: last, title: {en: L}, steps: [{task: end, title: {en: E}, role: responder}]}
flow: [main, last]
`;

function setup() {
  const t = smallIncident({ awareAt: AT - HOUR, onsetAt: AT - 2 * HOUR, systems: [] }, SOURCE);
  const armed = () =>
    [...armedTimers(t.machines.plan, t.state()).values()].map(({ id, fireAt }) => [id, fireAt - AT] as const);
  const fire = (timer: string, fireAt: number) => t.send(cordon, 'timer.fired', undefined, { timer, fireAt });
  return { ...t, armed, fire };
}

function dueOf(t: SmallIncident, id: string): number | undefined {
  const instance = findInstance(t.machines.plan, t.state(), id);
  const at = instance && dueAt(t.machines.plan, t.state(), instance);
  return at === undefined ? undefined : at - AT;
}

describe('a due time', () => {
  test('counts from the moment the playbook names', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    const dues = [0, 1, 2, 3, 4].map((i) => dueOf(t, `due-${i}`));
    expect(dues).toEqual([0, -HOUR, HOUR, HOUR + 1000, HOUR + 1000]);
  });

  test('is not known while its moment is not, and moves with it', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    expect(dueOf(t, 'due-5')).toBeUndefined();
    t.send(bob, 'fact.set', undefined, { fact: 'moment', value: '2026-03-24T05:00:00Z' });
    expect(dueOf(t, 'due-5')).toBe(4 * HOUR);
    t.send(bob, 'fact.set', undefined, { fact: 'moment', value: 'unknown' });
    expect(dueOf(t, 'due-5')).toBeUndefined();
    t.send(ann, 'fact.set', undefined, {
      fact: 'awareAt',
      value: '2026-03-23T23:00:00Z',
      reason: 'an earlier alert',
    });
    t.send(ann, 'fact.set', undefined, {
      fact: 'onsetAt',
      value: '2026-03-23T22:00:00Z',
      reason: 'the logs',
    });
    expect([dueOf(t, 'due-0'), dueOf(t, 'due-1')]).toEqual([-2 * HOUR, -3 * HOUR]);
  });

  test('that counts from a step is gone while that step is done again', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    t.send(bob, 'step.start', 'due-4');
    t.send(ann, 'step.reopen', 'first', { reason: 'wrong' });
    expect(dueOf(t, 'due-4')).toBeUndefined();
    t.send(bob, 'step.complete', 'first');
    expect(dueOf(t, 'due-4')).toBe(HOUR + 4000);
  });
});

describe('timers', () => {
  test('are armed when the step opens: due, reminder before it, escalation after it', () => {
    const t = setup();
    expect(t.armed()).toEqual([]);
    t.send(bob, 'step.complete', 'first');
    expect(t.armed().filter(([id]) => id.endsWith(':due-2'))).toEqual([
      ['due:due-2', HOUR],
      ['remind:0:due-2', HOUR - 10 * MINUTE],
      ['escalate:0:due-2', HOUR + 5 * MINUTE],
    ]);
    expect(t.armed()).toContainEqual(['wait:pause', 2 * HOUR + 1000]);
  });

  test('whose moment lies in the past fire all the same, and once', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    const fireAt = AT - HOUR - 10 * MINUTE;
    expect(t.armed()).toContainEqual(['remind:0:due-1', fireAt - AT]);
    expect(t.fire('remind:0:due-1', fireAt).effects.map(({ kind, key }) => [kind, key])).toEqual([
      ['reminder', `timer:remind:0:due-1@${fireAt}`],
    ]);
    expect(t.armed().map(([id]) => id)).not.toContain('remind:0:due-1');
    expect(t.refuse(cordon, 'timer.fired', undefined, { timer: 'remind:0:due-1', fireAt })).toMatchObject({
      blockedBy: [{ code: 'timer_gone' }],
    });
  });

  test('do not fire for a moment that was moved meanwhile, and are armed anew for the new one', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    t.fire('due:due-0', AT);
    t.send(ann, 'fact.set', undefined, { fact: 'awareAt', value: '2026-03-24T00:30:00Z', reason: 'r' });
    expect(t.armed()).toContainEqual(['due:due-0', -HOUR / 2]);
    expect(t.refuse(cordon, 'timer.fired', undefined, { timer: 'due:due-0', fireAt: AT }).code).toBe(
      'event_not_accepted',
    );
    expect(t.fire('due:due-0', AT - HOUR / 2).effects).toHaveLength(1);
  });

  test('tell the assignee and the roles; an escalation tells the role it names', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    t.send(ann, 'task.assign', 'due-2', { to: 'bob' });
    expect(t.fire('due:due-2', AT + HOUR).effects[0]).toMatchObject({
      kind: 'overdue',
      payload: { assignee: 'bob', roles: ['responder'], dueAt: AT + HOUR },
    });
    expect(t.fire('escalate:0:due-2', AT + HOUR + 5 * MINUTE).effects[0]).toMatchObject({
      kind: 'escalation',
      payload: { roles: ['responder'] },
    });
  });

  test('stop with the step, and start with it again', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    t.send(bob, 'step.complete', 'due-2');
    expect(t.armed().some(([id]) => id.endsWith(':due-2'))).toBe(false);
    t.send(ann, 'step.reopen', 'due-2', { reason: 'r' });
    expect(t.armed().filter(([id]) => id.endsWith(':due-2'))).toHaveLength(3);
  });

  test('of a wait end it, and the flow goes on', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    t.fire('wait:pause', AT + 2 * HOUR + 1000);
    expect(t.status('pause')).toBe('completed');
    expect(t.armed().map(([id]) => id)).not.toContain('wait:pause');
  });

  test('of a closed incident are gone; reopening a phase arms them again', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    for (const i of [0, 1, 2, 3, 4, 5]) t.send(bob, 'step.complete', `due-${i}`);
    t.send(bob, 'step.complete', 'pause');
    t.send(bob, 'step.complete', 'end');
    t.send(ann, 'incident.close');
    expect(t.armed()).toEqual([]);
    expect(t.refuse(cordon, 'timer.fired', undefined, { timer: 'due:due-2', fireAt: AT + HOUR }).code).toBe(
      'event_not_accepted',
    );
    t.send(ann, 'incident.reopen', undefined, { reason: 'r' });
    t.send(ann, 'phase.reopen', undefined, { phase: 'main', reason: 'r' });
    t.send(bob, 'step.complete', 'first');
    expect(t.armed().filter(([id]) => id.startsWith('due:')).length).toBe(5);
  });
});

describe('a wait with a condition', () => {
  test('ends when the fact says so, and nobody is said to have ended it', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'first');
    t.send(bob, 'fact.set', undefined, { fact: 'over', value: 'yes' });
    expect(t.status('pause')).toBe('completed');
    expect(t.state().steps.pause).not.toHaveProperty('by');
  });

  test('that holds already does not take the answer and the person of the step before it', () => {
    const source = SOURCE.replace(
      step('first', ''),
      `${step('first', '')}
      - {decision: which, title: {en: W}, role: responder, answers: [{id: x, title: {en: X}}, {id: y, title: {en: Y}}]}
      - {wait: ended, title: {en: P}, role: responder, until: {fact: over, is: yes}}
      - {action: tell, title: {en: T}, role: responder, do: notify}`,
    );
    const t = smallIncident({ systems: [], facts: { over: 'yes' } }, source);
    t.send(bob, 'step.complete', 'first');
    t.send(bob, 'step.complete', 'which', { output: { answer: 'x' } });
    expect(t.state().steps.ended).toEqual({ status: 'completed', at: AT + 2000, readyAt: AT + 2000 });
    expect(t.state().steps.tell).toEqual({ status: 'in_progress', at: AT + 2000, readyAt: AT + 2000 });
  });
});

test('a timer that has fired for a moment does not fire for it again when its step is started over', () => {
  const t = setup();
  t.send(bob, 'step.complete', 'first');
  const fireAt = t.state().awareAt + HOUR;
  t.fire('due:due-0', fireAt);
  t.send(bob, 'step.complete', 'due-0');
  t.send(ann, 'step.reopen', 'due-0', { reason: 'x' });
  expect(t.status('due-0')).toBe('ready');
  expect(t.armed().map(([id]) => id)).not.toContain('due:due-0');
  t.send(ann, 'fact.set', undefined, { fact: 'awareAt', value: '2026-03-24T01:30:00Z' });
  expect(t.armed()).toContainEqual(['due:due-0', HOUR / 2]);
});

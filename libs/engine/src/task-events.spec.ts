import { describe, expect, test } from '@jest/globals';
import { changedTaskRows } from './tasks.js';
import { ann, AT, bob, cordon, smallIncident } from './testing/small-incident.js';
import { armedTimers } from './timers.js';
import type { Actor } from './model.js';

const MINUTE = 60_000;
const cat: Actor = { type: 'person', id: 'cat', roles: ['responder'] };

function setup() {
  const t = smallIncident();
  t.send(bob, 'step.complete', 'alert');
  const timers = (part: string) =>
    [...armedTimers(t.machines.plan, t.state()).values()].filter(({ id }) => id.includes(part));
  const row = (step: string) =>
    changedTaskRows(t.machines.plan, undefined, t.state()).find((one) => one.step === step);
  const fire = (id: string) => {
    const timer = timers(id)[0];
    if (!timer) throw new Error(`${id} is not armed`);
    const { fireAt } = timer;
    return t.send(cordon, 'timer.fired', undefined, { timer: timer.id, fireAt }).effects[0];
  };
  return { ...t, timers, row, fire };
}

describe('assigned is not accepted', () => {
  test('an assignment has a clock of its own, which climbs from the assignee to everybody', () => {
    const t = setup();
    t.send(ann, 'task.assign', 'assess', { to: 'bob' });
    expect(t.row('assess')).toMatchObject({ assignee: 'bob', assignedBy: 'ann', accepted: false });
    const [first] = t.timers('accept:');
    const from = (first?.fireAt ?? 0) - 15 * MINUTE;
    const told = [15, 30, 45, 60].map((minutes) => {
      const [armed, ...others] = t.timers('accept:');
      expect([armed?.fireAt, others]).toEqual([from + minutes * MINUTE, []]);
      const effect = t.fire('accept:');
      return [effect?.kind, effect?.payload.tell, effect?.payload.unaccepted];
    });
    expect(told).toEqual([
      ['reminder', 'assignee', true],
      ['escalation', 'role', true],
      ['escalation', 'coordinator', true],
      ['escalation', 'roster', true],
    ]);
    expect(t.timers('accept:')).toEqual([]);
  });

  test('accepting stops it, and so do declining and release; another assignment starts it anew', () => {
    const t = setup();
    t.send(ann, 'task.assign', 'assess', { to: 'bob' });
    t.send(bob, 'task.accept', 'assess');
    expect(t.timers('accept:')).toEqual([]);
    expect(t.row('assess')).toMatchObject({ accepted: true, assignedBy: 'ann' });
    t.send(ann, 'task.assign', 'assess', { to: 'cat' });
    const again = t.timers('accept:')[0]?.fireAt;
    t.send(cat, 'task.decline', 'assess', { reason: 'off shift' });
    expect(t.timers('accept:')).toEqual([]);
    expect(t.row('assess')).not.toHaveProperty('assignedBy');
    t.send(ann, 'task.assign', 'assess', { to: 'bob' });
    expect(t.timers('accept:')[0]?.fireAt).toBeGreaterThan(again ?? Infinity);
    t.send(bob, 'step.start', 'assess');
    expect(t.timers('accept:')).toEqual([]);
  });

  test('whoever has a task may pass it on; whoever has it not may not', () => {
    const t = setup();
    expect(t.refuse(bob, 'task.assign', 'assess', { to: 'cat' })).toMatchObject({
      code: 'forbidden',
      needs: ['administrator', 'coordinator'],
    });
    t.send(bob, 'task.accept', 'assess');
    t.send(bob, 'task.assign', 'assess', { to: 'cat' });
    expect(t.row('assess')).toMatchObject({ assignee: 'cat', assignedBy: 'bob', accepted: false });
    expect(t.refuse(bob, 'task.assign', 'assess', { to: 'dan' })).toMatchObject({ code: 'forbidden' });
  });

  test('somebody who stands in takes the task of whoever is away, and nobody else does', () => {
    const t = setup();
    t.send(ann, 'task.assign', 'assess', { to: 'bob' });
    expect(t.refuse(cat, 'task.accept', 'assess')).toMatchObject({
      blockedBy: [{ code: 'assigned_to_other', by: 'bob' }],
    });
    expect(t.refuse(cat, 'task.accept', 'assess', { actingFor: ['dan'] })).toMatchObject({
      blockedBy: [{ code: 'assigned_to_other' }],
    });
    t.send(cat, 'task.accept', 'assess', { actingFor: ['dan', 'bob'] });
    expect(t.row('assess')).toMatchObject({ assignee: 'cat', accepted: true });
  });
});

describe('planning', () => {
  test('another due time moves the timers, and is kept while the step is worked on', () => {
    const t = setup();
    const before = t.timers('due:assess')[0]?.fireAt;
    const dueAt = AT + 180 * MINUTE;
    t.send(ann, 'task.schedule', 'assess', { dueAt: new Date(dueAt).toISOString(), reason: 'night shift' });
    expect(before).toBe(AT + 60 * MINUTE);
    expect(t.timers('assess').map(({ id, fireAt }) => [id, fireAt])).toEqual([
      ['due:assess', dueAt],
      ['remind:0:assess', dueAt - 15 * MINUTE],
      ['escalate:0:assess', dueAt + 15 * MINUTE],
    ]);
    t.send(bob, 'step.start', 'assess');
    expect(t.row('assess')?.dueAt).toBe(dueAt);
  });

  test('a task without a due time of its own is late by its own ladder, one rung at a time', () => {
    const t = setup();
    t.send(bob, 'step.complete', 'assess', { output: { personal: 'no' } });
    const dueAt = AT + 60 * MINUTE;
    t.send(ann, 'task.schedule', 'a1', { dueAt: new Date(dueAt).toISOString(), reason: 'tonight' });
    expect(t.timers('a1').map(({ id }) => id)).toEqual(['due:a1']);
    expect(t.fire('due:a1')).toMatchObject({ kind: 'overdue', payload: { tell: 'assignee' } });
    const told = [15, 30, 60].map((minutes) => {
      expect(t.timers('late:a1').map(({ fireAt }) => fireAt)).toEqual([dueAt + minutes * MINUTE]);
      return t.fire('late:a1')?.payload.tell;
    });
    expect(told).toEqual(['role', 'coordinator', 'roster']);
    expect(t.timers('a1')).toEqual([]);
  });

  test('only whoever leads plans, and not into the past', () => {
    const t = setup();
    const dueAt = new Date(AT + MINUTE * 99).toISOString();
    expect(t.refuse(bob, 'task.schedule', 'assess', { dueAt, reason: 'r' }).code).toBe('forbidden');
    expect(t.refuse(bob, 'task.prioritise', 'assess', { priority: 'high' }).code).toBe('forbidden');
    const past = new Date(AT - MINUTE).toISOString();
    expect(t.refuse(ann, 'task.schedule', 'assess', { dueAt: past, reason: 'r' })).toMatchObject({
      errors: [{ pointer: '/data/dueAt' }],
    });
  });

  test('a priority is a mark on the task; normal is no mark', () => {
    const t = setup();
    t.send(ann, 'task.prioritise', 'assess', { priority: 'urgent' });
    expect(t.row('assess')).toMatchObject({ priority: 'urgent' });
    t.send(bob, 'step.start', 'assess');
    expect(t.row('assess')).toMatchObject({ priority: 'urgent' });
    t.send(ann, 'task.prioritise', 'assess', { priority: 'normal' });
    expect(t.row('assess')).not.toHaveProperty('priority');
  });
});

test('the time of a notice, which a rule sets, is brought forward and never put off', () => {
  const source = `
cordon: 1
id: told
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}]
facts: []
phases:
  - id: main
    title: {en: M}
    steps:
      - {notice: tell, to: {en: Regulator}, title: {en: T}, role: responder, due: {within: PT72H, from: aware}}
flow: [main]
`;
  const t = smallIncident({ systems: [] }, source);
  const at = (hours: number) => new Date(AT + hours * 60 * MINUTE).toISOString();
  expect(t.refuse(ann, 'task.schedule', 'tell', { dueAt: at(73), reason: 'busy' })).toMatchObject({
    errors: [{ pointer: '/data/dueAt', message: expect.stringContaining('not put off') }],
  });
  t.send(ann, 'task.schedule', 'tell', { dueAt: at(48), reason: 'to be safe' });
  const due = () => armedTimers(t.machines.plan, t.state()).get('due:tell')?.fireAt;
  expect(due()).toBe(AT + 48 * 60 * MINUTE);
  t.send(ann, 'fact.set', undefined, {
    fact: 'awareAt',
    value: new Date(AT - 40 * 60 * MINUTE).toISOString(),
  });
  expect(due()).toBe(AT + 32 * 60 * MINUTE);
});

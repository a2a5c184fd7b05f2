import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '@cordon/kernel';
import { ann, bob, cat, cordon, smallIncident, throughContain } from './testing/small-incident.js';

const MOVES = ['system.isolate', 'system.restore', 'system.verify', 'system.return'] as const;

function brought(to: 'affected' | 'isolated' | 'restored' | 'verified' | 'returned') {
  const t = smallIncident();
  throughContain(t);
  const life = () => t.state().systems.crm?.life;
  const steps: readonly (() => unknown)[] = [
    () => t.send(bob, 'system.isolate', undefined, { system: 'crm' }),
    () => {
      t.send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'rp1' } });
      t.send(bob, 'step.complete', 'clean@crm', { output: { answer: 'clean' } });
      t.send(cat, 'approval.approve', 'approve@crm');
      t.send(bob, 'system.restore', undefined, { system: 'crm', restorePoint: 'rp1' });
    },
    () => t.send(bob, 'system.verify', undefined, { system: 'crm' }),
    () => t.send(bob, 'system.return', undefined, { system: 'crm' }),
  ];
  for (const step of steps) {
    if (life() === to) break;
    step();
  }
  expect(life()).toBe(to);
  return { ...t, life };
}

describe('a system', () => {
  test.each([
    ['affected', 0],
    ['isolated', undefined],
    ['restored', 2],
    ['verified', 3],
    ['returned', undefined],
  ] as const)('that is %s takes only the move that is next', (life, next) => {
    const t = brought(life);
    MOVES.forEach((move, i) => {
      if (i === next) return;
      const refused = t.refuse(
        bob,
        move,
        undefined,
        move === 'system.restore' ? { system: 'crm', restorePoint: 'rp1' } : { system: 'crm' },
      );
      expect(refused.code).toBe('event_not_accepted');
      expect('blockedBy' in refused && refused.blockedBy.length).toBeGreaterThan(0);
    });
    expect(t.life()).toBe(life);
  });

  test('says what is next where a move comes too early, and who did it where it comes twice', () => {
    const t = brought('isolated');
    expect(t.refuse(bob, 'system.verify', undefined, { system: 'crm' })).toMatchObject({
      blockedBy: [{ code: 'step_open', step: 'choose@crm', system: 'crm' }],
    });
    expect(t.refuse(bob, 'system.isolate', undefined, { system: 'crm' })).toMatchObject({
      blockedBy: [{ code: 'step_done', by: 'bob' }],
    });
  });

  test('tells the move it made, from and to', () => {
    const t = brought('restored');
    expect(t.send(bob, 'system.verify', undefined, { system: 'crm' }).system).toEqual({
      id: 'crm',
      from: 'restored',
      to: 'verified',
    });
    expect(t.send(ann, 'step.reopen', 'verify-system@crm', { reason: 'r' }).system).toEqual({
      id: 'crm',
      from: 'verified',
      to: 'restored',
    });
  });

  test('may not be named by what every object answers to', () => {
    const t = smallIncident();
    for (const id of ['constructor', 'toString', '__proto__']) {
      expect(t.refuse(bob, 'system.add', undefined, { id, name: 'X' })).toMatchObject({
        errors: [{ pointer: '/data/id' }],
      });
      expect(t.refuse(bob, 'step.start', `isolate-system@${id}`)).toMatchObject({
        errors: [{ pointer: '/step' }],
      });
    }
  });

  test('of a playbook that moves none does not keep the incident from closing', () => {
    const t = smallIncident(
      {},
      `
cordon: 1
id: bare
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}]
phases: [{id: main, title: {en: M}, steps: [{task: only, title: {en: O}, role: responder}]}]
flow: [main]
`,
    );
    t.send(bob, 'step.complete', 'only');
    t.send(ann, 'incident.close');
    expect(t.state().status).toBe('closed');
  });
});

describe('an event on a step of a system', () => {
  test('may name the system in the step, in its data, or in both', () => {
    for (const [step, data] of [
      ['isolate-system@crm', {}],
      ['isolate-system', { system: 'crm' }],
      ['isolate-system@crm', { system: 'crm' }],
    ] as const) {
      const t = smallIncident();
      throughContain(t);
      t.send(bob, 'step.start', step, data);
      expect(t.status('isolate-system@crm')).toBe('in_progress');
    }
  });

  test.each([
    ['isolate-system', {}, '/step', 'write isolate-system@<system>. the affected systems are crm'],
    ['isolate-system', { system: 'hr' }, '/step', 'there is no affected system "hr"'],
    ['isolate-system@hr', {}, '/step', 'there is no step "isolate-system@hr"'],
    ['isolate-system@crm', { system: 'hr' }, '/data/system', 'the step isolate-system@crm is about crm'],
    ['assess@crm', {}, '/step', 'there is no step "assess@crm"'],
    ['toString', {}, '/step', 'there is no step "toString"'],
  ])('that names %s with %j says what is wrong with it', (step, data, pointer, says) => {
    const t = smallIncident();
    expect(t.refuse(bob, 'step.start', step, data)).toMatchObject({
      code: 'invalid_event',
      errors: [{ pointer, message: expect.stringContaining(says) }],
    });
  });

  test('of the incident ignores a system that is named beside it', () => {
    const t = smallIncident();
    t.send(bob, 'step.complete', 'alert', { system: 'crm' });
    expect(t.status('alert')).toBe('completed');
  });

  test('that moves it may name its step, and no other', () => {
    const t = brought('affected');
    expect(t.refuse(bob, 'system.isolate', 'verify-system', { system: 'crm' })).toMatchObject({
      errors: [{ pointer: '/step', message: 'system.isolate belongs to the step isolate-system' }],
    });
    expect(t.refuse(bob, 'system.isolate', undefined, { system: 'hr' })).toMatchObject({
      errors: [{ pointer: '/data/system' }],
    });
    t.send(bob, 'system.isolate', 'isolate-system@crm', { system: 'crm' });
  });
});

describe('what Cordon itself brings', () => {
  test('is for Cordon alone', () => {
    const t = smallIncident();
    for (const type of [
      'timer.fired',
      'action.succeeded',
      'action.failed',
      'effect.delivered',
      'effect.failed',
    ]) {
      expect(t.refuse(ann, type, 'alert', { key: 'action:alert#0' })).toMatchObject({
        errors: [{ pointer: '/type' }],
      });
    }
  });

  test('about a message that was or was not delivered is history alone', () => {
    const t = smallIncident();
    const before = t.state();
    expect(t.send(cordon, 'effect.failed', 'alert', { key: 'timer:x' })).toMatchObject({ effects: [] });
    expect(t.state()).toBe(before);
  });

  test.each([
    ['a step that is not there', 'nowhere', 'action:nowhere#0'],
    ['another round', 'alert', 'action:alert#7'],
    ['a step that is no action', 'assess', 'action:assess#0'],
  ])('as the verdict on %s changes nothing', (_name, step, key) => {
    const t = smallIncident();
    const before = canonicalJson(t.state());
    expect(t.refuse(cordon, 'action.succeeded', step, { key })).toMatchObject({
      blockedBy: [{ code: 'step_not_open' }],
    });
    expect(canonicalJson(t.state())).toBe(before);
  });

  test('as the verdict on an action that was left behind when the flow went back is kept until it comes by again', () => {
    const LATE = `
cordon: 1
id: late
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}]
phases:
  - id: main
    title: {en: M}
    steps:
      - {task: before, title: {en: B}, role: responder}
      - {action: tell, title: {en: T}, role: responder, do: notify}
      - {task: after, title: {en: A}, role: responder}
flow: [main]
`;
    for (const [verdict, then] of [
      ['action.succeeded', 'after'],
      ['action.failed', 'tell'],
    ] as const) {
      const t = smallIncident({ systems: [] }, LATE);
      t.send(bob, 'step.complete', 'before');
      t.send(ann, 'step.reopen', 'before', { reason: 'r' });
      expect(t.status('tell')).toBe('cannot_start');
      t.send(cordon, verdict, 'tell', { key: 'action:tell#0' });
      expect(t.open()).toEqual(['before']);
      t.send(bob, 'step.complete', 'before');
      expect(t.open()).toEqual([then]);
    }
  });
});

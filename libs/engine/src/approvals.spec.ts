import { describe, expect, test } from '@jest/globals';
import {
  dan,
  cat,
  bob,
  ann,
  cordon,
  smallIncident,
  throughContain,
  AT,
  type SmallIncident,
} from './testing/small-incident.js';
import type { Actor, Effect } from './model.js';

const HEAD = `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}, {id: lawyer, title: {en: L}}]
facts:
  - {id: reach, type: number, title: {en: Reach}}
  - {id: leaked, type: yesno, title: {en: Leaked}}
  - {id: other, type: yesno, title: {en: Other}}
phases:
  - id: main
    title: {en: M}
    steps:
`;
const TASK = (id: string, more = '') => `      - {task: ${id}, title: {en: T}, role: responder${more}}\n`;
const OK = (more = '', role = 'role: approver') =>
  `      - {approval: ok, title: {en: O}, ${role}, covers: [draft], refused: {repeat: draft}${more}}\n`;
const DRAFT = `      - {task: draft, title: {en: T}, role: responder, form: [{id: n, type: number, title: {en: N}, fact: reach}]}\n`;
const SEND = `      - {action: tell, title: {en: T}, role: responder, do: notify}\n`;

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const eve = person('eve', 'lawyer');
const gil = person('gil', 'responder', 'approver');

function incident(steps: string): SmallIncident {
  return smallIncident({ systems: [] }, `${HEAD}${steps}flow: [main]`);
}

/** Drafted by bob with a reach of 10 and approved by cat. */
function approved(steps = `${DRAFT}${OK(', facts: [leaked]')}${TASK('after')}`): SmallIncident {
  const t = incident(steps);
  t.send(bob, 'step.complete', 'draft', { output: { n: 10 } });
  t.send(cat, 'approval.approve', 'ok', { reason: 'as agreed' });
  return t;
}

const setFact = (t: SmallIncident, who: Actor, fact: string, value: number | string) =>
  t.send(who, 'fact.set', undefined, { fact, value });
const reminders = (effects: readonly Effect[]) => effects.filter(({ kind }) => kind === 'reminder');

describe('an approval', () => {
  test('keeps who gave it, when, as what and why, and the digest of what it covers', () => {
    const t = approved();
    expect(t.state().steps.ok).toMatchObject({
      status: 'completed',
      approvedBy: ['cat'],
      approvals: [{ by: 'cat', at: AT + 2000, role: 'approver', reason: 'as agreed' }],
      covered: expect.stringMatching(/^[0-9a-f]{64}$/),
      askedBy: 'bob',
    });
  });

  test('lapses when a fact that a covered step set gets another value, though it was completed and work went on', () => {
    const t = approved();
    t.send(bob, 'step.start', 'after');
    const { effects, lapsed } = setFact(t, bob, 'reach', 5000);
    expect(t.open()).toEqual(['ok']);
    expect(t.state().steps.after).toMatchObject({ status: 'in_progress', parked: true });
    const lapse = { because: [{ kind: 'fact', id: 'reach' }], by: 'bob', approvers: ['cat'] };
    expect(lapsed).toMatchObject({ ok: lapse });
    expect(t.state().lapsed).toMatchObject({ ok: lapse });
    expect(reminders(effects)).toMatchObject([
      {
        step: 'ok',
        payload: { roles: ['approver'], lapsed: { because: lapse.because, approvers: ['cat'], open: true } },
      },
    ]);
    t.send(cat, 'approval.approve', 'ok');
    expect(t.state()).not.toHaveProperty('lapsed');
    expect(t.open()).toEqual(['after']);
    expect(t.status('after')).toBe('in_progress');
  });

  test('lapses when a fact that the playbook names gets another value, and not for any other fact', () => {
    const t = approved();
    setFact(t, ann, 'other', 'yes');
    expect(t.status('ok')).toBe('completed');
    setFact(t, ann, 'leaked', 'yes');
    expect(t.status('ok')).toBe('ready');
  });

  test('does not lapse when a fact is set to the value that it has, or from nothing to unknown', () => {
    const t = approved();
    expect(setFact(t, ann, 'reach', 10)).not.toHaveProperty('lapsed');
    expect(setFact(t, ann, 'leaked', 'unknown')).not.toHaveProperty('lapsed');
    expect(t.status('ok')).toBe('completed');
  });

  test('lapses half-way: of two that are needed, the one given counts no more', () => {
    const t = approved(`${DRAFT}${OK(', count: 2')}${TASK('after')}`);
    setFact(t, bob, 'reach', 11);
    t.send(dan, 'approval.approve', 'ok');
    expect(t.status('ok')).toBe('ready');
    t.send(cat, 'approval.approve', 'ok');
    expect(t.status('ok')).toBe('completed');
  });

  test('lapses when a covered step is opened again, and is asked for when that is done again', () => {
    const t = approved();
    const { lapsed } = t.send(ann, 'step.reopen', 'draft', { reason: 'changed' });
    expect(lapsed).toMatchObject({ ok: { because: [{ kind: 'step', id: 'draft' }], by: 'ann' } });
    expect(t.open()).toEqual(['draft']);
    t.send(bob, 'step.complete', 'draft', { output: { n: 10 } });
    expect(t.open()).toEqual(['ok']);
  });

  test('lapses with the approval that it covers', () => {
    const second =
      '      - {approval: two, title: {en: O}, role: approver, covers: [ok], refused: {repeat: draft}}\n';
    const t = approved(`${DRAFT}${OK()}${second}${TASK('after')}`);
    t.send(dan, 'approval.approve', 'two');
    const { lapsed } = setFact(t, bob, 'reach', 12);
    expect(Object.keys(lapsed ?? {})).toEqual(['ok', 'two']);
    expect(t.open()).toEqual(['ok']);
  });

  test('that lapses in the event that opens an action behind it holds the action back, and it is asked for once', () => {
    const later =
      '      - {task: count, title: {en: T}, role: responder, form: [{id: n, type: number, title: {en: N}, fact: reach}]}\n';
    const t = approved(`${DRAFT}${OK()}${later}${SEND}`);
    const { effects } = t.send(bob, 'step.complete', 'count', { output: { n: 99 } });
    expect(effects.map(({ kind }) => kind)).toEqual(['reminder']);
    expect(t.open()).toEqual(['ok']);
    const given = t.send(cat, 'approval.approve', 'ok');
    expect(given.effects.map(({ key }) => key)).toEqual(['action:tell#0']);
    expect(t.status('tell')).toBe('in_progress');
  });

  test('of a closed incident stands whatever is added to its history', () => {
    const t = approved(`${DRAFT}${OK()}`);
    t.send(ann, 'incident.close');
    t.send(ann, 'note.add', undefined, { text: 'later' });
    expect(t.state().steps.ok?.status).toBe('completed');
    t.send(ann, 'incident.reopen', undefined, { reason: 'again' });
    expect(t.state().steps.ok?.status).toBe('completed');
  });

  test('of a restore point lapses when another is chosen, and the system cannot be restored before it is given again', () => {
    const t = smallIncident();
    throughContain(t);
    t.send(bob, 'system.isolate', undefined, { system: 'crm' });
    t.send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'monday' } });
    t.send(bob, 'step.complete', 'clean@crm', { output: { answer: 'clean' } });
    t.send(cat, 'approval.approve', 'approve@crm');
    t.send(bob, 'step.start', 'restore-system@crm');
    expect(
      t.refuse(bob, 'system.restore', undefined, { system: 'crm', restorePoint: 'sunday' }),
    ).toMatchObject({ blockedBy: [{ code: 'other_restore_point' }] });
    t.send(ann, 'step.reopen', 'choose@crm', { reason: 'monday is infected' });
    expect(t.state().lapsed).toMatchObject({ 'approve@crm': { approvers: ['cat'] } });
    t.send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'sunday' } });
    expect(
      t.refuse(bob, 'system.restore', undefined, { system: 'crm', restorePoint: 'sunday' }),
    ).toMatchObject({
      blockedBy: [{ code: 'step_open', step: 'approve@crm' }],
    });
    t.send(cat, 'approval.approve', 'approve@crm');
    t.send(bob, 'system.restore', undefined, { system: 'crm', restorePoint: 'sunday' });
    expect(t.state().systems.crm).toMatchObject({ life: 'restored', restorePoint: 'sunday' });
  });
});

describe('nobody approves their own', () => {
  test('request: whoever finished the step before it, an administrator included', () => {
    const admin = person('root', 'administrator');
    const t = incident(`${DRAFT}${TASK('check')}${OK()}`);
    t.send(bob, 'step.complete', 'draft');
    t.send(admin, 'step.complete', 'check');
    expect(t.refuse(admin, 'approval.approve', 'ok')).toMatchObject({
      code: 'forbidden',
      blockedBy: [{ code: 'own_request', step: 'ok', by: 'root' }],
    });
    expect(t.refuse(admin, 'approval.refuse', 'ok', { reason: 'r' })).toMatchObject({ code: 'forbidden' });
    t.send(cat, 'approval.approve', 'ok');
  });

  test('fact: whoever changed what was approved', () => {
    const t = approved();
    setFact(t, gil, 'leaked', 'yes');
    expect(t.refuse(gil, 'approval.approve', 'ok')).toMatchObject({
      blockedBy: [{ code: 'own_fact', fact: 'leaked', by: 'gil' }],
    });
    t.send(cat, 'approval.approve', 'ok');
  });

  test('approval: one that follows another asks nobody, so its approver may give the next', () => {
    const second =
      '      - {approval: two, title: {en: O}, role: approver, covers: [draft], refused: {repeat: draft}}\n';
    const t = approved(`${DRAFT}${OK()}${second}`);
    t.send(cat, 'approval.approve', 'two');
    expect(t.status('two')).toBe('completed');
  });
});

describe('one of each role', () => {
  const steps = `${DRAFT}${OK(', oneOfEach: true', 'roles: [approver, lawyer]')}${TASK('after')}`;

  test('takes one person of each, and no second one of the same', () => {
    const t = incident(steps);
    t.send(bob, 'step.complete', 'draft');
    t.send(cat, 'approval.approve', 'ok');
    expect(t.refuse(dan, 'approval.approve', 'ok')).toMatchObject({
      code: 'forbidden',
      needs: ['lawyer'],
      blockedBy: [{ code: 'role_missing', role: 'lawyer' }],
    });
    t.send(eve, 'approval.approve', 'ok');
    expect(t.state().steps.ok?.approvals).toMatchObject([{ role: 'approver' }, { role: 'lawyer' }]);
    expect(t.open()).toEqual(['after']);
  });

  test('lets a coordinator stand in for the role that is missing, and says so', () => {
    const t = incident(steps);
    t.send(bob, 'step.complete', 'draft');
    t.send(cat, 'approval.approve', 'ok');
    t.send(ann, 'approval.approve', 'ok');
    expect(t.state().steps.ok?.approvals?.[1]).toMatchObject({
      by: 'ann',
      role: 'coordinator',
      as: 'lawyer',
    });
  });
});

describe('an approval with a time limit', () => {
  const fire = (t: SmallIncident, fireAt: number) =>
    t.send(cordon, 'timer.fired', undefined, { timer: 'timeout:ok', fireAt });

  test('fails along its own edge when nobody answers, never on', () => {
    const t = incident(`${DRAFT}${OK(', timeout: PT1H, failed: {repeat: draft}')}${TASK('after')}`);
    t.send(bob, 'step.complete', 'draft');
    fire(t, AT + 1000 + 3_600_000);
    expect(t.open()).toEqual(['draft']);
    expect(t.status('after')).toBe('cannot_start');
  });

  test('without such an edge has a problem, tells a coordinator, and can still be given or refused', () => {
    const t = incident(`${DRAFT}${OK(', timeout: PT1H, count: 2')}${TASK('after')}`);
    t.send(bob, 'step.complete', 'draft');
    t.send(cat, 'approval.approve', 'ok');
    const { effects } = fire(t, AT + 1000 + 3_600_000);
    expect(effects).toMatchObject([{ kind: 'escalation', step: 'ok', payload: { roles: ['coordinator'] } }]);
    expect(t.status('ok')).toBe('problem');
    expect(t.status('after')).toBe('cannot_start');
    expect(t.refuse(ann, 'step.complete', 'ok')).toMatchObject({ blockedBy: [{ code: 'other_kind' }] });
    t.send(dan, 'approval.approve', 'ok');
    expect(t.state().steps.ok?.approvedBy).toEqual(['cat', 'dan']);
    expect(t.open()).toEqual(['after']);
  });

  test('in a graph leads where its failure leads, and nowhere that an approval or a refusal does', () => {
    const graph = `      - graph: g
        steps:
          - {task: draft, title: {en: T}, role: responder}
          - {approval: ok, title: {en: O}, role: approver, covers: [draft], timeout: PT1H, after: [draft]}
          - {task: late, title: {en: T}, role: responder, after: [{step: ok, outcome: failed}]}
          - {task: no, title: {en: T}, role: responder, after: [{step: ok, outcome: refused}]}
          - {task: yes-then, title: {en: T}, role: responder, after: [{step: ok, outcome: approved}]}
`;
    const t = incident(graph);
    t.send(bob, 'step.complete', 'draft');
    fire(t, AT + 1000 + 3_600_000);
    expect(t.open()).toEqual(['late']);
    t.send(ann, 'step.reopen', 'ok', { reason: 'again' });
    t.send(cat, 'approval.refuse', 'ok', { reason: 'no' });
    expect(t.open()).toEqual(['no']);
    t.send(ann, 'step.reopen', 'draft', { reason: 'better' });
    t.send(bob, 'step.complete', 'draft');
    expect(t.open()).toEqual(['ok']);
  });
});

import { describe, expect, test } from '@jest/globals';
import {
  ann,
  bob,
  cat,
  dan,
  smallIncident,
  throughContain,
  type SmallIncident,
} from './testing/small-incident.js';
import type { Actor } from './model.js';

const HEAD = `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}]
phases:
  - id: main
    title: {en: M}
    steps:
`;
const TASK = (id: string, more = '') => `      - {task: ${id}, title: {en: T}, role: responder${more}}\n`;
const EACH = `      - each: system
        id: systems
        steps:
${['isolate', 'restore', 'verify', 'return'].map((move) => `          - {task: do-${move}, title: {en: T}, role: responder, move: ${move}}\n`).join('')}`;

const approval = (count: number, covers: string, back: string) =>
  `      - {approval: ok, title: {en: O}, role: approver, count: ${count}, covers: [${covers}], refused: {repeat: ${back}}}\n`;

const both: Actor = { type: 'person', id: 'gil', roles: ['responder', 'approver'] };

function moveAll(t: SmallIncident, who: Actor): void {
  for (const move of ['isolate', 'restore', 'verify', 'return'])
    t.send(who, 'step.complete', `do-${move}@crm`);
}

describe('an approval', () => {
  test('by N people needs N different people', () => {
    const t = smallIncident(
      { systems: [] },
      `${HEAD}${TASK('work')}${approval(3, 'work', 'work')}flow: [main]`,
    );
    t.send(bob, 'step.complete', 'work');
    t.send(cat, 'approval.approve', 'ok');
    expect(t.refuse(cat, 'approval.approve', 'ok')).toMatchObject({
      code: 'forbidden',
      blockedBy: [{ code: 'already_approved', by: 'cat' }],
    });
    t.send(dan, 'approval.approve', 'ok');
    expect(t.status('ok')).toBe('ready');
    t.send(ann, 'approval.approve', 'ok');
    expect(t.status('ok')).toBe('completed');
    expect(t.state().steps.ok?.approvedBy).toEqual(['cat', 'dan', 'ann']);
  });

  test('is not for whoever did the work, whatever their role; nor may they refuse it', () => {
    const t = smallIncident(
      { systems: [] },
      `${HEAD}${TASK('work')}${approval(1, 'work', 'work')}flow: [main]`,
    );
    t.send(both, 'step.complete', 'work');
    for (const type of ['approval.approve', 'approval.refuse']) {
      expect(t.refuse(both, type, 'ok', { reason: 'r' })).toMatchObject({
        code: 'forbidden',
        blockedBy: [{ code: 'own_work', by: 'gil' }],
      });
    }
    t.send(cat, 'approval.approve', 'ok');
  });

  test('of work done per system is not for whoever did it on any system', () => {
    const t = smallIncident(
      {},
      `${HEAD}${EACH}${TASK('report')}${approval(1, 'do-restore, report', 'report')}flow: [main]`,
    );
    moveAll(t, both);
    t.send(bob, 'step.complete', 'report');
    expect(t.refuse(both, 'approval.approve', 'ok')).toMatchObject({
      blockedBy: [{ code: 'own_work', step: 'do-restore' }],
    });
  });

  test('that is refused leads back, and what was approved half-way counts no more', () => {
    const t = smallIncident(
      { systems: [] },
      `${HEAD}${TASK('work')}${approval(2, 'work', 'work')}flow: [main]`,
    );
    t.send(bob, 'step.complete', 'work');
    t.send(cat, 'approval.approve', 'ok');
    t.send(dan, 'approval.refuse', 'ok', { reason: 'not yet' });
    expect(t.open()).toEqual(['work']);
    t.send(bob, 'step.complete', 'work');
    expect(t.state().steps.ok).not.toHaveProperty('approvedBy');
    t.send(cat, 'approval.approve', 'ok');
    expect(t.status('ok')).toBe('ready');
  });

  test('lapses when what it covers is opened again', () => {
    const t = smallIncident(
      { systems: [] },
      `${HEAD}${TASK('work')}${approval(1, 'work', 'work')}${TASK('after')}flow: [main]`,
    );
    t.send(bob, 'step.complete', 'work');
    t.send(cat, 'approval.approve', 'ok');
    t.send(ann, 'step.reopen', 'work', { reason: 'changed' });
    t.send(bob, 'step.complete', 'work');
    expect(t.open()).toEqual(['ok']);
  });

  test('of the whole incident lapses when a step that it covers is opened again on one system', () => {
    const t = smallIncident(
      {},
      `${HEAD}${EACH}${TASK('report')}${approval(1, 'do-restore', 'report')}${TASK('after')}flow: [main]`,
    );
    moveAll(t, bob);
    t.send(bob, 'step.complete', 'report');
    t.send(cat, 'approval.approve', 'ok');
    t.send(ann, 'step.reopen', 'do-restore@crm', { reason: 'changed' });
    expect(t.status('ok')).toBe('cannot_start');
    for (const move of ['restore', 'verify', 'return']) {
      if (t.status(`do-${move}@crm`) !== 'completed') t.send(bob, 'step.complete', `do-${move}@crm`);
    }
    expect(t.open()).toEqual(['ok']);
  });

  test('per system lapses when the step of the incident that it covers is opened again', () => {
    const each = EACH.replace(
      '          - {task: do-verify',
      '          - {approval: ok, title: {en: O}, role: approver, covers: [plan], refused: {repeat: do-restore}}\n          - {task: do-verify',
    );
    const t = smallIncident({}, `${HEAD}${TASK('plan')}${each}flow: [main]`);
    t.send(bob, 'step.complete', 'plan');
    t.send(bob, 'step.complete', 'do-isolate@crm');
    t.send(bob, 'step.complete', 'do-restore@crm');
    t.send(cat, 'approval.approve', 'ok@crm');
    t.send(ann, 'step.reopen', 'plan', { reason: 'changed' });
    t.send(bob, 'step.complete', 'plan');
    expect(t.open()).toEqual(['ok@crm']);
  });

  test('takes no step event, and a task takes no approval', () => {
    const t = smallIncident(
      { systems: [] },
      `${HEAD}${TASK('work')}${approval(1, 'work', 'work')}flow: [main]`,
    );
    expect(t.refuse(ann, 'approval.approve', 'work')).toMatchObject({
      blockedBy: [{ code: 'other_kind', status: 'task' }],
    });
    t.send(bob, 'step.complete', 'work');
    for (const type of ['step.start', 'step.complete']) {
      expect(t.refuse(ann, type, 'ok')).toMatchObject({
        accepted: expect.arrayContaining(['approval.approve']),
        blockedBy: [{ code: 'other_kind' }],
      });
    }
  });
});

describe('a phase that is reopened', () => {
  test('opens the steps of its systems only when the flow comes to them again', () => {
    const t = smallIncident();
    throughContain(t);
    t.send(bob, 'system.isolate', undefined, { system: 'crm' });
    t.send(ann, 'phase.reopen', undefined, { phase: 'contain', reason: 'a second wave' });
    expect(t.open().filter((id) => id.includes('@'))).toEqual([]);
    expect(t.refuse(bob, 'system.isolate', undefined, { system: 'crm' })).toMatchObject({
      blockedBy: [{ code: 'step_open', step: 'alert' }],
    });
    throughContain(t);
    expect(t.open()).toContain('isolate-system@crm');
  });

  test('may be reopened for some systems only', () => {
    const t = smallIncident(
      {
        systems: [
          { id: 'crm', name: 'CRM' },
          { id: 'web', name: 'Web' },
        ],
      },
      `${HEAD}${EACH}  - {id: last, title: {en: L}, steps: [{task: end, title: {en: E}, role: responder}]}\nflow: [main, last]`,
    );
    for (const id of ['crm', 'web'])
      for (const move of ['isolate', 'restore', 'verify', 'return'])
        t.send(bob, 'step.complete', `do-${move}@${id}`);
    expect(
      t.refuse(ann, 'phase.reopen', undefined, { phase: 'main', reason: 'r', systems: ['web', 'hr'] }),
    ).toMatchObject({ errors: [{ pointer: '/data/systems/1' }] });
    t.send(ann, 'phase.reopen', undefined, { phase: 'main', reason: 'r', systems: ['web'] });
    expect(t.open()).toEqual(['do-isolate@web']);
    expect(Object.values(t.state().systems).map((system) => system.life)).toEqual(['returned', 'affected']);
  });
});

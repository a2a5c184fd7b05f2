import { describe, expect, test } from '@jest/globals';
import { parsePlaybook } from './parse.js';
import { planOf } from './plan.js';

const document = (steps: string): string => `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: doer, title: {en: D}}, {id: lawyer, title: {en: L}}]
facts: [{id: reach, type: number, title: {en: R}}, {id: leaked, type: yesno, title: {en: L}}, {id: other, type: yesno, title: {en: O}}]
phases:
  - id: main
    title: {en: M}
    steps:
${steps.replaceAll(/^/gm, '      ')}
flow: [main]
`;

const DRAFT = `- {task: draft, title: {en: D}, role: doer, form: [{id: n, type: number, title: {en: N}, fact: reach}]}`;
const ok = (more: string, role = 'role: doer'): string =>
  `- {approval: ok, title: {en: O}, ${role}, refused: {repeat: draft}, ${more}}`;
const found = (steps: string): string =>
  parsePlaybook(document(steps))
    .findings.map(({ message }) => message)
    .join('\n');

describe('an approval', () => {
  test('may name facts, ask for one of each role, and have a time limit that leads back or on', () => {
    const each = ok('covers: [draft], facts: [leaked], oneOfEach: true', 'roles: [doer, lawyer]');
    expect(found(`${DRAFT}\n${each}`)).toBe('');
    expect(found(`${DRAFT}\n${ok('covers: [draft], timeout: PT1H, failed: {repeat: draft}')}`)).toBe('');
    const late = 'failed: {then: [{task: late, title: {en: L}, role: doer}]}';
    expect(found(`${DRAFT}\n${ok(`covers: [draft], timeout: PT1H, ${late}`)}`)).toBe('');
  });

  test.each([
    [ok('covers: [draft, ok]'), 'ok covers itself'],
    [
      ok('covers: [draft], facts: [nope]'),
      'ok approves the fact "nope", which the playbook does not declare',
    ],
    [ok('covers: [draft], facts: [leaked, leaked]'), 'the fact approved by ok "leaked" is there twice'],
    [
      ok('covers: [draft], oneOfEach: true'),
      'ok asks for one of each role, so it names two different roles or more',
    ],
    [
      ok('covers: [draft], oneOfEach: true, count: 2', 'roles: [doer, lawyer]'),
      'write "count" or "oneOfEach", not both',
    ],
    [
      ok('covers: [draft], failed: {repeat: draft}'),
      'which fails only when its time is up: give it a "timeout"',
    ],
  ])('%s is refused', (approval, says) => {
    expect(found(`${DRAFT}\n${approval}`)).toContain(says);
  });

  test('in a graph leads from a failure only where it has a time limit', () => {
    const graph = (more: string): string => `- graph: g
  steps:
    - {task: draft, title: {en: D}, role: doer}
    - {approval: ok, title: {en: O}, role: doer, covers: [draft], after: [draft]${more}}
    - {task: no, title: {en: N}, role: doer, after: [{step: ok, outcome: refused}]}
    - {task: late, title: {en: N}, role: doer, after: [{step: ok, outcome: failed}]}`;
    expect(found(graph(''))).toContain('late comes after ok failed, and ok is nothing that fails');
    expect(found(graph(', timeout: PT1H'))).toBe('');
  });

  test('is bound to the facts that it names and to those that its steps set, by form or by answer', () => {
    const decide = `- decision: weigh
  title: {en: W}
  role: doer
  answers: [{id: a, title: {en: A}, set: {other: yes}}, {id: b, title: {en: B}}]`;
    const { playbook } = parsePlaybook(
      document(`${DRAFT}\n${decide}\n${ok('covers: [draft, weigh], facts: [leaked]')}`),
    );
    expect(playbook && planOf(playbook).bindings.get('ok')).toEqual({
      steps: ['draft', 'weigh'],
      facts: ['leaked', 'reach', 'other'],
      restorePoint: false,
    });
  });
});

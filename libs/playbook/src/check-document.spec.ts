import { describe, expect, test } from '@jest/globals';
import { parsePlaybook } from './parse.js';
import { playbookOf, task } from './testing/snippets.js';

const GOOD = playbookOf(task('a'));

/** What is wrong, what is replaced by what in a good playbook, and where the finding points. */
const DOCUMENT: readonly (readonly [string, string, string, number, number, string])[] = [
  [
    'a title that lacks a language',
    'title: {en: T}\nsummary',
    'title: {fr: T}\nsummary',
    5,
    8,
    'the playbook has no text in "en"',
  ],
  [
    'a summary that lacks a language',
    'summary: {en: S}',
    'summary: {fr: S}',
    6,
    10,
    'the summary has no text in "en"',
  ],
  ['a role that lacks a language', '{en: Doer}', '{fr: Doer}', 7, 9, 'the role doer has no text in "en"'],
  [
    'a role twice',
    '[{id: doer, title: {en: Doer}}]',
    '[{id: doer, title: {en: D}}, {id: doer, title: {en: D}}]',
    7,
    8,
    'the role "doer" is there twice',
  ],
  [
    'a fact that lacks a language',
    'type: yesno, title: {en: F}',
    'type: yesno, title: {fr: F}',
    9,
    5,
    'the fact personal has no text in "en"',
  ],
  ['a fact twice', 'id: many', 'id: personal', 9, 3, 'the fact "personal" is there twice'],
  [
    'a choice without options',
    'type: number',
    'type: choice',
    10,
    5,
    'the fact many is a choice: give it options',
  ],
  [
    'an option that lacks a language',
    '{en: B}',
    '{fr: B}',
    11,
    5,
    'the option backup of the fact method has no text',
  ],
  [
    'a fact by the name of what every incident knows',
    'id: many',
    'id: awareAt',
    10,
    5,
    '"awareAt" has a meaning of its own',
  ],
  [
    'a fact by the name of what every object answers to',
    'id: many',
    'id: constructor',
    10,
    5,
    '"constructor" has a meaning of its own',
  ],
  [
    'a flow that names no phase',
    'flow: [main]',
    'flow: [main, nope]',
    14,
    7,
    'the flow names "nope", which is not a phase',
  ],
  [
    'a flow that never reaches a phase',
    'phases:\n',
    'phases:\n  - {id: lost, title: {en: L}, steps: [{task: l, title: {en: L}, role: doer}]}\n',
    14,
    7,
    'never reaches the phase "lost"',
  ],
  [
    'a flow that comes by twice',
    'flow: [main]',
    'flow: [main, main]',
    14,
    7,
    'the phase in the flow "main" is there twice',
  ],
  ['a phase that lacks a language', '{en: Main}', '{fr: Main}', 16, 5, 'the phase main has no text in "en"'],
  [
    'a phase summary that lacks a language',
    'title: {en: Main}',
    'title: {en: Main}\n    summary: {fr: X}',
    16,
    5,
    'the summary of main has no text in "en"',
  ],
  [
    'a phase by the name of a parallel of the flow',
    'flow: [main]\nphases:\n  - id: main',
    'flow: [{parallel: [[tracks-1], [other]]}]\nphases:\n  - {id: other, title: {en: O}, steps: [{task: o, title: {en: O}, role: doer}]}\n  - id: tracks-1',
    17,
    5,
    '"tracks-1" is used twice',
  ],
];

describe('the playbook as a whole', () => {
  test('the playbook that the others are made from is good', () => {
    expect(parsePlaybook(GOOD)).toMatchObject({ findings: [], playbook: { id: 'p' } });
  });

  test.each(DOCUMENT)('%s', (_name, from, to, line, column, says) => {
    expect(GOOD).toContain(from);
    const { playbook, findings } = parsePlaybook(GOOD.replace(from, to));
    expect(playbook).toBeUndefined();
    expect(findings).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining(says), line, column }),
    );
  });

  test('more steps than one event can pass', () => {
    const steps = (count: number) => Array.from({ length: count }, (_, i) => task(`t${i}`)).join('\n');
    expect(parsePlaybook(playbookOf(steps(500))).findings).toEqual([]);
    expect(parsePlaybook(playbookOf(steps(501))).findings).toEqual([
      expect.objectContaining({ message: 'a playbook has at most 500 steps; this one has 501' }),
    ]);
  });
});

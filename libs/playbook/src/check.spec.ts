import { describe, expect, test } from '@jest/globals';
import { parsePlaybook } from './parse.js';
import { FIRST_LINE, playbookOf, startingWith, task, textAt } from './testing/snippets.js';

const MOVES = ['isolate', 'restore', 'verify', 'return'].map((move) => task(`do-${move}`, `move: ${move}`));
const eachOf = (steps: readonly string[]) =>
  ['- each: system', '  id: systems', '  steps:', ...steps.map((step) => `    ${step}`)].join('\n');
const decision = (answers: string, more = '') =>
  `- {decision: d, title: {en: D}, role: doer${more}, answers: [${answers}]}`;
const GO = '{id: go, title: {en: G}}';

/** What is wrong, the steps, the line counted from the first step, the text the finding points at, and what it says. */
type Row = readonly [name: string, steps: string, line: number, at: string, says: string];

const STEPS: readonly Row[] = [
  [
    'a title that lacks a language',
    '- {task: a, title: {fr: T}, role: doer}',
    1,
    '{task: a, titl',
    'the title of a has no text in "en"',
  ],
  [
    'a title in another language',
    '- {task: a, title: {en: T, fr: U}, role: doer}',
    1,
    '{task: a, titl',
    'has a text in "fr", which is not among',
  ],
  [
    'instructions that lack a language',
    task('a', 'instructions: {fr: X}'),
    1,
    '{task: a, titl',
    'the instructions of a has no text in "en"',
  ],
  ['a step without a role', '- {task: a, title: {en: T}}', 1, '{task: a, titl', 'a has no role'],
  [
    'a role that is not declared',
    '- {task: a, title: {en: T}, role: pilot}',
    1,
    '{task: a, titl',
    'names the role "pilot"',
  ],
  ['an id used twice', `${task('a')}\n${task('a')}`, 2, '{task: a, titl', '"a" is used twice'],
  ['the id of a phase used for a step', task('main'), 1, '{task: main, t', '"main" is used twice'],
  ['a word of the machine as id', task('gate'), 1, '{task: gate, t', '"gate" is a word of the machine'],
  [
    'what every object answers to as id',
    task('constructor'),
    1,
    '{task: constru',
    '"constructor" is a word of the machine',
  ],
  [
    'a step that takes the name of a branch',
    `${decision(`{id: x, title: {en: X}, then: [{task: t, title: {en: T}, role: doer}]}, ${GO}`)}\n${task('d-if-x')}`,
    2,
    '{task: d-if-x,',
    '"d-if-x" is used twice',
  ],
  [
    'a condition on a fact that is not declared',
    task('a', 'when: {fact: nope, is: yes}'),
    1,
    '{fact: nope, i',
    'reads the fact "nope"',
  ],
  [
    'a nested condition on a fact that is not declared',
    task('a', 'when: {all: [{not: {any: [{fact: nope, known: true}]}}]}'),
    1,
    '{all: [{not: {',
    'reads the fact "nope"',
  ],
  [
    'a condition that compares yes with true',
    task('a', 'when: {fact: personal, is: true}'),
    1,
    '{fact: persona',
    'write yes or no',
  ],
  [
    'a condition that compares with unknown',
    task('a', 'when: {fact: personal, isNot: unknown}'),
    1,
    '{fact: persona',
    'known: false',
  ],
  [
    'a condition that can never hold',
    task('a', 'when: {fact: method, is: pray}'),
    1,
    '{fact: method,',
    'method is one of backup, rebuild',
  ],
  [
    'a number asked of a fact that is none',
    task('a', 'when: {fact: words, atLeast: 3}'),
    1,
    '{fact: words,',
    'compares words with a number, but it is text',
  ],
  [
    'a due time from a step that is not there',
    task('a', 'due: {within: PT1H, from: {step: nope}}'),
    1,
    '{within: PT1H,',
    'counts from "nope", which is not a step',
  ],
  [
    'a due time from a fact that is not there',
    task('a', 'due: {within: PT1H, from: {fact: nope}}'),
    1,
    '{within: PT1H,',
    'counts from the fact "nope"',
  ],
  [
    'a due time from a fact that is no time',
    task('a', 'due: {within: PT1H, from: {fact: many}}'),
    1,
    '{within: PT1H,',
    'which is not a fact of type time',
  ],
  [
    'a due time from a step per system',
    `${eachOf(MOVES)}\n${task('a', 'due: {within: PT1H, from: {step: do-isolate}}')}`,
    8,
    '{within: PT1H,',
    'has one end per system',
  ],
  [
    'an escalation to nobody',
    task('a', 'due: {within: PT1H, from: aware, escalate: [{after: PT1H, to: pilot}]}'),
    1,
    '{within: PT1H,',
    'escalates to the role "pilot"',
  ],
  [
    'two fields of one name',
    task('a', 'form: [{id: f, type: text, title: {en: F}}, {id: f, type: text, title: {en: F}}]'),
    1,
    '[{id: f, type:',
    'field of a "f" is there twice',
  ],
  [
    'a field that lacks a language',
    task('a', 'form: [{id: f, type: text, title: {fr: F}}]'),
    1,
    '{id: f, type:',
    'the field f of a has no text in "en"',
  ],
  [
    'a choice without options',
    task('a', 'form: [{id: f, type: choices, title: {en: F}}]'),
    1,
    '{id: f, type:',
    'is a choice: give it options',
  ],
  [
    'two options of one name',
    task(
      'a',
      'form: [{id: f, type: choice, title: {en: F}, options: [{id: x, title: {en: X}}, {id: x, title: {en: X}}]}]',
    ),
    1,
    '{id: f, type:',
    'option of the field f of a "x" is there twice',
  ],
  [
    'an option that lacks a language',
    task('a', 'form: [{id: f, type: choice, title: {en: F}, options: [{id: x, title: {fr: X}}]}]'),
    1,
    '{id: f, type:',
    'the option x of the field f of a has no text',
  ],
  [
    'a field that sets a fact that is not there',
    task('a', 'form: [{id: f, type: text, title: {en: F}, fact: nope}]'),
    1,
    '{id: f, type:',
    'sets the fact "nope"',
  ],
  [
    'a field of another type than its fact',
    task('a', 'form: [{id: f, type: number, title: {en: F}, fact: personal}]'),
    1,
    '{id: f, type:',
    'is number, but the fact personal is yesno',
  ],
  [
    'an option that its fact does not have',
    task(
      'a',
      'form: [{id: f, type: choice, title: {en: F}, fact: method, options: [{id: pray, title: {en: P}}]}]',
    ),
    1,
    '{id: f, type:',
    'offers "pray", but method is one of',
  ],
  [
    'a field that every object answers to',
    task('a', 'form: [{id: toString, type: text, title: {en: F}}]'),
    1,
    '{id: toString,',
    '"toString" has a meaning of its own',
  ],
  [
    'a decision with a field named answer',
    decision(`${GO}, {id: no, title: {en: N}}`, ', form: [{id: answer, type: text, title: {en: F}}]'),
    1,
    '{id: answer, t',
    'rename the field "answer" of d',
  ],
  [
    'two answers of one name',
    decision(`${GO}, ${GO}`),
    1,
    '{decision: d,',
    'answer of d "go" is there twice',
  ],
  [
    'an answer that lacks a language',
    decision(`${GO}, {id: no, title: {fr: N}}`),
    1,
    '{id: no, title',
    'the answer no of d has no text in "en"',
  ],
  [
    'answers that all go back',
    `${task('a')}\n${decision('{id: x, title: {en: X}, repeat: a}, {id: y, title: {en: Y}, repeat: a}')}`,
    2,
    '{decision: d,',
    'every answer of d goes back',
  ],
  [
    'an answer that goes back to a later step',
    `${decision(`${GO}, {id: no, title: {en: N}, repeat: b}`)}\n${task('b')}`,
    1,
    '{id: no, title',
    'goes back to "b", which is not an earlier step',
  ],
  [
    'an answer that goes back to a step of another sequence',
    `- parallel: [[{task: a, title: {en: T}, role: doer}], [{task: b, title: {en: T}, role: doer}]]\n${decision(`${GO}, {id: no, title: {en: N}, repeat: a}`)}`,
    2,
    '{id: no, title',
    'goes back to "a"',
  ],
  [
    'an answer that goes back to a parallel',
    `- {id: par, parallel: [[{task: a, title: {en: T}, role: doer}], [{task: b, title: {en: T}, role: doer}]]}\n${decision(`${GO}, {id: no, title: {en: N}, repeat: par}`)}`,
    2,
    '{id: no, title',
    'goes back to "par"',
  ],
  [
    'an answer that goes back over steps per system',
    `${task('a')}\n${eachOf(MOVES)}\n${decision(`${GO}, {id: no, title: {en: N}, repeat: a}`)}`,
    9,
    '{id: no, title',
    'goes back over "systems"',
  ],
  [
    'an answer that sets a fact that is not there',
    decision(`${GO}, {id: no, title: {en: N}, set: {nope: yes}}`),
    1,
    '{id: no, title',
    'the answer no of d sets the fact "nope"',
  ],
  [
    'an answer that sets a value that does not fit',
    decision(`${GO}, {id: no, title: {en: N}, set: {personal: maybe}}`),
    1,
    '{id: no, title',
    'personal is yes, no or unknown',
  ],
  [
    'an approval that goes back to a later step',
    `- {approval: ok, title: {en: O}, role: doer, covers: [b], refused: {repeat: b}}\n${task('b')}`,
    1,
    '{repeat: b}}',
    'a refusal of ok goes back to "b"',
  ],
  [
    'an approval that covers nothing there is',
    `${task('a')}\n- {approval: ok, title: {en: O}, role: doer, covers: [nope], refused: {repeat: a}}`,
    2,
    '[nope], refuse',
    'covers "nope", which is not a step',
  ],
  [
    'a wait for nothing',
    '- {wait: w, title: {en: W}, role: doer}',
    1,
    '{wait: w, titl',
    'w waits for nothing',
  ],
  [
    'a wait for a fact that is not there',
    '- {wait: w, title: {en: W}, role: doer, until: {fact: nope, is: 1}}',
    1,
    '{fact: nope, i',
    'reads the fact "nope"',
  ],
  [
    'a recipient that lacks a language',
    '- {notice: n, to: {fr: X}, title: {en: T}, role: doer}',
    1,
    '{notice: n, to',
    'the recipient of n has no text in "en"',
  ],
  ['a move outside "each"', task('a', 'move: isolate'), 1, '{task: a, titl', 'belongs inside "each: system"'],
  [
    'a move that may be skipped',
    eachOf([task('do-isolate', 'move: isolate, optional: true'), ...MOVES.slice(1)]),
    4,
    '{task: do-isol',
    'neither "optional" nor "when"',
  ],
  [
    'a move that may not apply',
    eachOf([task('do-isolate', 'move: isolate, when: {fact: personal, is: yes}'), ...MOVES.slice(1)]),
    4,
    '{task: do-isol',
    'neither "optional" nor "when"',
  ],
  [
    'a move that is a decision',
    eachOf([
      ...MOVES.slice(0, 3),
      `- {decision: d, title: {en: D}, role: doer, move: return, answers: [${GO}, {id: no, title: {en: N}}]}`,
    ]),
    7,
    '{decision: d,',
    'd moves a system, so it is a task',
  ],
  [
    'steps per system that depend on an answer',
    decision(
      `${GO}, {id: x, title: {en: X}, then: [{each: system, id: e, steps: [{task: t, title: {en: T}, role: doer}]}]}`,
    ),
    1,
    '{each: system,',
    '"e" repeats for every system, so it cannot depend',
  ],
  [
    'moves out of order',
    eachOf([MOVES[1] ?? '', MOVES[0] ?? '', ...MOVES.slice(2)]),
    -2,
    '- id: main',
    'are moved by restore, isolate, verify, return',
  ],
  [
    'a move that is missing',
    eachOf(MOVES.slice(0, 2)),
    -2,
    '- id: main',
    'are moved by isolate, restore: write each of',
  ],
];

describe('a step', () => {
  test.each(STEPS)('%s', (_name, steps, line, at, says) => {
    const { playbook, findings } = parsePlaybook(playbookOf(steps));
    expect(playbook).toBeUndefined();
    const found = findings.find(({ message }) => message.includes(says));
    expect([found?.severity, found?.line]).toEqual(['error', FIRST_LINE - 1 + line]);
    expect(textAt(playbookOf(steps), found)).toMatch(startingWith(at));
  });
});

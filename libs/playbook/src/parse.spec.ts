import { describe, expect, test } from '@jest/globals';
import { MAX_PLAYBOOK_CHARS, parsePlaybook } from './parse.js';
import { FIRST_LINE, playbookOf, startingWith, task, textAt } from './testing/snippets.js';

const GOOD = playbookOf(task('a'));

/** What is wrong, the steps, the line counted from the first step, the text the finding points at, what it says, its path. */
type Row = readonly [name: string, steps: string, line: number, at: string, says: string, path: string];

const STEP = '/phases/0/steps/0';

const ROWS: readonly Row[] = [
  [
    'a block of no kind',
    '- {title: {en: T}}',
    1,
    '{title: {en: T',
    'write exactly one of task, notice, decision',
    STEP,
  ],
  [
    'a block of two kinds',
    '- {task: a, wait: b, title: {en: T}, role: doer}',
    1,
    '{task: a, wait',
    'write exactly one of',
    STEP,
  ],
  ['a block that is a text', '- assess', 1, 'assess', 'write exactly one of', STEP],
  [
    'a kind that nobody knows',
    '- {playbook-action: a, title: {en: T}}',
    1,
    '{playbook-acti',
    'write exactly one of',
    STEP,
  ],
  ['a key that nobody knows', task('a', 'prio: high'), 1, '{task: a, titl', 'Unrecognized key: "prio"', STEP],
  ['a step without a title', '- {task: a, role: doer}', 1, '{task: a, role', 'expected', `${STEP}/title`],
  [
    'a title that is no text by language',
    '- {task: a, title: T, role: doer}',
    1,
    'T, role: doer}',
    'expected record',
    `${STEP}/title`,
  ],
  [
    'an empty text',
    '- {task: a, title: {en: ""}, role: doer}',
    1,
    '""}, role: doe',
    'Too small',
    `${STEP}/title/en`,
  ],
  ['an id with capitals', task('Assess'), 1, 'Assess, title:', 'use lower-case letters', `${STEP}/task`],
  ['an id that is a number', task('7'), 1, '7, title: {en:', 'expected string', `${STEP}/task`],
  [
    'role and roles',
    task('a', 'roles: [doer]'),
    1,
    '{task: a, titl',
    'write "role" or "roles", not both',
    STEP,
  ],
  ['optional that is a word', task('a', 'optional: yes'), 1, 'yes}', 'expected boolean', `${STEP}/optional`],
  [
    'a condition of no kind',
    task('a', 'when: {fact: personal}'),
    1,
    '{fact: persona',
    'a condition is {fact, is}',
    `${STEP}/when`,
  ],
  ['a condition with an empty list', task('a', 'when: {all: []}'), 1, '[]', 'Too small', `${STEP}/when/all`],
  [
    'a duration in words',
    task('a', 'due: {within: 1 hour, from: aware}'),
    1,
    '1 hour, from:',
    '"1 hour" is not an ISO 8601 duration',
    `${STEP}/due/within`,
  ],
  [
    'a duration that outlives everybody',
    task('a', 'due: {within: P9999999W, from: aware}'),
    1,
    'P9999999W, fro',
    'of at most 100 years',
    `${STEP}/due/within`,
  ],
  [
    'a due time from nowhere',
    task('a', 'due: {within: PT1H, from: noon}'),
    1,
    'noon}}',
    'count from aware, onset',
    `${STEP}/due/from`,
  ],
  [
    'a due time from nothing',
    task('a', 'due: {within: PT1H}'),
    1,
    '{within: PT1H}',
    'count from aware',
    `${STEP}/due/from`,
  ],
  ['a move that there is not', task('a', 'move: eject'), 1, 'eject}', 'Invalid option', `${STEP}/move`],
  [
    'a form that is too long',
    task(
      'a',
      `form: [${Array.from({ length: 41 }, (_, i) => `{id: f${i}, type: text, title: {en: F}}`).join(', ')}]`,
    ),
    1,
    '[{id: f0, type',
    'Too big',
    `${STEP}/form`,
  ],
  [
    'a field of no type',
    task('a', 'form: [{id: f, type: colour, title: {en: F}}]'),
    1,
    'colour, title:',
    'Invalid option',
    `${STEP}/form/0/type`,
  ],
  [
    'a field whose id has a space',
    task('a', 'form: [{id: a b, type: text, title: {en: F}}]'),
    1,
    'a b, type: tex',
    'use letters, digits and hyphens',
    `${STEP}/form/0/id`,
  ],
  [
    'a fact that is not camelCase',
    task('a', 'form: [{id: f, type: text, title: {en: F}, fact: a-b}]'),
    1,
    'a-b}]}',
    'use a camelCase word',
    `${STEP}/form/0/fact`,
  ],
  [
    'a decision with one answer',
    '- {decision: d, title: {en: D}, role: doer, answers: [{id: x, title: {en: X}}]}',
    1,
    '[{id: x, title',
    'Too small',
    `${STEP}/answers`,
  ],
  [
    'an answer with then and repeat',
    `- {decision: d, title: {en: D}, role: doer, answers: [{id: x, title: {en: X}}, {id: y, title: {en: Y}, repeat: d, then: [{task: t, title: {en: T}, role: doer}]}]}`,
    1,
    '{id: y, title:',
    'write "then" or "repeat", not both',
    `${STEP}/answers/1`,
  ],
  [
    'a step inside an answer that is wrong',
    `- {decision: d, title: {en: D}, role: doer, answers: [{id: x, title: {en: X}}, {id: y, title: {en: Y}, then: [{task: t, role: doer}]}]}`,
    1,
    '{task: t, role',
    'expected',
    `${STEP}/answers/1/then/0/title`,
  ],
  [
    'an approval that covers nothing',
    '- {approval: ok, title: {en: O}, role: doer, covers: [], refused: {repeat: a}}',
    1,
    '[], refused: {',
    'Too small',
    `${STEP}/covers`,
  ],
  [
    'an approval whose way back leads nowhere',
    '- {approval: ok, title: {en: O}, role: doer, covers: [a], refused: {}}',
    1,
    '{}}',
    'expected string',
    `${STEP}/refused/repeat`,
  ],
  [
    'an approval by nobody',
    '- {approval: ok, title: {en: O}, role: doer, count: 0, covers: [a], refused: {repeat: a}}',
    1,
    '0, covers: [a]',
    'Too small',
    `${STEP}/count`,
  ],
  [
    'a parallel of one branch',
    '- parallel: [[{task: a, title: {en: T}, role: doer}]]',
    1,
    '[[{task: a, ti',
    'Too small',
    `${STEP}/parallel`,
  ],
  [
    'a parallel with an empty branch',
    '- parallel: [[{task: a, title: {en: T}, role: doer}], []]',
    1,
    '[]]',
    'Too small',
    `${STEP}/parallel/1`,
  ],
  [
    'each of something else',
    '- {each: person, id: e, steps: [{task: a, title: {en: T}, role: doer}]}',
    1,
    'person, id: e,',
    'repeated for each "system"',
    `${STEP}/each`,
  ],
  [
    'a parallel inside each',
    '- {each: system, id: e, steps: [{parallel: [[{task: a, title: {en: T}, role: doer}], [{task: b, title: {en: T}, role: doer}]]}]}',
    1,
    '{parallel:',
    'write steps only here',
    `${STEP}/steps/0`,
  ],
  [
    'then inside each',
    '- {each: system, id: e, steps: [{decision: d, title: {en: D}, role: doer, answers: [{id: x, title: {en: X}}, {id: y, title: {en: Y}, then: [{task: t, title: {en: T}, role: doer}]}]}]}',
    1,
    '{decision: d',
    'write steps only here',
    `${STEP}/steps/0`,
  ],
  [
    'half a character',
    '- {task: a, title: {en: "\\uD83D"}, role: doer}',
    1,
    '"\\uD83D"}, rol',
    'a lone surrogate',
    `${STEP}/title/en`,
  ],
  [
    'U+0000',
    '- {task: a, title: {en: "a\\0b"}, role: doer}',
    1,
    '"a\\0b"}, role:',
    'U+0000',
    `${STEP}/title/en`,
  ],
  [
    'a member named __proto__',
    task('a', 'instructions: {en: X, __proto__: {en: Y}}'),
    1,
    '{en: Y}}}',
    'there is no "__proto__"',
    `${STEP}/instructions/__proto__`,
  ],
];

describe('a step that has the wrong shape', () => {
  test.each(ROWS)('%s', (_name, steps, line, at, says, path) => {
    const { playbook, findings } = parsePlaybook(playbookOf(steps));
    expect(playbook).toBeUndefined();
    const found = findings.find(({ message }) => message.includes(says));
    expect([found?.severity, found?.line, found?.path]).toEqual(['error', FIRST_LINE - 1 + line, path]);
    expect(textAt(playbookOf(steps), found)).toMatch(startingWith(at));
  });
});

const DOCUMENT: readonly (readonly [string, string, string, number, number, string])[] = [
  ['another language version', 'cordon: 1', 'cordon: 2', 1, 9, 'start with "cordon: 1"'],
  ['a version that is a number', 'version: 1.0.0', 'version: 1.0', 3, 10, 'expected string'],
  ['a version of two numbers', 'version: 1.0.0', 'version: "1.0"', 3, 10, 'use three numbers such as 1.0.0'],
  ['no language', 'languages: [en]', 'languages: []', 4, 12, 'Too small'],
  ['a language that is none', 'languages: [en]', 'languages: [english!]', 4, 13, 'Invalid string'],
  ['a key that nobody knows', 'id: p', 'id: p\nowner: me', 1, 1, 'Unrecognized key: "owner"'],
  ['a fact of no type', 'type: yesno', 'type: boolean', 9, 26, 'Invalid option'],
  ['a flow that is empty', 'flow: [main]', 'flow: []', 14, 7, 'Too small'],
  ['a flow with one track', 'flow: [main]', 'flow: [{parallel: [[main]]}]', 14, 19, 'Too small'],
  [
    'a phase without steps',
    '    steps:\n      - {task: a, title: {en: T}, role: doer}\n',
    '    steps: []\n',
    18,
    12,
    'Too small',
  ],
];

describe('a document that has the wrong shape', () => {
  test.each(DOCUMENT)('%s', (_name, from, to, line, column, says) => {
    expect(GOOD).toContain(from);
    const { findings } = parsePlaybook(GOOD.replace(from, to));
    expect(findings).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining(says), line, column }),
    );
  });
});

describe('YAML', () => {
  test.each([
    ['a tab for indentation', `${GOOD}\n\tmore: 1`, 'Tabs are not allowed'],
    [
      'a key twice',
      GOOD.replace('version: 1.0.0', 'version: 1.0.0\nversion: 2.0.0'),
      'Map keys must be unique',
    ],
    ['two documents in one', `${GOOD}---\n${GOOD}`, 'Source contains multiple documents'],
    ['an alias to nothing', GOOD.replace('summary: {en: S}', 'summary: *title'), 'Unresolved alias'],
    ['an alias to itself', GOOD.replace('summary: {en: S}', 'summary: &s {en: *s}'), ''],
    ['a tag of a program', GOOD.replace('{en: S}', '{en: !!js/function "x"}'), 'Unresolved tag'],
    ['a quote that does not end', GOOD.replace('{en: S}', '{en: "S}'), 'Missing closing "quote'],
    ['a list', '- a\n- b', 'expected object'],
    ['a word', 'playbook', 'expected object'],
    ['nothing', '', 'expected object'],
    ['nothing but a comment', '# soon', 'expected object'],
    ['a merge key', GOOD.replace('id: p\n', 'id: p\n<<: {version: 2.0.0}\n'), 'Unrecognized key: "<<"'],
    [
      'the merge key of YAML 1.1',
      `%YAML 1.1\n---\n${GOOD.replace('id: p\n', 'id: p\n<<: {owner: x}\n')}`,
      'Unrecognized key: "<<"',
    ],
    [
      'infinity',
      GOOD.replace(
        'steps:\n',
        'steps:\n      - {action: x, title: {en: X}, role: doer, do: notify, with: {n: .inf}}\n',
      ),
      'Invalid input',
    ],
  ])('%s is refused', (_name, text, says) => {
    const { playbook, findings } = parsePlaybook(text);
    expect(playbook).toBeUndefined();
    expect(findings[0]?.message).toContain(says);
    expect(findings[0]?.line).toBeGreaterThan(0);
  });

  test('yes, no and on are words, whatever version of YAML the text says it is', () => {
    const text = GOOD.replace('{en: S}', '{en: yes}')
      .replace('{en: T}\n', '{en: no}\n')
      .replace('{en: Main}', '{en: on}');
    for (const written of [text, `%YAML 1.1\n---\n${text}`]) {
      const { playbook } = parsePlaybook(written);
      expect([playbook?.summary.en, playbook?.title.en, playbook?.phases[0]?.title.en]).toEqual([
        'yes',
        'no',
        'on',
      ]);
    }
  });

  test('an alias may save writing a text twice', () => {
    const { playbook } = parsePlaybook(GOOD.replace('{en: T}\n', '&t {en: Both}\n').replace('{en: S}', '*t'));
    expect(playbook?.summary).toEqual({ en: 'Both' });
  });

  test('aliases that multiply are refused before they fill the memory', () => {
    const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const bomb = names.map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${'abcdefgh'[i] ?? ''}`)
          .join(',')}]`,
    );
    const { findings } = parsePlaybook(['a: &a [x,x,x,x,x,x,x,x,x]', ...bomb].join('\n'));
    expect(findings[0]?.message).toMatch(/alias/i);
  });

  test('a text over the limit is refused unread', () => {
    const { findings } = parsePlaybook(`${GOOD}#${'x'.repeat(MAX_PLAYBOOK_CHARS)}`);
    expect(findings).toEqual([
      expect.objectContaining({ message: 'a playbook has at most 1000000 characters' }),
    ]);
    expect(parsePlaybook(`${GOOD}#${'x'.repeat(MAX_PLAYBOOK_CHARS - GOOD.length - 1)}`).findings).toEqual([]);
  });

  test.each([
    ['lists in one line', '['.repeat(50_000)],
    ['lists that end', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['maps, one per line', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['lists by their dashes', `${'- '.repeat(50_000)}x`],
    ['keys of keys', `${'? '.repeat(50_000)}x`],
  ])('bottomless nesting is a finding and not the end of the process: %s', (_name, text) => {
    expect(parsePlaybook(text).findings).toEqual([
      expect.objectContaining({ message: 'a playbook is nested at most 64 levels deep' }),
    ]);
  });

  test('nesting by aliases is limited as well', () => {
    const level = (name: string, inner: string) =>
      `${name}: &${name} ${'['.repeat(30)}${inner}${']'.repeat(30)}`;
    const { findings } = parsePlaybook([level('a', 'x'), level('b', '*a'), level('c', '*b')].join('\n'));
    expect(findings[0]?.message).toBe('a playbook is nested at most 64 levels deep');
  });

  test('the finding points at the line where it becomes too deep', () => {
    const { findings } = parsePlaybook(`a: 1\nb: ${'['.repeat(70)}`);
    expect(findings[0]).toMatchObject({ line: 2 });
  });
});

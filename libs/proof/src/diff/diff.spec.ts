import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlaybook, type Playbook } from '@cordon/playbook';
import { randomPlaybook } from '../../../../test/support/random-playbook.js';
import { diffPlaybooks } from './diff.js';
import { BASE, playbookOf } from './testing/versions.js';

/** The language refuses a few of them, such as loops that answer themselves for ever. */
const checkedPlaybook = randomPlaybook.filter((source) => parsePlaybook(source).playbook !== undefined);

const base = playbookOf(BASE);

/** The changes after this replacement in the text of the playbook. */
function changes(from: string | RegExp, to: string) {
  const text = BASE.replace(from, to);
  expect(text).not.toBe(BASE);
  return diffPlaybooks(base, playbookOf(text));
}

test('a playbook is the same as itself', () => {
  expect(diffPlaybooks(base, playbookOf(BASE))).toEqual([]);
});

describe('a change of procedure', () => {
  test.each<[string, string | RegExp, string, string, RegExp]>([
    [
      'a due time',
      'within: PT1H',
      'within: PT2H30M',
      'step.due',
      /^The due time of the step look changes from PT1H from aware.* to PT2H30M from aware/,
    ],
    ['a reminder', 'remind: [PT10M]', 'remind: [PT20M]', 'step.due', /reminders PT20M before/],
    ['a role', 'role: lead}', 'role: hand}', 'step.roles', /changes from lead to hand/],
    [
      'a condition',
      'when: {fact: crime, is: yes}',
      'when: {fact: crime, isNot: no}',
      'step.when',
      /condition of the step police/,
    ],
    ['a condition that goes', ', when: {fact: crime, is: yes}', '', 'step.when', /has no condition any more/],
    ['leave to skip', 'optional: true, ', '', 'step.mandatory', /from optional to mandatory/],
    ['evidence', 'evidence: {min: 1}', 'evidence: {min: 2}', 'step.evidence', /number of items of evidence/],
    ['a mark to stay done', 'keep: true, ', '', 'step.keep', /has no mark to stay done any more/],
    ['a time limit', 'timeout: PT4H', 'timeout: PT5H', 'step.timeout', /from PT4H to PT5H/],
    [
      'the way after a failure',
      'failed: {repeat: look, max: 3}',
      'failed: {repeat: look, max: 4}',
      'step.failed',
      /way on after a failure/,
    ],
    ['a duty discharged', ', duty: told', '', 'step.duty', /duty that it discharges/],
    [
      'a kind',
      '{task: log,',
      '{notice: log, to: {en: X, zh-Hant: 甲},',
      'step.kind',
      /kind of the step log changes from "task" to "notice"/,
    ],
    ['a wait', 'for: PT24H', 'for: PT12H', 'step.for', /from P1D to PT12H/],
    ['how many approve', 'count: 2', 'count: 1', 'step.count', /number of approvals/],
    [
      'the way after a refusal',
      'refused: {repeat: check}',
      'refused: {repeat: look}',
      'step.refused',
      /way back after a refusal/,
    ],
    ['what is sent', 'text: {en: Come,', 'text: {en: Run,', 'step.input', /input of the action/],
    [
      'a need for an answer',
      'type: text, required: true',
      'type: text',
      'field.required',
      /the field look\/seen changes from required to optional/,
    ],
    [
      'the type of a field',
      'id: seen, type: text',
      'id: seen, type: longtext',
      'field.type',
      /"text" to "longtext"/,
    ],
    ['the fact that a field sets', ', fact: crime}', '}', 'field.fact', /no fact that it sets any more/],
    [
      'where an answer leads',
      'repeat: look, max: 2',
      'repeat: check, max: 2',
      'answer.leads',
      /from back to look to back to check/,
    ],
    [
      'the limit of an answer',
      'repeat: look, max: 2',
      'repeat: look, max: 5',
      'answer.max',
      /limit of repetitions/,
    ],
    ['what an answer sets', 'set: {crime: yes}', 'set: {crime: no}', 'answer.set', /facts that it sets/],
    [
      'options',
      '{id: b, title: {en: B, zh-Hant: 乙}}]',
      '{id: b, title: {en: B, zh-Hant: 乙}}, {id: c, title: {en: C, zh-Hant: 丙}}]',
      'fact.options',
      /options of the fact way changes from a, b to a, b, c/,
    ],
    [
      'the condition of a duty',
      'title: {en: Told, zh-Hant: 通知}, when: {fact: crime, is: yes}',
      'title: {en: Told, zh-Hant: 通知}',
      'duty.when',
      /the duty told has no condition|The duty told has no condition/,
    ],
    [
      'a condition of closing',
      'when: {fact: way, known: true}',
      'when: {fact: way, is: a}',
      'closure.when',
      /closing condition decided/,
    ],
    ['what a property needs', 'needs: [look]', 'needs: [check]', 'property.needs', /from look to check/],
    [
      'the flow',
      'flow: [main, review]',
      'flow:\n  - parallel: [[main], [review]]',
      'playbook.flow',
      /from main → review to \(main ∥ review\)/,
    ],
    ['working hours', "from: '09:00'", "from: '08:00'", 'playbook.working-hours', /working hours/],
    [
      'what comes before in a graph',
      'after: [{step: ga, outcome: failed}]',
      'after: [ga]',
      'step.after',
      /comes after ga done .*no longer after ga failed/,
    ],
  ])('%s', (_name, from, to, kind, text) => {
    const found = changes(from, to);
    expect(found.map((change) => change.kind)).toContain(kind);
    const change = found.find((one) => one.kind === kind);
    expect(change?.text).toMatch(text);
    expect(change?.weight).toBe('procedure');
  });

  test('of a step says where it stands', () => {
    expect(changes('within: PT1H', 'within: PT2H')).toEqual([
      {
        ...{ kind: 'step.due', where: 'main', id: 'look', weight: 'procedure' },
        before: { escalate: [], from: 'aware', remindMs: [600_000], withinMs: 3_600_000 },
        after: { escalate: [], from: 'aware', remindMs: [600_000], withinMs: 7_200_000 },
        text: 'The due time of the step look changes from PT1H from aware; reminders PT10M before to PT2H from aware; reminders PT10M before.',
      },
    ]);
  });
});

describe('a change of words', () => {
  test.each<[string, string, string, string]>([
    ['a title in one language', 'zh-Hant: 看一看', 'zh-Hant: 細看', 'step.title'],
    ['instructions', 'en: Look twice', 'en: Look three times', 'step.instructions'],
    ['an option of a fact', 'title: {en: A, zh-Hant: 甲}', 'title: {en: Alpha, zh-Hant: 甲}', 'fact.options'],
    ['a version', 'version: 1.0.0', 'version: 1.0.1', 'playbook.version'],
    ['a recipient', 'to: {en: Police,', 'to: {en: The police,', 'step.to'],
    ['the name of a group', 'title: {en: Both,', 'title: {en: The two,', 'block.title'],
  ])('%s', (_name, from, to, kind) => {
    expect(changes(from, to).map((change) => [change.kind, change.weight])).toEqual([[kind, 'wording']]);
  });
});

describe('what comes, goes and moves', () => {
  const kinds = (from: string | RegExp, to: string): readonly string[] =>
    changes(from, to).map(({ kind, id }) => `${kind} ${id}`);
  const LOG = / {6}- \{task: log,.*\n/;

  test('a step that goes takes its fields with it', () => {
    expect(kinds(LOG, '')).toEqual(['step.removed log']);
  });

  test('a step under another id is one removed and one added', () => {
    expect(kinds('{task: log,', '{task: diary,')).toEqual(['step.added diary', 'step.removed log']);
  });

  test('a step that stands elsewhere in its sequence has moved, and no other', () => {
    const line = LOG.exec(BASE)?.[0] ?? '';
    expect(line).not.toBe('');
    const after = BASE.replace(LOG, '').replace('      - task: look\n', `${line}      - task: look\n`);
    expect(
      diffPlaybooks(base, playbookOf(after)).map(({ kind, id, text }) => `${kind} ${id} ${text}`),
    ).toEqual([
      'step.order log The step log comes first in the phase main, and no longer after the block pair.',
    ]);
  });

  test('a step that goes into a branch has moved', () => {
    const line = LOG.exec(BASE)?.[0].trim().slice(2) ?? '';
    const text = BASE.replace(LOG, '').replace(
      '          - - {task: left',
      `          - - ${line}\n            - {task: left`,
    );
    expect(diffPlaybooks(base, playbookOf(text)).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'step.moved log',
    ]);
  });

  test('the order of the branches of a parallel means nothing, and a further branch is no move of the others', () => {
    expect(
      kinds(
        '          - - {task: left',
        '          - - {task: new, title: {en: N, zh-Hant: 新}, role: hand}\n          - - {task: left',
      ),
    ).toEqual(['step.added new']);
  });

  test('an answer, a field, a role, a fact, a duty, a property', () => {
    expect(kinds('          - {id: fine, title: {en: Fine, zh-Hant: 好}}\n', '')).toEqual([
      'answer.removed check/fine',
    ]);
    expect(kinds('form: [{id: note, type: text, title: {en: N, zh-Hant: 記}}]', 'form: []')).toEqual([
      'field.removed log/note',
    ]);
    expect(kinds('roles:\n', 'roles:\n  - {id: third, title: {en: T, zh-Hant: 三}}\n')).toEqual([
      'role.added third',
    ]);
    expect(kinds('facts:\n', 'facts:\n  - {id: more, type: number, title: {en: M, zh-Hant: 多}}\n')).toEqual([
      'fact.added more',
    ]);
    expect(kinds(/properties:\n.*\n/, '')).toEqual(['property.removed first-look']);
  });
});

/** Every place in the model that holds a text, number or yes/no, except what means nothing by itself. */
function leaves(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, one]) =>
    leaves(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function withLeaf(value: unknown, [key, ...rest]: readonly (string | number)[]): unknown {
  if (key === undefined) {
    if (typeof value === 'string') return `${value}x`;
    return typeof value === 'number' ? value + 1_000 : !value;
  }
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[key] = withLeaf(copy[key], rest);
  return copy;
}

/** Names that tools give to parallels, and the version of the language, which is one. */
function isSaid(playbook: Playbook, path: readonly (string | number)[]): boolean {
  if (path[0] === 'language') return false;
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], playbook);
  return !((holder as { kind?: string }).kind === 'parallel' && ['id', 'kind'].includes(String(path.at(-1))));
}

test('no place in a playbook can change without a change that names it', () => {
  const places = leaves(base).filter((path) => isSaid(base, path) && path.at(-1) !== 'kind');
  expect(places.length).toBeGreaterThan(200);
  const silent = places.filter((path) => diffPlaybooks(base, withLeaf(base, path) as Playbook).length === 0);
  expect(silent.map((path) => path.join('/'))).toEqual([]);
});

test('any playbook is the same as itself, and differs from it where blocks are taken out or turned round', () => {
  fc.assert(
    fc.property(checkedPlaybook, fc.nat(), (source, pick) => {
      const playbook = playbookOf(source);
      expect(diffPlaybooks(playbook, playbookOf(source))).toEqual([]);
      const at = pick % playbook.phases.length;
      const phases = playbook.phases.map((phase, n) =>
        n === at ? { ...phase, blocks: phase.blocks.slice(1) } : phase,
      );
      const less = { ...playbook, phases };
      expect(diffPlaybooks(playbook, less).some(({ kind }) => kind.endsWith('.removed'))).toBe(true);
      expect(diffPlaybooks(less, playbook).some(({ kind }) => kind.endsWith('.added'))).toBe(true);
      const turned = {
        ...playbook,
        phases: playbook.phases.map((phase, n) =>
          n === at ? { ...phase, blocks: [...phase.blocks].reverse() } : phase,
        ),
      };
      const kinds = diffPlaybooks(playbook, turned).map(({ kind }) => kind);
      const length = playbook.phases[at]?.blocks.length ?? 0;
      expect(kinds.filter((kind) => kind.endsWith('.order'))).toHaveLength(Math.max(0, length - 1));
      expect(kinds.every((kind) => kind.endsWith('.order'))).toBe(true);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

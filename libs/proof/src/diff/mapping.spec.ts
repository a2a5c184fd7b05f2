import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlaybook } from '@cordon/playbook';
import { randomPlaybook } from '../../../../test/support/random-playbook.js';
import { mappingOf } from './mapping.js';
import { BASE, playbookOf } from './testing/versions.js';

/** The language refuses a few of them, such as loops that answer themselves for ever. */
const checkedPlaybook = randomPlaybook.filter((source) => parsePlaybook(source).playbook !== undefined);

const base = playbookOf(BASE);

function mapped(from: string | RegExp, to: string, begun: readonly string[] = []) {
  const text = BASE.replace(from, to);
  expect(text).not.toBe(BASE);
  return mappingOf(base, playbookOf(text), new Set(begun));
}

test('every step of the same version stands for itself', () => {
  const { steps, map, added, late } = mappingOf(base, base, new Set(['look', 'agree']));
  expect(steps.every(({ from, to, certainty }) => from === to && certainty === 'same')).toBe(true);
  expect([Object.keys(map).length, added, late]).toEqual([steps.length, [], []]);
});

describe('a step under another id', () => {
  test('is found by its title, kind and phase', () => {
    const { steps, added } = mapped('{task: mend,', '{task: repair,');
    expect(steps.find(({ from }) => from === 'mend')).toEqual({
      ...{ from: 'mend', to: 'repair', certainty: 'likely' },
      reasons: ['It has the same title.', 'It is a task too.', 'It is in the same phase.'],
    });
    expect(added).toEqual([]);
  });

  test('is found by a title that is alike', () => {
    const { map } = mapped(
      '{notice: police, to: {en: Police, zh-Hant: 警方}, title: {en: Tell the police,',
      '{notice: report, to: {en: Police, zh-Hant: 警方}, title: {en: Tell the Police at once,',
    );
    expect(map.police).toBe('report');
  });

  test('is not found where nothing is alike: it is left unmapped, and the other is new', () => {
    const { map, steps, added } = mapped(
      '{task: mend, title: {en: Mend,',
      '{task: paint, title: {en: Whitewash,',
    );
    expect([map.mend, added]).toEqual([null, ['paint']]);
    expect(steps.find(({ from }) => from === 'mend')?.reasons).toEqual([
      'The new version has no step like it.',
    ]);
  });
});

test('a step of the same id that has become another thing has no counterpart, and the reason is said', () => {
  const { steps } = mapped('{task: log,', '{notice: log, to: {en: X, zh-Hant: 甲},');
  expect(steps.find(({ from }) => from === 'log')).toMatchObject({
    to: null,
    reasons: ['The new version has a step of this id, but its kind changes from task to notice.'],
  });
});

describe('a new mandatory step', () => {
  const NEW = '{task: swab, title: {en: Disinfect, zh-Hant: 消毒}, role: hand}';

  test('before what has begun is named: the flow returns to it', () => {
    const { late } = mapped('      - approval: agree', `      - ${NEW}\n      - approval: agree`, [
      'look',
      'log',
    ]);
    expect(late).toEqual([
      {
        ...{ step: 'swab', phase: 'main', before: ['log'] },
        reason: 'swab is new and mandatory, and comes before log, which has begun: the flow returns to it.',
      },
    ]);
  });

  test('behind what has begun, beside it, or optional, is none of that', () => {
    expect(
      mapped('      - approval: agree', `      - ${NEW}\n      - approval: agree`, ['look']).late,
    ).toEqual([]);
    expect(
      mapped('          - - {wait: pause', `          - - ${NEW}\n          - - {wait: pause`, [
        'look',
        'left',
        'pause',
      ]).late,
    ).toEqual([]);
    expect(
      mapped(
        '      - approval: agree',
        `      - ${NEW.replace('role', 'optional: true, role')}\n      - approval: agree`,
        ['log'],
      ).late,
    ).toEqual([]);
  });

  test('in a graph comes before what follows it there', () => {
    const text = `          - {task: gb,`;
    const { late } = mapped(
      text,
      `          - {task: gd, title: {en: Disinfect, zh-Hant: 消毒}, role: hand}\n          - {task: ge, title: {en: Ventilate, zh-Hant: 通風}, role: hand, after: [gd]}\n${text}`,
      ['gb', 'ga'],
    );
    expect(late).toEqual([]);
    const after = mapped(
      'after: [ga]}',
      'after: [ga, gd]}\n          - {task: gd, title: {en: Disinfect, zh-Hant: 消毒}, role: hand}',
      ['gc'],
    );
    expect(after.late).toMatchObject([{ step: 'gd', before: ['gc'] }]);
  });
});

test('no step stands for two, every step of the old version is named, and only steps of the new one are', () => {
  fc.assert(
    fc.property(checkedPlaybook, checkedPlaybook, (a, b) => {
      const [before, after] = [playbookOf(a), playbookOf(b)];
      const { steps, map, added } = mappingOf(before, after);
      const targets = steps.flatMap(({ to }) => (to === null ? [] : [to]));
      expect(new Set(targets).size).toBe(targets.length);
      expect(Object.keys(map)).toEqual(steps.map(({ from }) => from));
      const again = mappingOf(after, after).steps.map(({ from }) => from);
      expect([...targets, ...added].sort()).toEqual([...again].sort());
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

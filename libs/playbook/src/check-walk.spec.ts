/** A playbook for which one event would ask too much of the machine is refused before it is published. */
import { describe, expect, test } from '@jest/globals';
import { parsePlaybook } from './parse.js';

const T = { en: 'T' };
type Written = Record<string, unknown>;
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const task = (id: string): Written => ({ task: id, title: T, role: 'doer' });

function found(steps: readonly Written[]): readonly string[] {
  const text = JSON.stringify({
    ...{ cordon: 1, id: 'p', version: '1.0.0', languages: ['en'], title: T, summary: T },
    roles: [{ id: 'doer', title: T }],
    facts: [{ id: 'f', type: 'yesno', title: T }],
    phases: [{ id: 'main', title: T, steps }],
    flow: ['main'],
  });
  return parsePlaybook(text)
    .findings.map(({ severity, message }) => `${severity}: ${message}`)
    .filter((found) => !found.includes('may be open at once'));
}

function nested(id: string, depth: number): Written {
  return depth === 0 ? task(id) : { graph: `${id}-${depth}`, steps: [nested(id, depth - 1)] };
}

const chain = (length: number): Written => ({
  graph: 'g',
  steps: range(length).map((i) => ({ ...task(`t${i}`), ...(i > 0 ? { after: [`t${i - 1}`] } : {}) })),
});

describe('one event', () => {
  test('may pass five hundred steps in a row, a hundred side by side, and a graph of a hundred', () => {
    expect(found(range(499).map((i) => task(`t${i}`)))).toEqual([]);
    expect(found([{ parallel: range(100).map((i) => [task(`t${i}`)]) }])).toEqual([]);
    expect(found([chain(100)])).toEqual([]);
  });

  test('does not pass graphs within graphs beyond the limit of microsteps', () => {
    expect(found(range(450).map((i) => nested(`t${i}`, 9))).join()).toContain(
      'error: one event may pass more',
    );
  });

  test.each([
    ['a graph of hundreds of blocks', [chain(300)]],
    [
      'hundreds of steps on a hundred branches',
      [{ parallel: range(100).map((i) => range(4).map((j) => task(`t${i}-${j}`))) }],
    ],
  ])('that passes %s takes long, and the author is told', (_name, steps) => {
    expect(found(steps)).toEqual([expect.stringContaining('warning: one event may take seconds')]);
  });

  test('is not let set facts by itself again and again', () => {
    const answers = [
      { id: 'a', title: T, when: { fact: 'f', is: 'yes' }, set: { f: 'no' } },
      { id: 'b', title: T },
    ];
    const deciding = (count: number): readonly Written[] =>
      range(count).map((i) => ({ decision: `d${i}`, title: T, role: 'doer', answers }));
    expect(found(deciding(20)).filter((one) => one.startsWith('error'))).toEqual([]);
    expect(found(deciding(21)).join()).toContain(
      '21 decisions answer themselves and set facts; at most 20 can',
    );
  });
});

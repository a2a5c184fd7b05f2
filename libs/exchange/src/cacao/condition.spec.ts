import { describe, expect, test } from '@jest/globals';
import { readCondition } from './condition.js';
import type { Variable } from './variables.js';

const TYPES = { __up__: 'yesno', __count__: 'number', __name__: 'text' } as const;

function variableOf(name: string): Variable | undefined {
  const type = (TYPES as Readonly<Record<string, Variable['type']>>)[name];
  if (!type) return undefined;
  return { name, fact: name.replaceAll('_', ''), type, title: name, constant: false, pointer: '' };
}

const read = (text: string) => readCondition(text, variableOf);

describe('conditions that a machine can read', () => {
  test.each([
    ['__up__:value == true', { fact: 'up', is: 'yes' }],
    ["__up__:value = 'false'", { fact: 'up', is: 'no' }],
    ["[__name__:value = 'x']", { fact: 'name', is: 'x' }],
    ['__name__:value == "it\\"s"', { fact: 'name', is: 'it"s' }],
    ["__name__:value != 'x'", { fact: 'name', isNot: 'x' }],
    ['__count__:value > 5', { not: { fact: 'count', atMost: 5 } }],
    ['__count__:value < 5', { not: { fact: 'count', atLeast: 5 } }],
    ['__count__:value >= -1.5', { fact: 'count', atLeast: -1.5 }],
    ["__count__:value == '5'", { fact: 'count', is: 5 }],
    [
      "__name__:value IN ('a', 'b')",
      {
        any: [
          { fact: 'name', is: 'a' },
          { fact: 'name', is: 'b' },
        ],
      },
    ],
    ["__name__:value NOT IN ('a')", { not: { any: [{ fact: 'name', is: 'a' }] } }],
    ['NOT (__up__:value == true)', { not: { fact: 'up', is: 'yes' } }],
  ])('%s', (text, guard) => {
    expect(read(text)).toEqual(guard);
  });

  test('AND binds closer than OR', () => {
    expect(read('__up__:value == true OR __up__:value == false AND __count__:value == 1')).toEqual({
      any: [
        { fact: 'up', is: 'yes' },
        {
          all: [
            { fact: 'up', is: 'no' },
            { fact: 'count', is: 1 },
          ],
        },
      ],
    });
  });
});

describe('conditions that are left to a person', () => {
  test.each([
    '',
    'is it bad?',
    "__other__:value == 'x'",
    "__name__:value > 'x'",
    "__name__:value LIKE 'x%'",
    "__name__:value MATCHES '.*'",
    "__up__:value == 'maybe'",
    '__up__:value == true AND',
    '(__up__:value == true',
    "[ipv4-addr:value = '1.2.3.4']",
    "__name__:value == 'unknown'",
    '__count__:value == 1e999',
    `${'NOT '.repeat(300)}__up__:value == true`,
    `__name__:value == '${'x'.repeat(3000)}'`,
  ])('%.60s', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

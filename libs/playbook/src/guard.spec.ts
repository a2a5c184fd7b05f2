import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Facts } from './context.js';
import { evaluate, factsOf, factValue, type Truth } from './guard.js';
import type { Guard } from './model.js';

const facts: Facts = {
  y: { value: 'yes', at: 0 },
  n: { value: 'no', at: 0 },
  said: { value: 'unknown', at: 0 },
  none: { value: null, at: 0 },
  seven: { value: 7, at: 0 },
  list: { value: ['a', { b: 1 }], at: 0 },
};

/** A condition of each truth. */
const OF: Readonly<Record<Truth, Guard>> = {
  yes: { fact: 'y', is: 'yes' },
  no: { fact: 'y', is: 'no' },
  unknown: { fact: 'never', is: 'yes' },
};

test.each<[string, Guard, Truth]>([
  ['equal', { fact: 'y', is: 'yes' }, 'yes'],
  ['not equal', { fact: 'y', is: 'no' }, 'no'],
  ['isNot of something else', { fact: 'y', isNot: 'no' }, 'yes'],
  ['isNot of the same', { fact: 'y', isNot: 'yes' }, 'no'],
  ['a number high enough', { fact: 'seven', atLeast: 7 }, 'yes'],
  ['a number too low', { fact: 'seven', atLeast: 8 }, 'no'],
  ['a number asked of a text', { fact: 'y', atLeast: 1 }, 'unknown'],
  ['nested values by content', { fact: 'list', is: ['a', { b: 1 }] }, 'yes'],
  ['nested values in another order', { fact: 'list', is: [{ b: 1 }, 'a'] }, 'no'],
  ['known', { fact: 'n', known: true }, 'yes'],
  ['known although never set', { fact: 'never', known: true }, 'no'],
  ['not known', { fact: 'never', known: false }, 'yes'],
  ['known although said to be unknown', { fact: 'said', known: true }, 'no'],
  ['a comparison with a fact never set', { fact: 'never', is: 'yes' }, 'unknown'],
  ['isNot of a fact never set: unknown never reads as no', { fact: 'never', isNot: 'yes' }, 'unknown'],
  ['a comparison with a fact said to be unknown', { fact: 'said', is: 'no' }, 'unknown'],
  ['a comparison with null', { fact: 'none', isNot: 'no' }, 'unknown'],
])('%s', (_name, guard, truth) => {
  expect(evaluate(guard, facts)).toBe(truth);
});

test.each<[Truth, Truth, Truth, Truth]>([
  ['yes', 'yes', 'yes', 'yes'],
  ['yes', 'no', 'no', 'yes'],
  ['yes', 'unknown', 'unknown', 'yes'],
  ['no', 'yes', 'no', 'yes'],
  ['no', 'no', 'no', 'no'],
  ['no', 'unknown', 'no', 'unknown'],
  ['unknown', 'yes', 'unknown', 'yes'],
  ['unknown', 'no', 'no', 'unknown'],
  ['unknown', 'unknown', 'unknown', 'unknown'],
])('%s and %s: all is %s, any is %s', (a, b, all, any) => {
  expect(evaluate({ all: [OF[a], OF[b]] }, facts)).toBe(all);
  expect(evaluate({ any: [OF[a], OF[b]] }, facts)).toBe(any);
});

test('not turns yes and no around and leaves unknown', () => {
  const turned = (['yes', 'no', 'unknown'] as const).map((truth) => evaluate({ not: OF[truth] }, facts));
  expect(turned).toEqual(['no', 'yes', 'unknown']);
});

const IDS = ['a', 'b', 'c'];
const truths = fc.constantFrom<Truth>('yes', 'no', 'unknown');
const worlds = fc
  .tuple(truths, truths, truths)
  .map((values): Facts =>
    Object.fromEntries(IDS.map((id, i) => [id, { value: values[i] ?? 'unknown', at: 0 }])),
  );
const { guards } = fc.letrec<{ guards: Guard }>((tie) => ({
  guards: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ fact: fc.constantFrom(...IDS), is: fc.constantFrom('yes', 'no') }),
    fc.record({ fact: fc.constantFrom(...IDS), isNot: fc.constantFrom('yes', 'no') }),
    fc.record({ all: fc.array(tie('guards'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('guards'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('guards') }),
  ),
}));
const parts = fc.array(guards, { minLength: 1, maxLength: 4 });

test('De Morgan: not all is any not, not any is all not', () => {
  fc.assert(
    fc.property(parts, worlds, (all, world) => {
      const turned = all.map((part): Guard => ({ not: part }));
      expect(evaluate({ not: { all } }, world)).toBe(evaluate({ any: turned }, world));
      expect(evaluate({ not: { any: all } }, world)).toBe(evaluate({ all: turned }, world));
    }),
  );
});

test('learning a fact never turns a yes or a no around: only unknown gives way', () => {
  fc.assert(
    fc.property(
      guards,
      worlds,
      fc.constantFrom(...IDS),
      fc.constantFrom('yes', 'no'),
      (guard, world, id, value) => {
        const before = evaluate(guard, { ...world, [id]: { value: 'unknown', at: 0 } });
        fc.pre(before !== 'unknown');
        expect(evaluate(guard, { ...world, [id]: { value, at: 1 } })).toBe(before);
      },
    ),
  );
});

test('only the facts that a condition names can change it', () => {
  fc.assert(
    fc.property(guards, worlds, worlds, (guard, one, other) => {
      const named = factsOf(guard);
      const mixed = Object.fromEntries(
        IDS.map((id) => [id, (named.includes(id) ? one : other)[id]]),
      ) as Facts;
      expect(evaluate(guard, mixed)).toBe(evaluate(guard, one));
      expect(new Set(named).size).toBe(named.length);
    }),
  );
});

test('the value of a fact that nobody knows is undefined', () => {
  expect(['y', 'seven', 'said', 'none', 'never'].map((id) => factValue(facts, id))).toEqual([
    'yes',
    7,
    undefined,
    undefined,
    undefined,
  ]);
});

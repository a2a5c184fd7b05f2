import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '@cordon/kernel';
import { celFromGuard, guardFromCel } from './cel.js';
import { evaluate } from './guard.js';
import type { Guard } from './model.js';

test.each<[string, Guard]>([
  ['personal == "yes"', { fact: 'personal', is: 'yes' }],
  ["personal != 'no'", { fact: 'personal', isNot: 'no' }],
  ['"yes" == personal', { fact: 'personal', is: 'yes' }],
  ['paid == true', { fact: 'paid', is: true }],
  ['false != paid', { fact: 'paid', isNot: false }],
  ['staff >= 100', { fact: 'staff', atLeast: 100 }],
  ['staff <= 100', { fact: 'staff', atMost: 100 }],
  ['staff < 5', { not: { fact: 'staff', atLeast: 5 } }],
  ['staff > 5', { not: { fact: 'staff', atMost: 5 } }],
  ['5 < staff', { not: { fact: 'staff', atMost: 5 } }],
  ['5 > staff', { not: { fact: 'staff', atLeast: 5 } }],
  ['5 <= staff', { fact: 'staff', atLeast: 5 }],
  ['5 >= staff', { fact: 'staff', atMost: 5 }],
  ['loss >= -0.5', { fact: 'loss', atLeast: -0.5 }],
  ['loss == -7', { fact: 'loss', is: -7 }],
  ['loss == 1e20', { fact: 'loss', is: 1e20 }],
  ['loss == 0x1F', { fact: 'loss', is: 31 }],
  [
    'method in ["backup", "rebuild"]',
    {
      any: [
        { fact: 'method', is: 'backup' },
        { fact: 'method', is: 'rebuild' },
      ],
    },
  ],
  ['known(onset)', { fact: 'onset', known: true }],
  ['!known(onset)', { not: { fact: 'onset', known: true } }],
  ['known(known)', { fact: 'known', known: true }],
  ['words == "資料 \\"x\\" \\u00e9"', { fact: 'words', is: '資料 "x" é' }],
  ['words == r"\\d"', { fact: 'words', is: '\\d' }],
  [' ( a == "x" ) // why', { fact: 'a', is: 'x' }],
])('%s is read', (text, guard) => {
  expect(guardFromCel(text)).toEqual({ guard });
});

test('the example of the language is read as its structure', () => {
  expect(guardFromCel('personalData == "yes" && (staff >= 100 || !known(onset))')).toEqual({
    guard: {
      all: [
        { fact: 'personalData', is: 'yes' },
        { any: [{ fact: 'staff', atLeast: 100 }, { not: { fact: 'onset', known: true } }] },
      ],
    },
  });
});

test('and binds tighter than or, not tighter than both', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((fact): Guard => ({ fact, is: 1 }));
  expect(guardFromCel('a == 1 || b == 1 && c == 1')).toEqual({ guard: { any: [a, { all: [b, c] }] } });
  expect(guardFromCel('!(a == 1) && b == 1')).toEqual({ guard: { all: [{ not: a }, b] } });
});

test('a long chain is one level, in its order', () => {
  const read = guardFromCel(Array.from({ length: 200 }, (_, n) => `n == ${n}`).join(' || '));
  expect(read).toEqual({ guard: { any: Array.from({ length: 200 }, (_, n) => ({ fact: 'n', is: n })) } });
});

test.each<[string, string, number, RegExp]>([
  [
    'a bare fact',
    'a == 1 && paid',
    11,
    /^"paid" alone is no condition: write paid == "yes", or known\(paid\)$/,
  ],
  ['a denied bare fact', '!paid', 2, /^"paid" alone is no condition/],
  ['a bare constant', 'true', 1, /^a constant alone is no condition/],
  ['two facts', 'a == b', 1, /^"==" compares the facts a and b: compare each with a constant$/],
  ['two constants', '1 < 2', 1, /^"<" compares two constants/],
  ['a comparison compared', 'a == "x" == b', 1, /^a comparison is compared here/],
  ['a text that is to be greater', 'a > "x"', 5, /^">" compares with numbers only/],
  ['null', 'a == null', 6, /^null is no value of a fact: ask with known\(fact\) or !known\(fact\)$/],
  ['bytes', 'a == b"x"', 6, /^a constant is a text, a number, true or false/],
  ['an unsigned number', 'a == 5u', 6, /^a constant is a text, a number, true or false/],
  ['a number that cannot be kept', 'a == 9007199254740993', 6, /^a whole number is at most 9007199254740991/],
  ['an endless number', 'a == 1e999', 6, /^this is no number that can be kept/],
  ['known of nothing', 'known()', 1, /^known\(\) asks for one fact/],
  ['known of a text', 'known("a")', 1, /^known\(\) asks for one fact by its name, without quotes/],
  [
    'known compared',
    'known(a) == false',
    1,
    /^known\(fact\) is a condition by itself: write .* !known\(fact\)$/,
  ],
  ['another call', 'size(a) == 1', 1, /^size\(\) cannot be called/],
  ['has', 'has(a.b)', 1, /^has\(\) cannot be called/],
  ['a call on a fact', 'a == "x" && a.startsWith("b")', 13, /^\.startsWith\(\) cannot be called/],
  ['a macro', 'a.exists(x, x == 1)', 1, /^\.exists\(\) cannot be called/],
  ['a macro used wrongly', 'a.exists(1, x)', 10, /^this is an argument of a macro/],
  ['a member', 'a.b == 1', 1, /^"\.b" reads a part of a value/],
  ['an element', 'a[0] == 1', 1, /^"\[ \]" reads an element/],
  ['a choice', 'a == 1 ? b == 1 : c == 1', 1, /^"\? :" chooses between values/],
  ['arithmetic', 'a == 1 + 2', 6, /^"\+" calculates: write the result as a number$/],
  ['arithmetic with a fact', 'a * 2 > 4', 1, /^"\*" calculates/],
  ['minus before a fact', '-a == 1', 1, /^"-" stands before numbers only/],
  ['minus twice', 'a == --1', 6, /^"-" stands before numbers only/],
  ['a list compared', 'a == ["x"]', 6, /^a list stands only after "in"/],
  ['a map', '{"a": 1}', 1, /^"\{ \}" is no condition/],
  ['in without a list', 'a in b', 1, /^"in" asks whether a fact is one of a list/],
  ['a constant in a fact', '"x" in a', 1, /^"in" asks whether a fact is one of a list/],
  ['an empty list', 'a in []', 6, /^the list is empty, so a is never in it/],
  ['a fact in a list', 'a in ["x", y]', 12, /^"y" is a fact where a constant should stand: write .* "y"$/],
  ['nothing', '', 1, /^the condition ends too early/],
  ['half a comparison', 'a ==', 5, /^the condition ends too early/],
  ['an open parenthesis', '(a == 1', 8, /^the condition ends too early/],
  ['a parenthesis too many', 'a == 1)', 7, /^"\)" is not expected here/],
  ['one equals sign', 'a = "x"', 3, /^one "=" compares nothing: write "=="$/],
  ['one ampersand', 'a == 1 & b == 1', 8, /^one "&" combines nothing/],
  ['the word and', 'a == 1 and b == 1', 8, /^"and" is not CEL: write "&&"$/],
  ['a word that objects inherit', 'a == 1 constructor', 8, /^"constructor" is not expected here/],
  ['curly quotes', 'a == “x”', 6, /^"“" is no quote of CEL/],
  ['a sign beyond the basic plane', 'a == 𠮷', 6, /^"𠮷" is not expected here/],
  ['a text without its end', 'a == "x', 6, /^the text is not closed on its line/],
  ['a text over two lines', 'a == "x\ny"', 8, /^the text is not closed on its line/],
  ['an unknown escape', 'a == "\\q"', 7, /^this escape is not known/],
  ['a reserved word', 'a == 1 && for == 1', 11, /^"for" is a reserved word of CEL/],
])('%s is refused where it stands', (_name, text, column, sentence) => {
  const read = guardFromCel(text);
  expect(read).toEqual({ problem: expect.stringMatching(sentence), column });
  expect('problem' in read && read.problem).not.toContain('\n');
});

test.each([
  ['characters', `a == "${'x'.repeat(4_000)}"`, 4_001],
  ['parentheses', `${'('.repeat(70)}a == 1${')'.repeat(70)}`, 65],
  ['denials', `${'!'.repeat(500)}known(a)`, 65],
  ['denials, more than a parser should count,', `${'!'.repeat(3_000)}known(a)`, 2_002],
  ['parts', `a in [${'1,'.repeat(1_500)}1]`, 2_005],
])('too many %s are refused', (_name, text, column) => {
  expect(guardFromCel(text)).toEqual({ problem: expect.stringMatching(/: split it/), column });
});

test('whatever is written is read or refused with a column in the text, never thrown', () => {
  const pieces = [
    'a',
    'known(a)',
    '==',
    '!=',
    '<',
    '&&',
    '||',
    '!',
    '(',
    ')',
    '"x"',
    "'",
    '5',
    '-',
    '.',
    '1e',
    'u',
    'in',
    '[',
    ']',
  ].concat([
    ',',
    '{',
    ':',
    '?',
    '}',
    'true',
    'null',
    'for',
    'has',
    'b"',
    '\\',
    '//',
    '\n',
    ' ',
    '資',
    '𠮷',
    '0x',
    'cel.bind(',
  ]);
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const read = guardFromCel(text);
      if ('guard' in read) return;
      expect(read.problem).toMatch(/^.+$/u);
      expect(read.column).toBeGreaterThanOrEqual(1);
      expect(read.column).toBeLessThanOrEqual(text.length + 1);
    }),
    { numRuns: 2_000 },
  );
});

const IDS = ['a', 'b', 'onset', 'r', 'known'];
const fact = fc.constantFrom(...IDS);
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const values = fc.oneof(
  fc.constantFrom<Json>('yes', 'no', 'unknown', true, false),
  fc.string({ unit: 'binary', maxLength: 6 }),
  numbers,
);
const { guards } = fc.letrec<{ guards: Guard }>((tie) => ({
  guards: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.record({ fact, is: values }),
    fc.record({ fact, isNot: values }),
    fc.record({ fact, atLeast: numbers }),
    fc.record({ fact, atMost: numbers }),
    fc.record({ fact, known: fc.boolean() }),
    fc.record({ all: fc.array(tie('guards'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('guards'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('guards') }),
  ),
}));

/** The constants of a guard, so that the facts hit them. */
function constants(guard: Guard): Json[] {
  if ('all' in guard) return guard.all.flatMap(constants);
  if ('any' in guard) return guard.any.flatMap(constants);
  if ('not' in guard) return constants(guard.not);
  return Object.values(guard).slice(1);
}

test('a guard written as text and read again means the same, whatever is known', () => {
  const written = guards.chain((guard) => {
    const value = fc.oneof(fc.constantFrom<Json>(null, 'unknown', ...constants(guard)), values);
    const worlds = fc.array(fc.dictionary(fact, fc.record({ value, at: fc.constant(0) })), {
      minLength: 4,
      maxLength: 12,
    });
    return fc.record({ guard: fc.constant(guard), worlds });
  });
  fc.assert(
    fc.property(written, ({ guard, worlds }) => {
      const text = celFromGuard(guard);
      fc.pre(text.length <= 4_000);
      const read = guardFromCel(text);
      if (!('guard' in read)) throw new Error(`${text}: ${read.problem} (${read.column})`);
      for (const world of worlds) expect(evaluate(read.guard, world)).toBe(evaluate(guard, world));
    }),
    { numRuns: 500 },
  );
});

test('what has been read once stays as it is, written and read again', () => {
  fc.assert(
    fc.property(guards, (guard) => {
      const text = celFromGuard(guard);
      fc.pre(text.length <= 4_000);
      const read = guardFromCel(text);
      const again = 'guard' in read ? guardFromCel(celFromGuard(read.guard)) : undefined;
      expect(again && 'guard' in again && celFromGuard(again.guard)).toBe(
        'guard' in read && celFromGuard(read.guard),
      );
    }),
  );
});

test.each<[Guard, string]>([
  [{ fact: 'a', is: 'say "no"\n' }, 'a == "say \\"no\\"\\n"'],
  [{ fact: 'a', known: false }, '!known(a)'],
  [{ not: { fact: 'a', known: false } }, '!!known(a)'],
  [{ not: { fact: 'a', is: 'x' } }, '!(a == "x")'],
  [{ not: { fact: 'n', atLeast: 5 } }, 'n < 5'],
  [{ not: { fact: 'n', atMost: -5 } }, 'n > -5'],
  [{ fact: 'n', atLeast: 1e20 }, 'n >= 1e+20'],
  [
    {
      any: [
        { fact: 'a', is: 'x' },
        { fact: 'a', is: 'y' },
      ],
    },
    'a in ["x", "y"]',
  ],
  [
    {
      any: [
        { fact: 'a', is: 'x' },
        { fact: 'b', is: 'x' },
      ],
    },
    'a == "x" || b == "x"',
  ],
  [{ all: [{ fact: 'a', is: 'x' }] }, 'a == "x"'],
  [
    {
      all: [
        { fact: 'n', is: 1 },
        {
          any: [
            { fact: 'n', isNot: 2 },
            { fact: 'b', known: true },
          ],
        },
      ],
    },
    'n == 1 && (n != 2 || known(b))',
  ],
  [
    {
      any: [
        { fact: 'b', known: true },
        {
          all: [
            { fact: 'n', is: 1 },
            { fact: 'm', is: 1 },
          ],
        },
      ],
    },
    'known(b) || (n == 1 && m == 1)',
  ],
  [{ all: [] }, 'true'],
  [{ any: [] }, 'false'],
  [{ fact: 'a', is: ['x', null] }, 'a == ["x",null]'],
])('%j is written as %s', (guard, text) => {
  expect(celFromGuard(guard)).toBe(text);
});

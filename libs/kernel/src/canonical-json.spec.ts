import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

const vectors = new URL('../../../test/fixtures/jcs/', import.meta.url);
const names = readdirSync(new URL('input', vectors));

test.each(names)('RFC 8785 test data: %s becomes its output, byte for byte', (name) => {
  const input: unknown = JSON.parse(readFileSync(new URL(`input/${name}`, vectors), 'utf8'));
  expect(canonicalJson(input)).toBe(readFileSync(new URL(`output/${name}`, vectors), 'utf8'));
});

test('there are six pairs of test data', () => {
  expect(names).toHaveLength(6);
});

/** RFC 8785 appendix B: the bits of a double, and its spelling. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

test.each(NUMBERS)('the double %s is written %s', (bits, text) => {
  const value = Buffer.from(bits, 'hex').readDoubleBE();
  expect(canonicalJson(value)).toBe(text);
  expect(canonicalJson([value])).toBe(`[${text}]`);
});

test.each([
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['minus infinity', Number.NEGATIVE_INFINITY],
  ['half a character', '\ud83d'],
  ['half a character the other way round', '\ude00x'],
  ['half a character in a member name', { '\ud83d': 1 }],
  ['half a character further down', { a: [{ b: 'x\udc00' }] }],
  ['undefined', undefined],
  ['undefined in a list', [undefined]],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a bigint', 1n],
  ['a date', new Date(0)],
  ['a map', new Map([['a', 1]])],
  ['an object of a class', new (class Thing {})()],
])('%s is refused, because JSON cannot carry it exactly', (_name, value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});

test('members that are undefined are left out, objects without a prototype are plain', () => {
  const bare: Record<string, unknown> = Object.assign(Object.create(null), { b: 1, a: undefined });
  expect(canonicalJson(bare)).toBe('{"b":1}');
});

test('members are sorted by UTF-16 code units, not by code points', () => {
  // U+FB33 comes before U+1F600 as a code point, after its first surrogate as a code unit.
  expect(canonicalJson({ '\ufb33': 1, '\u{1f600}': 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}');
});

const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }).filter((value) => wellFormed(value));

function wellFormed(value: unknown): boolean {
  return (
    JSON.stringify(value) === JSON.stringify(value).toWellFormed() &&
    !/\\ud[89a-f]/i.test(JSON.stringify(value))
  );
}

test('the canonical text read back has the same canonical text', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test('the order in which members were written does not show', () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), fc.integer()), {
    selector: ([key]) => key,
    maxLength: 12,
  });
  const shuffled = entries.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(canonicalJson(Object.fromEntries(other))).toBe(canonicalJson(Object.fromEntries(one)));
    }),
  );
});

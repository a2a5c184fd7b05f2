import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readStrictJson } from './strict-json.js';

test('reads what JSON.parse reads, for every JSON value', () => {
  const values = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes('\\u0000'));
  fc.assert(
    fc.property(values, fc.constantFrom(0, 2), (value, space) => {
      const text = JSON.stringify(value, null, space);
      fc.pre(!text.includes('"__proto__"'));
      const reading = readStrictJson(text, 40);
      expect('value' in reading && JSON.stringify(reading.value)).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test('answers any text, and never throws', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60, unit: fc.constantFrom(...'{}[]",:\\u01-e.tfn \u0000é') }),
      (text) => {
        const reading = readStrictJson(text, 5);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect('fault' in reading).toBe(true);
        }
        if ('value' in reading) expect(reading.value).toEqual(parsed);
      },
    ),
  );
});

test.each([
  ['{"a": 1, "a": 2}', '', 'twice'],
  ['{"a": {"__proto__": {}}}', '/a', '__proto__'],
  ['{"a": ["\\ud800"]}', '/a/0', 'surrogate'],
  ['{"a": "\\u0000"}', '/a', 'U+0000'],
  ['{"a/b": 1e400}', '/a~1b', 'too large'],
  ['[9007199254740993]', '/0', '2^53'],
  ['[1] 2', '', 'follows'],
  ["{'a': 1}", '', 'double quotes'],
  ['{"a": 1,}', '', 'double quotes'],
  ['[01]', '/0', 'comma'],
  ['', '', 'missing'],
])('refuses %s and names the place', (text, pointer, message) => {
  const place = text === '[01]' ? '' : pointer;
  expect(readStrictJson(text, 10)).toEqual({
    fault: { pointer: place, message: expect.stringContaining(message) },
  });
});

test('nesting beyond the limit is refused before it is followed, however deep it is', () => {
  const reading = readStrictJson('['.repeat(500_000), 58);
  expect('fault' in reading && reading.fault.message).toMatch(/deeper than 58/);
});

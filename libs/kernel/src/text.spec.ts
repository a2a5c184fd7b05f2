import { expect, test } from '@jest/globals';
import { InvariantError, invariant } from './errors.js';
import { escapePointer, isJsonObject } from './json.js';
import { jsonFlaw, textFlaw } from './text.js';

test('a text with half a character or U+0000 cannot be kept; any other can', () => {
  expect(textFlaw('a\ud83db')).toMatch(/lone surrogate/);
  expect(textFlaw('a\0b')).toMatch(/U\+0000/);
  expect(textFlaw('勒索軟件 😀 \u0001\n')).toBeUndefined();
});

test('a flaw inside a value is found with its place, member names included', () => {
  expect(jsonFlaw({ a: [1, { 'b/c': 'x\0' }] })).toMatchObject({ pointer: '/a/1/b~1c' });
  expect(jsonFlaw({ a: { 'x\0': 1 } })).toMatchObject({ pointer: '/a' });
  expect(jsonFlaw('\udc00', '/data/value')).toMatchObject({ pointer: '/data/value' });
  expect(jsonFlaw({ a: [null, true, 1, 'fine'] })).toBeUndefined();
});

test('a name in a JSON pointer is escaped', () => {
  expect(escapePointer('a/b~c')).toBe('a~1b~0c');
});

test('an array and null are not JSON objects', () => {
  expect([{}, [], null, 'x'].map(isJsonObject)).toEqual([true, false, false, false]);
});

test('an invariant that does not hold is our fault, by name', () => {
  expect(() => invariant(false, 'so it is')).toThrow(InvariantError);
  expect(() => invariant('yes', 'so it is')).not.toThrow();
});

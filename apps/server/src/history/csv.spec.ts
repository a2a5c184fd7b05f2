import { expect, test } from '@jest/globals';
import { guarded } from './csv.js';

const nasty = [
  '=1+1',
  '+1',
  '-1+cmd',
  '@SUM(A1)',
  '%0A',
  '|calc',
  '\t=1',
  '\r=1',
  '\n=1',
  '\0=1',
  ' =1',
  '   @x',
  '\u00a0=1',
  '\u3000=1',
  '\u200b=1',
  '\ufeff=1',
  '\u0001\u0002=1',
  '\uff1d1',
  '\uff0b1',
  '\uff0d1',
  '\uff20x',
  '\tplain',
  '\nplain',
];

test.each(nasty)('%j does not start a formula', (cell) => {
  const text = String(guarded(cell));
  expect(text.startsWith("'")).toBe(true);
  // eslint-disable-next-line no-control-regex -- they are what must be gone
  expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
});

test.each(['plain', '1 = 1', 'a-b', '{"=1":2}', '電郵', '', 'line\nline'])('%j stays as it is', (cell) => {
  expect(guarded(cell)).toBe(cell);
});

test('numbers stay numbers', () => {
  expect(guarded(-1)).toBe(-1);
});

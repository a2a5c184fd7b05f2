import { expect, test } from '@jest/globals';
import pc from 'picocolors';
import { tableText, unbroken, wrapped } from './table.js';

const lines = (text: string) => text.split('\n');

test('a table without a width is as wide as its cells', () => {
  expect(lines(tableText(['a', 'b'], [['x'.repeat(90), 'y']]))[1]).toHaveLength(90 + 1 + 2 * 2 + 3);
});

test('a table fits its width, and breaks between words', () => {
  const row = ['isolate-system@crm', 'Cut the system off and record how', 'responder'];
  const text = tableText(['step', 'title', 'role'], [row], 50);
  for (const line of lines(text)) expect(line.length).toBeLessThanOrEqual(50);
  for (const word of row.flatMap((cell) => cell.split(' '))) expect(text).toContain(word);
});

test('what belongs together stays on one line', () => {
  const text = tableText(['title', 'due'], [['one two three four five', unbroken('in 18 min')]], 30);
  expect(text).toContain('in 18 min');
  for (const line of lines(text)) expect(line.length).toBeLessThanOrEqual(30);
});

test('a word longer than its column is cut, behind a hyphen if it can be', () => {
  expect(wrapped('notify-authorities', 12)).toBe('notify-\nauthorities');
  expect(wrapped('abcdefghij', 4)).toBe('abcd\nefgh\nij');
});

test('Chinese characters take two columns, colours none', () => {
  expect(wrapped('事故 應變', 6)).toBe('事故\n應變');
  const { red } = pc.createColors(true);
  expect(lines(tableText(['a'], [[red('no')], ['yes']], 40))).toHaveLength(6);
});

test('text is wrapped with its indent kept and the next lines indented', () => {
  expect(wrapped('  one two three', 9, '    ')).toBe('  one two\n    three');
  expect(wrapped('a\nb', 80)).toBe('a\nb');
  expect(wrapped('left as it is', undefined)).toBe('left as it is');
});

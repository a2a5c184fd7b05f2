import { expect, test } from '@jest/globals';
import { fromNow, localTime, untilDue } from './times.js';

const now = Date.parse('2026-03-24T10:00:00Z');
const at = (ms: number) => new Date(now + ms).toISOString();
const MINUTE = 60_000;

test('deadlines are told in two units at the most, and never look further away than they are', () => {
  expect(untilDue(at(19 * MINUTE + 59_999), now)).toBe('in 19 min');
  expect(untilDue(at(-11 * MINUTE), now)).toBe('11 min late');
  expect(untilDue(at(59_999), now)).toBe('in 59 s');
  expect(untilDue(at(18 * 60 * MINUTE), now)).toBe('in 18 h');
  expect(fromNow(at(-(30 * 60 + 5) * MINUTE), now)).toBe('1 d 6 h ago');
  expect(fromNow(at(-400 * 24 * 60 * MINUTE), now)).toBe('400 d ago');
});

test('a time of day has its offset beside it and is the same instant', () => {
  const text = localTime('2026-03-24T10:00:00.000Z');
  expect(text).toMatch(/^2026-03-2\d \d\d:\d\d [+-]\d\d:\d\d$/);
  expect(Date.parse(text.replace(' ', 'T').replace(' ', ''))).toBe(now);
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromIso, isIsoDate, systemClock, toIso } from './clock.js';

test.each([
  ['2026-03-24T02:00:00Z', '2026-03-24T02:00:00.000Z'],
  ['2026-03-24t02:00:00z', '2026-03-24T02:00:00.000Z'],
  ['2026-03-24T10:00:00+08:00', '2026-03-24T02:00:00.000Z'],
  ['2026-03-23T21:30:00-04:30', '2026-03-24T02:00:00.000Z'],
  ['2026-03-24T02:00Z', '2026-03-24T02:00:00.000Z'],
  ['2026-03-24T02:00:00.1Z', '2026-03-24T02:00:00.100Z'],
  ['2026-03-24T02:00:00.123999Z', '2026-03-24T02:00:00.123Z'],
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
  ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
])('%s is the moment %s', (text, same) => {
  const at = fromIso(text);
  expect(at).toBeDefined();
  expect(toIso(at ?? 0)).toBe(same);
});

test.each([
  ['no offset', '2026-03-24T02:00:00'],
  ['a day alone', '2026-03-24'],
  ['words', 'yesterday'],
  ['a space for the T', '2026-03-24 02:00:00Z'],
  ['the 30th of February', '2026-02-30T00:00:00Z'],
  ['the 29th of February outside a leap year', '2026-02-29T00:00:00Z'],
  ['the 29th of February of 1900', '1900-02-29T00:00:00Z'],
  ['the 31st of April', '2026-04-31T00:00:00Z'],
  ['the day zero', '2026-04-00T00:00:00Z'],
  ['the 13th month', '2026-13-01T00:00:00Z'],
  ['24 hours', '2026-03-24T24:00:00Z'],
  ['60 minutes', '2026-03-24T02:60:00Z'],
  ['a leap second', '2026-03-24T23:59:60Z'],
  ['an offset of a day', '2026-03-24T02:00:00+24:00'],
  ['a year of five digits', '12026-03-24T02:00:00Z'],
  ['text around it', ' 2026-03-24T02:00:00Z'],
  ['a line break after it', '2026-03-24T02:00:00Z\n'],
  ['nothing', ''],
])('%s names no moment', (_name, text) => {
  expect(fromIso(text)).toBeUndefined();
});

test('every moment survives being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(0), max: Date.parse('9999-12-31T23:59:59.999Z') }), (at) => {
      expect(fromIso(toIso(at))).toBe(at);
    }),
  );
});

test('instants sort as text', () => {
  const moment = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') });
  fc.assert(
    fc.property(moment, moment, (a, b) => {
      expect(toIso(a) < toIso(b)).toBe(a < b);
    }),
  );
});

test('a date is a day of the calendar', () => {
  const days = ['2026-03-24', '2024-02-29', '2026-02-29', '2026-3-24', '2026-03-24T00:00:00Z', ''];
  expect(days.map(isIsoDate)).toEqual([true, true, false, false, false, false]);
});

test('the machine’s clock tells whole milliseconds', () => {
  expect(Number.isInteger(systemClock.now())).toBe(true);
});

import { expect, test } from '@jest/globals';
import { durationMs, MAX_DURATION_MS } from './duration.js';

const HOUR = 3_600_000;

test.each([
  ['PT60M', HOUR],
  ['PT1H', HOUR],
  ['PT90S', 90_000],
  ['P14D', 14 * 24 * HOUR],
  ['P2W', 14 * 24 * HOUR],
  ['P1W2DT3H4M5S', (9 * 24 + 3) * HOUR + 4 * 60_000 + 5_000],
  ['P1DT12H', 36 * HOUR],
  ['PT0S', 0],
  ['P0D', 0],
  ['P36525D', MAX_DURATION_MS],
])('%s is %i milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each([
  ['nothing', ''],
  ['P alone', 'P'],
  ['PT alone', 'PT'],
  ['a T with nothing after it', 'P1DT'],
  ['months', 'P1M'],
  ['years', 'P1Y'],
  ['a fraction', 'PT1.5H'],
  ['a sign', '-PT1H'],
  ['small letters', 'pt1h'],
  ['hours without T', 'P1H'],
  ['the wrong order', 'PT1M1H'],
  ['a number', '60'],
  ['text around it', ' PT1H '],
  ['more than a hundred years', 'P36526D'],
  ['a number that no instant can bear', 'P99999999999999999999W'],
])('%s is no duration', (_name, text) => {
  expect(durationMs(text)).toBeUndefined();
});

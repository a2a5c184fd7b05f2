import { expect, test } from '@jest/globals';
import { hashPassword, passwordFlaw, verifyPassword } from './passwords.js';

const GOOD = 'gently mossy lantern 4';

test('a password is kept as argon2id with 19 MiB and two passes, each time with another salt', async () => {
  const [first, second] = [await hashPassword(GOOD), await hashPassword(GOOD)];
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(second).not.toBe(first);
  expect(await verifyPassword(first, GOOD)).toBe(true);
  expect(await verifyPassword(first, `${GOOD} `)).toBe(false);
});

test('without a hash nothing is right, not even what nobody signs in with', async () => {
  expect(await verifyPassword(undefined, GOOD)).toBe(false);
  expect(await verifyPassword(undefined, 'nobody signs in with this')).toBe(false);
});

test('the same characters are the same password however a keyboard composes them', async () => {
  const hash = await hashPassword('Grüße an Zoë 7'.normalize('NFC'));
  expect(await verifyPassword(hash, 'Grüße an Zoë 7'.normalize('NFD'))).toBe(true);
});

test.each([
  ['short 7', 'must have at least 8 characters'],
  ['x1y2z3w4'.repeat(17), 'must have at most 128 characters'],
  ['Password123!', 'is one that attackers try first'],
  ['qwertyuiop', 'is one that attackers try first'],
  ['2024Welcome!!', 'is one that attackers try first'],
  ['Cordon2026', 'is one that attackers try first'],
  ['aaaaaaaaaaaa', 'repeats or counts: attackers try that first'],
  ['abcxyz7!abcxyz7!', undefined],
  ['ab1!ab1!ab1!', 'repeats or counts: attackers try that first'],
  ['23456789', 'repeats or counts: attackers try that first'],
  ['ChanTaiMan88', 'is little more than your own name'],
  ['taiman.chan@example.org', 'is little more than your own name'],
  [GOOD, undefined],
  ['我哋今晚食雲吞麵', undefined],
])('%s: %s', (password, flaw) => {
  expect(passwordFlaw(password, ['Chan Tai Man', 'taiman.chan@example.org'])).toBe(flaw);
});

import { expect, test } from '@jest/globals';
import { describeTotp, totpSecret, totpStep } from './one-time-codes.js';
import { newRecoveryCodes, recoveryHash } from './recovery-codes.js';

/** RFC 6238 appendix B, SHA-1, of whose eight digits the last six are ours. */
const SECRET = totpSecret(Buffer.from('12345678901234567890'));

test.each([
  [59, '287082', 1],
  [1_111_111_109, '081804', 37_037_036],
  [2_000_000_000, '279037', 66_666_666],
])('the RFC’s code at %i s is taken: %s', (seconds, code, step) => {
  expect(totpStep(SECRET, code, seconds * 1_000)).toBe(step);
});

test('the code of one step before is taken too, neither older ones nor the next', () => {
  const at = (step: number) => totpStep(SECRET, '287082', step * 30_000);
  expect([at(0), at(1), at(2), at(3)]).toEqual([undefined, 1, 1, undefined]);
});

test('what is no code is none', () => {
  for (const code of ['', '28708', '2870822', '28708a', '２８７０８２'])
    expect(totpStep(SECRET, code, 59_000)).toBeUndefined();
});

test('an app is told what it needs, and the picture is drawn here', () => {
  const { uri, qr, secret } = describeTotp(SECRET, 'mei@example.org');
  expect(uri).toBe(
    `otpauth://totp/Cordon:mei%40example.org?issuer=Cordon&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
  );
  expect(decodeURIComponent(qr)).toMatch(/^data:image\/svg\+xml,<svg .*<\/svg>$/);
});

test('recovery codes are ten, differ, and are known however they are typed', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) {
    expect(code).toMatch(/^([0-9a-z]{4}-){5}[0-9a-z]{4}$/);
    const typed = code.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
    expect(recoveryHash(typed)).toEqual(recoveryHash(code));
  }
  expect(recoveryHash('123456')).toBeUndefined();
});

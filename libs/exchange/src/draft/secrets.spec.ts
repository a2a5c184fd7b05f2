import { expect, test } from '@jest/globals';
import { MASK, withoutSecrets } from './secrets.js';

const KEY = `-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----`;

test.each([
  ['Authorization: Bearer abcdef0123456789abcdef', 'abcdef0123456789abcdef'],
  ['https://ir:Winter2025x@vault.example.org/', 'Winter2025x'],
  ['The password is Tr0ub4dor&3 for now', 'Tr0ub4dor&3'],
  ['api_key = "9f8e7d6c5b4a"', '9f8e7d6c5b4a'],
  ['AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  [`before\n${KEY}\nafter`, 'MIIEow'],
])('what looks like a secret is masked: %#', (text, secret) => {
  const safe = withoutSecrets(text);
  expect(safe).not.toContain(secret);
  expect(safe).toContain(MASK);
  expect(safe.split('\n').length).toBe(text.split('\n').length);
});

test.each([
  'Reset the password: ask the service desk.',
  'Rotate every token and secret that the attacker may have seen.',
  'See https://intranet.example.org/register?id=1',
  `token: $${'{inputs.Token}'}`,
])('prose and references stay: %s', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

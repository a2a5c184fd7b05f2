import { expect, test } from '@jest/globals';
import { returnPath } from './return-path.js';

test.each(['/i/17', '/i/17?tab=steps#now', '/'])('%s is kept', (path) => {
  expect(returnPath(path)).toBe(path);
});

test.each([
  undefined,
  '',
  'i/17',
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '/\t/evil.example/',
  '/\n//evil.example',
  '/.//evil.example/',
  '/x/..//evil.example/',
  '/%2e//evil.example/',
  'javascript:alert(1)',
  '/auth/oidc/start',
  `/${'x'.repeat(1_000)}`,
])('%j leads to the front page', (path) => {
  expect(returnPath(path)).toBe('/');
});

test('what is returned is resolved to our own site by whoever follows it', () => {
  for (const path of ['/a b', '/ü?q=<script>', '/a//b', '/@evil.example']) {
    expect(new URL(returnPath(path), 'https://cordon.example').origin).toBe('https://cordon.example');
    expect(returnPath(path)).toMatch(/^[\x21-\x7e]+$/);
  }
});

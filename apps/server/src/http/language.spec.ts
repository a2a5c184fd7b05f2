import { expect, test } from '@jest/globals';
import { preferredLanguage } from './language.js';

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['fr', 'en'],
  ['zh-HK', 'zh-Hant'],
  ['zh-Hant-TW', 'zh-Hant'],
  ['yue', 'zh-Hant'],
  ['en-GB,zh;q=0.9', 'en'],
  ['fr, zh-TW;q=0.5, en;q=0.4', 'zh-Hant'],
  ['zh;q=0, en;q=0.1', 'en'],
  ['*', 'en'],
  ['zhx', 'en'],
  [';;;,,q=', 'en'],
])('%j is answered in %s', (accept, language) => {
  expect(preferredLanguage(accept)).toBe(language);
});

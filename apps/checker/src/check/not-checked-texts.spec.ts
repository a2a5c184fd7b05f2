import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { NOT_CHECKED, notChecked, type NotCheckedCode } from '@cordon/audit';
import { inChinese, notCheckedTexts } from '../page/not-checked-texts.js';

const codes = Object.keys(NOT_CHECKED) as NotCheckedCode[];
const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort();

test.each(codes)(
  '%s has an English and a Chinese text for what and for why, with the same values',
  (code) => {
    for (const [english, chinese] of notCheckedTexts(code)) {
      expect(namesIn(chinese)).toEqual(namesIn(english));
      expect(english).not.toBe('');
      if (english.replace(/\{\w+\}/g, '') !== '') {
        expect(english).toMatch(/[a-z]/);
        expect(chinese).toMatch(/\p{Script=Han}/u);
      }
    }
  },
);

test('the values stand in both languages', () => {
  const line = notChecked('views', { paths: ['views/a', 'views/b'] });
  expect(line.what).toBe('views/a, views/b');
  expect(inChinese(line)[0]).toBe('views/a, views/b');
  expect(notChecked('entries_before', { from: 20 }).what).toBe('the entries before leaf 20');
  expect(inChinese(notChecked('entries_before', { from: 20 }))[0]).toBe('位置 20 之前的記錄');
});

test('verify.py says the same codes, and docs/audit.md lists all of them', () => {
  const root = new URL('../../../../', import.meta.url);
  const python = readFileSync(new URL('libs/audit/python/verify.py', root), 'utf8');
  const said = [...python.matchAll(/self\.skip\('(\w*)'/g)].map(([, code]) => code);
  expect(said.length).toBe(python.split('self.skip(').length - 1);
  expect(codes).toEqual(expect.arrayContaining(said));
  const document = readFileSync(new URL('docs/audit.md', root), 'utf8');
  const listed = [...document.matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm)];
  for (const code of codes) {
    const row = listed.find(([, name]) => name === code);
    expect([
      code,
      row?.[2]
        ?.match(/`(\w+)`/g)
        ?.map((name) => name.slice(1, -1))
        .sort() ?? [],
    ]).toEqual([code, [...new Set(NOT_CHECKED[code].flatMap(namesIn))].sort()]);
    expect(row).toBeDefined();
  }
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { SIMPLIFIED_ONLY } from './simplified-characters.js';
import { simplifiedCharacters } from './simplified.js';

const SHIPPED = ['ransomware', 'data-breach'];

const found = (text: string) => simplifiedCharacters(text).map(({ character }) => character);

/** Every text in Traditional Chinese below a value of the document. */
function traditionalTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === 'zh-Hant' && typeof part === 'string' ? [part] : traditionalTexts(part),
  );
}

test.each(SHIPPED)('the Traditional texts of the playbook %s hold nothing Simplified', (id) => {
  const file = fileURLToPath(new URL(`../../../playbooks/${id}/playbook.yaml`, import.meta.url));
  const texts = traditionalTexts(parse(readFileSync(file, 'utf8')));
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.flatMap(simplifiedCharacters)).toEqual([]);
});

test('a Simplified paragraph is reported wherever the two scripts part', () => {
  const simplified =
    '我们的系统遭到勒索软件攻击，请断开网络连接，备份数据，并通知警务处和个人资料私隐专员公署。' +
    '员工档案可能已经泄露，应尽快联络受影响的人，说明发生的事，并保护现场证据。';
  const traditional =
    '我們的系統遭到勒索軟件攻擊，請斷開網絡連接，備份數據，並通知警務處和個人資料私隱專員公署。' +
    '員工檔案可能已經泄露，應盡快聯絡受影響的人，說明發生的事，並保護現場證據。';
  const differs = [...simplified].filter((character, at) => character !== [...traditional][at]);
  // Hong Kong writes these three too: 吞并, 拮据, 响 for 在.
  expect(found(simplified)).toEqual(differs.filter((character) => !'并据响'.includes(character)));
  expect(found(simplified).length).toBeGreaterThan(25);
  expect(found(traditional)).toEqual([]);
});

test.each([
  ['used by both scripts', '台里后干面松斗谷系冲余云准几丑范折征克制表游岳郁升布占托卷才周群床峰秘污'],
  [
    'variants within Traditional Chinese',
    '線綫裏裡着著為爲啟啓衞衛説說温溫悦悅税稅脱脫鋭銳閲閱卧臥葱蔥户戶敍敘鈎鉤',
  ],
  ['written in Hong Kong alone', '嘅咗嚟冇佢哋喺啲噉嗰瞓攞揾枱恒吓响咏粽痴灶糍氹邨埗鰂涌'],
  ['Latin letters, digits and signs', 'CISO 24/7: 「密碼」, — 100%'],
])('nothing is reported of what is %s', (_name, text) => {
  expect(simplifiedCharacters(text)).toEqual([]);
});

test('the index is that of the string, also behind characters outside the basic plane', () => {
  const text = '𠮷野家の数据𫗧';
  expect(simplifiedCharacters(text)).toEqual([
    { character: '数', index: text.indexOf('数') },
    { character: '𫗧', index: text.indexOf('𫗧') },
  ]);
});

test('what is reported stands where it is said to stand, and nothing is reported twice', () => {
  const texts = fc.array(fc.constantFrom(...SIMPLIFIED_ONLY, ...'資料𠮷外洩 a，'), { maxLength: 40 });
  fc.assert(
    fc.property(texts, (parts) => {
      const text = parts.join('');
      const all = simplifiedCharacters(text);
      for (const { character, index } of all) expect(text.startsWith(character, index)).toBe(true);
      expect(new Set(all.map(({ index }) => index)).size).toBe(all.length);
      expect(all.length).toBe(parts.filter((part) => SIMPLIFIED_ONLY.includes(part)).length);
    }),
  );
});

test('the list is in code point order, so that a change of it reads as one', () => {
  const codes = [...SIMPLIFIED_ONLY].map((character) => character.codePointAt(0) ?? 0);
  expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
  expect(codes.length).toBeGreaterThan(2_500);
});

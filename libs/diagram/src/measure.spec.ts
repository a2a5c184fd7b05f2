import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { widestPart, widthOf, wrap } from './measure.js';

const FACE = { size: 12 };

describe('width', () => {
  test('a Chinese character is as wide as it is high, and Latin letters are narrower', () => {
    expect(widthOf('復原', FACE)).toBe(24);
    expect(widthOf('mm', FACE)).toBe(24);
    expect(widthOf('il', FACE)).toBeLessThan(8);
  });

  test('bold takes more room; marks joined to a character take none', () => {
    expect(widthOf('abc', { size: 12, bold: true })).toBeGreaterThan(widthOf('abc', FACE));
    expect(widthOf('e\u0301', FACE)).toBe(widthOf('e', FACE));
  });
});

test('the widest part is the longest word, or one Chinese character with what belongs to it', () => {
  expect(widestPart('Tell the Commissioner now', FACE)).toBe(widthOf('Commissioner', FACE));
  expect(widestPart('通報（專員）', FACE)).toBe(24);
});

describe('lines', () => {
  test('break between words', () => {
    expect(wrap('Stop the spread on the network', 90, FACE)).toEqual([
      'Stop the',
      'spread on the',
      'network',
    ]);
  });

  test('break between Chinese characters, but not before a closing mark or after an opening one', () => {
    expect(wrap('制止擴散，保住備份', 48, FACE)).toEqual(['制止擴', '散，保住', '備份']);
    expect(wrap('制止擴「散保」住', 48, FACE)).toEqual(['制止擴', '「散保」', '住']);
  });

  test('a word wider than a line is cut, and nothing of it is lost', () => {
    const lines = wrap('Donaudampfschifffahrtsgesellschaft', 60, FACE);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join('')).toBe('Donaudampfschifffahrtsgesellschaft');
  });

  test('beyond the last line there is an ellipsis', () => {
    expect(wrap('one two three four five six', 60, FACE, 2)).toEqual(['one two', 'three…']);
    expect(wrap('', 60, FACE)).toEqual([]);
  });

  test('are never wider than asked for, and hold every word where their number is not limited', () => {
    const width = fc.integer({ min: 30, max: 400 });
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 120 }),
        width,
        fc.integer({ min: 1, max: 5 }),
        (text, px, most) => {
          const clean = text.replaceAll(/\s+/g, ' ').trim();
          for (const line of [...wrap(clean, px, FACE), ...wrap(clean, px, FACE, most)]) {
            expect(widthOf(line, FACE)).toBeLessThanOrEqual(px);
          }
          expect(wrap(clean, px, FACE).join('').replaceAll(' ', '')).toBe(clean.replaceAll(' ', ''));
          expect(wrap(clean, px, FACE, most).length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});

/** Keeps docs/security.md honest: all requirements in their order, each with a verdict, and nothing cited that is not there. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readText, root } from './tree.js';

const PAGE = 'docs/security.md';
const page = readText(PAGE) ?? '';

/** Requirements of levels 1 and 2 in each chapter of OWASP ASVS 5.0.0, from its published table. */
const REQUIREMENTS: Readonly<Record<string, number>> = {
  ...{ V1: 27, V2: 11, V3: 19, V4: 10, V5: 9, V6: 35, V7: 18, V8: 7, V9: 7 },
  ...{ V10: 29, V11: 14, V12: 9, V13: 13, V14: 9, V15: 13, V16: 16, V17: 7 },
};
const VERDICTS = ['met', 'not met', 'operator', 'n/a'];
/** Met rows without a test: there is nothing but an absence to show. The number may only shrink. */
const BY_CONSTRUCTION = 4;

interface Row {
  readonly number: string;
  readonly asks: string;
  readonly verdict: string;
  readonly where: string;
  readonly shownBy: string;
}

const rows: readonly Row[] = page
  .split('\n')
  .filter((line) => /^\| V\d/.test(line))
  .map((line) => {
    const [number = '', asks = '', verdict = '', where = '', shownBy = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return { number, asks, verdict, where, shownBy };
  });

interface Citation {
  readonly number: string;
  readonly file: string;
  readonly title: string;
}

const fromPage = (path: string): string => normalize(join(dirname(PAGE), path)).replaceAll('\\', '/');

const citations: readonly Citation[] = rows.flatMap(({ number, shownBy }) =>
  [...shownBy.matchAll(/\[[^\]]+\]\(([^)]+)\) “([^”]+(?:”(?!<br>|$)[^”]+)*)”/g)].map(
    ([, path = '', title = '']) => {
      return { number, file: fromPage(path), title: title.replaceAll('&#124;', '|') };
    },
  ),
);

const parts = (number: string): readonly number[] => number.slice(1).split('.').map(Number);

function isBefore(one: string, other: string): boolean {
  const [left, right] = [parts(one), parts(other)];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}

describe('the table of docs/security.md', () => {
  test('has every requirement of levels 1 and 2, by chapter', () => {
    const counted: Record<string, number> = {};
    for (const { number } of rows) {
      const chapter = number.split('.')[0] ?? '';
      counted[chapter] = (counted[chapter] ?? 0) + 1;
    }
    expect(counted).toEqual(REQUIREMENTS);
    expect(page).toContain(`all ${rows.length} requirements`);
  });

  test('has each once, in order, under its own chapter', () => {
    expect(rows.filter(({ number }) => !/^V\d+\.\d+\.\d+$/.test(number))).toEqual([]);
    const wrong = rows.filter((row, i) => i > 0 && !isBefore(rows[i - 1]?.number ?? '', row.number));
    expect(wrong).toEqual([]);
    const chapters = page.split(/^### (?=V\d)/m).slice(1);
    for (const chapter of chapters) {
      const name = chapter.split(' ')[0] ?? '';
      const strangers = [...chapter.matchAll(/^\| (V\d+)\./gm)].filter(([, of]) => of !== name);
      expect([name, strangers.length]).toEqual([name, 0]);
    }
  });

  test('has a verdict in every row, and says why', () => {
    const silent = rows.filter(
      ({ asks, verdict, where }) => asks === '' || where === '' || !VERDICTS.includes(verdict),
    );
    expect(silent).toEqual([]);
  });

  test('counts its verdicts right', () => {
    const of = (verdict: string): number => rows.filter((row) => row.verdict === verdict).length;
    const [met = 0, not = 0, operator = 0, none = 0] = VERDICTS.map(of);
    const text = page.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      `Of them ${met} are met, ${not} are not, ${operator} are the operator's, and ${none} do not apply.`,
    );
  });

  test('names a test for what is met, but for what is met by an absence', () => {
    const met = rows.filter(({ verdict }) => verdict === 'met');
    const untested = met.filter(({ number }) => !citations.some((one) => one.number === number));
    expect(untested.filter(({ shownBy }) => shownBy !== 'by construction')).toEqual([]);
    expect(untested.length).toBeLessThanOrEqual(BY_CONSTRUCTION);
    const links = rows.map(({ shownBy }) => shownBy.split('](').length - 1);
    expect(links.reduce((sum, count) => sum + count, 0)).toBe(citations.length);
  });

  test('cites files that exist', () => {
    const paths = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path = '']) => fromPage(path));
    expect(paths.length).toBeGreaterThan(300);
    expect([...new Set(paths)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('cites tests that exist, by their titles', () => {
    const missing = citations.filter(({ file, title }) => {
      const text = existsSync(join(root, file)) ? (readText(file) ?? '') : '';
      return !titlesIn(text).has(title);
    });
    expect(missing).toEqual([]);
  });
});

/** What stands first in `test(…)` or behind a table of cases, and has a function behind it. */
function titlesIn(text: string): ReadonlySet<string> {
  const title = /(?:\b(?:test|it)|\))\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1\s*,\s*(?:async\b|\(|\w+ =>)/g;
  return new Set([...text.matchAll(title)].map(([, , written = '']) => written));
}

import Table from 'cli-table3';
import { shown } from './io.js';

/** Of each cell: a space on both sides. Borders come on top: one per column, and one. */
const PADDING = 2;
const NO_BREAK = '\u00a0';

/**
 * A table without colours of its own: cells may bring theirs. Not wider than `columns`: the widest columns give way
 * first, text goes on in the next line of its cell, and only a word that would not fit even so is cut in two.
 */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string {
  const cells = [head, ...rows].map((row) => row.map(shown));
  const widths = columns === undefined ? undefined : widthsWithin(cells, columns - head.length - 1);
  const fitted = cells.map((row) =>
    row.map((cell, n) => wrapped(cell, widths && (widths[n] ?? 0) - PADDING).replaceAll(NO_BREAK, ' ')),
  );
  const table = new Table({ head: fitted[0] ?? [], style: { head: [], border: [], compact: true } });
  table.push(...fitted.slice(1));
  return table.toString();
}

/** The text as one word, where a line break would tear apart what belongs together. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}

/** Breaks lines between words; those after the first begin with `indent`. A word longer than a line is cut. */
export function wrapped(text: string, columns: number | undefined, indent = ''): string {
  if (columns === undefined) return text;
  return text
    .split('\n')
    .map((line) => wrappedLine(line, columns, indent))
    .join('\n');
}

function wrappedLine(text: string, columns: number, indent: string): string {
  const begin = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = begin;
  let empty = true;
  for (const word of text.slice(begin.length).split(' ')) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
    for (let cut = cutOf(line, columns); cut > 0; cut = cutOf(line, columns)) {
      lines.push(line.slice(0, cut));
      line = indent + line.slice(cut);
    }
  }
  return [...lines, line].join('\n');
}

/** Where a line that is too long for its columns is cut: behind its last hyphen if it can be. 0 when it fits, or nothing can be done. */
function cutOf(line: string, columns: number): number {
  // Coloured text is not cut: its escapes would be, too.
  if (columns < 4 || widthOf(line) <= columns || line.includes('\u001b')) return 0;
  let end = Math.min(columns, line.length - 1);
  while (end > 1 && widthOf(line.slice(0, end)) > columns) end -= 1;
  const hyphen = line.slice(0, end).lastIndexOf('-') + 1;
  return hyphen > 4 ? hyphen : end;
}

/** Undefined when everything fits as it is. */
function widthsWithin(cells: readonly (readonly string[])[], columns: number): number[] | undefined {
  const indices = (cells[0] ?? []).map((_, n) => n);
  const widest = (n: number, separator: RegExp): number =>
    PADDING + Math.max(1, ...cells.flatMap((row) => (row[n] ?? '').split(separator).map(widthOf)));
  const widths = indices.map((n) => widest(n, /\n/));
  if (sum(widths) <= columns) return undefined;
  // First words stay whole, then they are cut behind hyphens, then anywhere.
  for (const separator of [/[ \n]/, /[ \n]|(?<=-)/]) {
    shrink(
      widths,
      indices.map((n) => widest(n, separator)),
      columns,
    );
  }
  shrink(
    widths,
    indices.map(() => PADDING + 4),
    columns,
  );
  return widths;
}

/** Takes from the widest column that is above its least, a step at a time, until it fits or nothing is left to take. */
function shrink(widths: number[], least: readonly number[], columns: number): void {
  while (sum(widths) > columns) {
    const spare = widths.map((width, n) => (width > (least[n] ?? 0) ? width : 0));
    const most = Math.max(...spare);
    if (most === 0) return;
    widths[spare.indexOf(most)] = most - 1;
  }
}

/** On a terminal: colours take no room, Chinese characters two columns. */
function widthOf(text: string): number {
  // eslint-disable-next-line no-control-regex
  const plain = text.replace(/\u001b\[\d+m/g, '');
  const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g;
  return plain.length + (plain.match(wide)?.length ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

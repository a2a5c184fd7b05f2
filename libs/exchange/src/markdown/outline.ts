/**
 * Markdown as far as a checklist needs it: headings, list items with what hangs on them, and text. Read line by line
 * (CommonMark 0.31 for what is understood); whatever is none of these stays as text where it stands.
 */
import type { Report } from '../draft/report.js';

/** An item of a list. */
export interface Item {
  readonly line: number;
  readonly ordered: boolean;
  /** The mark in its checkbox; undefined without one. */
  readonly box?: string;
  /** Columns before its mark, and before its text. */
  readonly indent: number;
  readonly inset: number;
  /** Its own lines, and the items below it, as they come. */
  readonly body: (string | Item)[];
}

/** A heading and what stands below it. */
export interface Section {
  /** 1 to 6; 0 for what stands before the first heading. */
  readonly level: number;
  readonly title: string;
  readonly line: number;
  readonly body: (string | Item)[];
  readonly sections: Section[];
}

/** Items below items beyond this depth are read as standing beside each other. */
const MOST_LEVELS = 8;

const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const FENCE = /^\s*(`{3,}|~{3,})/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])(?:[ \t]+(.*))?$/;
const BOX = /^\[([ xX])\](?:\s+(.*))?$/;
const HIDDEN_BOX = /^[\s>|]*(?:(?:[-*+]|\d{1,9}[.)])\s*)?\[[ xX]\]\s/;

/** Reads the lines from `first` on; line numbers count from 1. Linear. */
export function outlineOf(lines: readonly string[], first: number, report: Report): Section {
  const reader = new OutlineReader(report);
  for (let i = first; i < lines.length; i += 1) reader.read(lines[i] ?? '', i + 1);
  return reader.end(lines.length);
}

class OutlineReader {
  readonly #root: Section = { level: 0, title: '', line: 1, body: [], sections: [] };
  /** The sections that the next line stands in, outermost first. */
  readonly #sections: Section[] = [this.#root];
  readonly #items: Item[] = [];
  #fence: { readonly mark: string; readonly line: number } | undefined;
  #comment = false;
  #afterBlank = true;
  /** The line before was part of a table. */
  #table = false;

  constructor(private readonly report: Report) {}

  read(line: string, number: number): void {
    if (this.#fence) return this.#readCode(line, number);
    if (this.#comment || /^\s*<!--/.test(line)) return this.#readComment(line, number);
    const fence = FENCE.exec(line);
    if (fence?.[1] !== undefined) {
      this.#fence = { mark: fence[1], line: number };
      this.#place(line);
      return this.#write(line);
    }
    if (line.trim() === '') {
      this.#afterBlank = true;
      return this.#write('');
    }
    this.#readText(line, number);
    this.#afterBlank = false;
  }

  end(lines: number): Section {
    if (this.#fence) {
      this.report.warning(
        `line ${this.#fence.line}`,
        `this code block has no end: all down to line ${lines} is code`,
      );
    }
    if (this.#comment)
      this.report.warning(`line ${lines}`, 'a comment has no end: what follows it was left out');
    return this.#root;
  }

  #readText(line: string, number: number): void {
    const heading = HEADING.exec(line);
    if (heading)
      return this.#open(heading[1]?.length ?? 1, headingText(line.slice(heading[0].length)), number);
    const underline = /^ {0,3}(=+|-+)[ \t]*$/.exec(line);
    if (underline && !this.#afterBlank && this.#items.length === 0) {
      const title = this.#section().body.pop();
      if (typeof title === 'string' && title.trim() !== '') {
        return this.#open(underline[1]?.startsWith('=') ? 1 : 2, title, number - 1);
      }
      if (title !== undefined) this.#section().body.push(title);
    }
    if (RULE.test(line)) {
      this.#items.length = 0;
      return this.#write('');
    }
    const item = ITEM.exec(line);
    if (item && !(item[3] === undefined && !this.#afterBlank && this.#items.length === 0)) {
      return this.#openItem(item, number);
    }
    this.#place(line);
    this.#reportText(line, number);
    this.#write(line);
  }

  /** What a line of text holds that this reader does not understand. */
  #reportText(line: string, number: number): void {
    if (HIDDEN_BOX.test(line)) {
      this.report.warning(
        `line ${number}`,
        'a checkbox in a quotation or a table is no step: write it as a list item',
      );
    }
    const where = `line ${number}`;
    const isTable = /^\s*\|/.test(line);
    if (isTable && !this.#table) this.report.gather('note', 'tables are kept as text', where, where);
    if (/^\s*<[a-z!/]/i.test(line)) this.report.gather('note', 'HTML is kept as text', where, where);
    this.#table = isTable;
  }

  #readCode(line: string, number: number): void {
    const { mark } = this.#fence ?? { mark: '```' };
    this.#write(line);
    const close = /^\s*(`{3,}|~{3,})\s*$/.exec(line)?.[1];
    if (close !== undefined && close.startsWith(mark)) this.#fence = undefined;
    else if (HIDDEN_BOX.test(line)) {
      this.report.warning(`line ${number}`, 'a checkbox in a code block is no step: it is kept as code');
    }
  }

  #readComment(line: string, number: number): void {
    this.#comment = !line.includes('-->');
    this.report.gather('note', 'comments were left out', `line ${number}`, `line ${number}`);
  }

  #open(level: number, title: string, line: number): void {
    this.#items.length = 0;
    this.#afterBlank = true;
    while ((this.#sections.at(-1)?.level ?? 0) >= level) this.#sections.pop();
    const section: Section = { level, title: plainText(title), line, body: [], sections: [] };
    this.#section().sections.push(section);
    this.#sections.push(section);
  }

  #openItem([, space = '', mark = '', rest = '']: RegExpExecArray, number: number): void {
    const indent = width(space);
    while ((this.#items.at(-1)?.indent ?? -2) > indent - 2) this.#items.pop();
    if (this.#items.length >= MOST_LEVELS) {
      this.#items.length = MOST_LEVELS - 1;
      const why = `items more than ${MOST_LEVELS} levels deep stand beside each other here`;
      this.report.gather('warning', why, `line ${number}`, `line ${number}`);
    }
    const box = BOX.exec(rest);
    const item: Item = {
      line: number,
      ordered: /\d/.test(mark),
      ...(box?.[1] === undefined ? {} : { box: box[1] }),
      indent,
      inset: indent + mark.length + 1,
      body: [box ? (box[2] ?? '') : rest],
    };
    (this.#items.at(-1) ?? this.#section()).body.push(item);
    this.#items.push(item);
  }

  /** Leaves the items that a line of text, indented so far, is no part of. */
  #place(line: string): void {
    if (!this.#afterBlank && this.#items.length > 0) return;
    const indent = width(/^[ \t]*/.exec(line)?.[0] ?? '');
    while ((this.#items.at(-1)?.indent ?? -2) > indent - 2) this.#items.pop();
  }

  #write(line: string): void {
    const item = this.#items.at(-1);
    if (!item) this.#section().body.push(line);
    else item.body.push(this.#fence || line === '' ? dedented(line, item.inset) : line.trim());
  }

  #section(): Section {
    return this.#sections.at(-1) ?? this.#root;
  }
}

/** Without the number signs that may close a heading. */
function headingText(text: string): string {
  const words = text.trim();
  let end = words.length;
  while (words[end - 1] === '#') end -= 1;
  return end === 0 || /\s/.test(words[end - 1] ?? '') ? words.slice(0, end) : words;
}

function width(space: string): number {
  return space.replaceAll('\t', '    ').length;
}

/** Without so many columns of white space before it, as far as there are any. */
function dedented(line: string, columns: number): string {
  const space = /^[ \t]*/.exec(line)?.[0] ?? '';
  return ' '.repeat(Math.max(0, width(space) - columns)) + line.slice(space.length);
}

/** The words of a line without its marks of emphasis, code and links. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\][]*)\]\([^()\s]*(?:\s"[^"]*")?\)/g, '$1')
    .replaceAll(/(\*\*|__)(?=\S)(.+?)\1/g, '$2')
    .replaceAll(/(?<![\w*])\*(?=\S)([^*]+)\*(?!\w)/g, '$1')
    .replaceAll(/(?<!`)`+([^`]+)`+/g, '$1')
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

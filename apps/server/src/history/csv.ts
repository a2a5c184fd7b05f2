import type { Transform } from 'node:stream';
import type { Json } from '@cordon/kernel';
import type { EntryView } from '@cordon/runtime';
import { stringify } from 'csv-stringify';

type Cell = string | number;

const text = (value: string | null | undefined): string => value ?? '';
const json = (value: Json | undefined): string => (value === undefined ? '' : JSON.stringify(value));

/** Columns in the order of the file. A formula can only be planted in text: numbers stay numbers. */
const columns: readonly { readonly name: string; readonly of: (entry: EntryView) => Cell }[] = [
  { name: 'seq', of: ({ seq }) => seq },
  { name: 'revision', of: ({ revision }) => revision },
  { name: 'kind', of: ({ kind }) => kind },
  { name: 'at', of: ({ at }) => at },
  { name: 'occurredAt', of: ({ occurredAt }) => occurredAt },
  { name: 'actor', of: ({ actor }) => actor.name ?? actor.id },
  { name: 'event type', of: ({ event }) => event.type },
  { name: 'step', of: ({ event }) => text(event.step) },
  { name: 'data', of: ({ event }) => json(event.data) },
  { name: 'note', of: ({ note }) => text(note) },
  { name: 'from', of: ({ from }) => stateText(from) },
  { name: 'to', of: ({ to }) => stateText(to) },
  { name: 'late by (s)', of: ({ lateBy }) => lateBy ?? '' },
  { name: 'supersedes', of: ({ supersedes }) => supersedes ?? '' },
  { name: 'superseded by', of: ({ supersededBy }) => supersededBy ?? '' },
  { name: 'prev', of: ({ prev }) => prev },
  { name: 'hash', of: ({ hash }) => hash },
];

/** The cells of each line of the JSON export. */
export async function* csvRows(lines: AsyncIterable<string>): AsyncGenerator<Cell[]> {
  for await (const line of lines) {
    const entry = JSON.parse(line) as EntryView;
    yield columns.map(({ of }) => guarded(of(entry)));
  }
}

/** RFC 4180, with a header row and every text quoted. */
export function csvWriter(): Transform {
  return stringify({
    header: true,
    columns: columns.map(({ name }) => name),
    quoted_string: true,
    record_delimiter: 'windows',
  });
}

function stateText(state: Json): string {
  return typeof state === 'string' ? state : json(state);
}

/** What a spreadsheet starts a formula with, in ASCII and full width, behind any white space and control characters. */
const formula = /^[\s\p{C}]*[=+\-@%|\uFF1D\uFF0B\uFF0D\uFF20]/u;
const trickyStart = /^[\t\r\n\0]/;
// eslint-disable-next-line no-control-regex -- they are what is taken out
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/**
 * A cell that no spreadsheet takes for a formula (OWASP ASVS 1.2.10): control characters but tab and line ends are
 * taken out, and a text that would start a formula gets an apostrophe in front. The file is derived: the evidence is
 * the JSON.
 */
export function guarded(cell: Cell): Cell {
  if (typeof cell === 'number') return cell;
  const clean = cell.replace(controls, '');
  return formula.test(cell) || trickyStart.test(cell) ? `'${clean}` : clean;
}

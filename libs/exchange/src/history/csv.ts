/**
 * `views/transitions.csv`: one row for each entry, RFC 4180, with a byte order mark, by which spreadsheets know UTF-8.
 * What people typed cannot become a formula (OWASP ASVS 5.0, 1.2.10). The file is derived, so an apostrophe before a
 * text takes nothing from the evidence.
 */
import { canonicalJson, type Json } from '@cordon/kernel';
import { said, stateText, type Said } from './reading.js';
import type { HistoryRecord, HistoryView, Records } from './record.js';

type Cell = string | number;

interface Row {
  readonly record: HistoryRecord;
  readonly said: Said;
}

const json = (value: Json | undefined): string => (value === undefined ? '' : canonicalJson(value));

/** Columns in the order of the file. Numbers stay numbers only where the column is one. */
const COLUMNS: readonly { readonly name: string; readonly of: (row: Row) => Cell }[] = [
  { name: 'leaf_index', of: ({ record }) => record.index },
  { name: 'incident', of: ({ record }) => record.leaf.incident },
  { name: 'seq', of: ({ record }) => record.leaf.seq },
  { name: 'kind', of: ({ record }) => record.leaf.kind },
  { name: 'at', of: ({ record }) => record.leaf.at },
  { name: 'occurred_at', of: ({ record }) => record.leaf.occurredAt },
  { name: 'actor', of: ({ record }) => record.leaf.actor.id },
  { name: 'actor_type', of: ({ record }) => record.leaf.actor.type },
  { name: 'actor_roles', of: ({ record }) => record.leaf.actor.roles.join(' ') },
  { name: 'event', of: ({ record }) => record.leaf.event.type },
  { name: 'step', of: ({ record }) => record.leaf.event.step ?? '' },
  { name: 'subject', of: ({ record }) => record.leaf.event.subject ?? '' },
  { name: 'from', of: ({ record }) => stateText(record.leaf.from) },
  { name: 'to', of: ({ record }) => stateText(record.leaf.to) },
  { name: 'system', of: ({ record }) => systemText(record) },
  { name: 'note', of: ({ said: { note } }) => note ?? '' },
  { name: 'data', of: ({ said: { data } }) => json(data) },
  { name: 'lapsed', of: ({ said: { lapsed } }) => json(lapsed) },
  { name: 'rejection', of: ({ record }) => record.leaf.rejection ?? '' },
  { name: 'rejection_details', of: ({ said: { rejection } }) => json(rejection) },
  { name: 'withheld', of: ({ said: { withheld } }) => withheld.join(' ') },
  { name: 'leaf_hash', of: ({ record }) => record.hash },
];

/** The rows of the history. Constant memory, one pass. */
export const csvView: HistoryView = {
  path: 'views/transitions.csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  async *write(records: Records): AsyncGenerator<string> {
    yield `\uFEFF${COLUMNS.map(({ name }) => written(name)).join(',')}\r\n`;
    for await (const record of records()) {
      const row = { record, said: said(record) };
      yield `${COLUMNS.map(({ of }) => written(of(row))).join(',')}\r\n`;
    }
  },
};

function systemText({ leaf: { system } }: HistoryRecord): string {
  return system ? `${system.id}: ${system.from} to ${system.to}` : '';
}

function written(cell: Cell): string {
  return typeof cell === 'number' ? String(cell) : `"${guardedText(cell).replaceAll('"', '""')}"`;
}

/** What a spreadsheet begins a formula with, in ASCII and full width, behind any white space and control characters. */
const FORMULA = /^[\s\p{C}]*[=+\-@%|\uFF1D\uFF0B\uFF0D\uFF20]/u;
const TRICKY_START = /^[\t\n\r\0]/;
// eslint-disable-next-line no-control-regex -- they are what is taken out
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** The text without control characters but tab and line ends, and with an apostrophe where it could start a formula. */
export function guardedText(text: string): string {
  const clean = text.replace(CONTROLS, '');
  return FORMULA.test(text) || TRICKY_START.test(text) ? `'${clean}` : clean;
}

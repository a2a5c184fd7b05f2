/** A log to write views of: two told histories and the deployment's own chain, lying across each other. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLeaf, type KeptOpening } from '@cordon/audit';
import type { HistoryAbout, HistoryRecord, HistoryView } from '@cordon/exchange';
import type { StoredEntry } from '@cordon/runtime';
import { toldHistory } from './told-history.js';

const ABOUT: HistoryAbout = { origin: 'cordon-log/test', size: 1000 };

/** Whose notes are withheld in the log that is told; no view may name them. */
export const ERASED = 'person-who-was-erased';

/** The records of the log. A note in every other place of it was a person's who is gone. Some seconds. */
export async function toldLog(): Promise<readonly HistoryRecord[]> {
  const [one, other] = await Promise.all([toldHistory('data-breach'), toldHistory('lost-device')]);
  return inOneLog([one.entries, other.entries, one.journal]);
}

/** The entries of several chains, one of each in turn, as a log holds them. */
function inOneLog(chains: readonly (readonly StoredEntry[])[]): HistoryRecord[] {
  const longest = Math.max(...chains.map(({ length }) => length));
  const mixed = Array.from({ length: longest }, (_, i) => chains.flatMap((chain) => chain[i] ?? [])).flat();
  return mixed.map(({ leaf, hash, openings }, index) => ({
    index,
    hash: Buffer.from(hash).toString('hex'),
    leaf: readLeaf(leaf),
    openings: withheldNote(openings === undefined ? [] : (JSON.parse(openings) as KeptOpening[]), index),
  }));
}

function withheldNote(openings: readonly KeptOpening[], index: number): readonly KeptOpening[] {
  return openings.map((opening) =>
    opening.key === 'note' && index % 2 === 0 ? { key: 'note', subject: ERASED, withheld: true } : opening,
  );
}

/** The whole text of a view. */
export async function writtenView(view: HistoryView, records: readonly HistoryRecord[]): Promise<string> {
  const parts: string[] = [];
  const read = async function* (): AsyncGenerator<HistoryRecord> {
    for (const record of records) yield await Promise.resolve(record);
  };
  for await (const part of view.write(read, ABOUT)) parts.push(part);
  return parts.join('');
}

/** The JSON value of each line. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The validator that the room of the views has; the one at the root is an old one that a tool brings. */
const { Ajv } = createRequire(join(process.cwd(), 'libs/exchange/package.json'))('ajv') as {
  readonly Ajv: new (options: object) => Validator;
};

interface Validator {
  addFormat(name: string, format: RegExp): void;
  compile(schema: object): Valid;
}

export interface Valid {
  (value: unknown): boolean;
  readonly errors?: readonly object[] | null;
}

/** A check against the JSON Schema in this file, with the formats that the schemas of views use. */
export function jsonSchema(file: string): Valid {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/);
  ajv.addFormat('uri-reference', /^[!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/);
  ajv.addFormat('uri', /^[a-z][a-z0-9+.-]*:/i);
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
}

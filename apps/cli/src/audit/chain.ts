/**
 * Checks the JSON Lines export of one incident without any server.
 *
 * Line n is entry n. Its `leaf` is the exact text that was written to the log; its `hash` is the lowercase hex SHA-256 of
 * a zero byte followed by the leaf's UTF-8 bytes (RFC 6962 leaf hash); its `prev` is the `hash` of the line before; its
 * `seq` counts from 1 without gaps. What the line tells beside the leaf (who, what, when) must be what the leaf tells, and
 * every leaf must belong to the same incident. The first `prev` is the hash of that incident's name.
 *
 * What this cannot show: entries cut off at the end, and a history rewritten from its first entry on. Both need a head
 * that somebody kept, or a signed checkpoint, which is not part of this format.
 */
import { createHash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { type Line, linesOf } from './lines.js';

/** What a line tells beside its leaf, and the leaf tells too. */
const REPEATED = [
  'seq',
  'prev',
  'revision',
  'kind',
  'at',
  'occurredAt',
  'actor.id',
  'event.type',
  'event.step',
].map((path) => path.split('.'));
const KINDS = ['opened', 'transition', 'rejection'];

export interface ChainReport {
  readonly ok: boolean;
  /** Entries that verified, from the first on. */
  readonly entries: number;
  /** Hash of the last entry that verified: what a later export must still hold at this `seq`. */
  readonly head?: string;
  /** What the verified entries are, by `kind`. */
  readonly kinds: Readonly<Record<string, number>>;
  /** The first entry that does not verify. Nothing after it is judged. */
  readonly bad?: { readonly line: number; readonly seq?: number; readonly reason: string };
}

/** `onEntry` is called for each verified entry with its `seq` and `hash`. */
export async function verifyChain(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onEntry: (seq: number, hash: string) => void = () => undefined,
): Promise<ChainReport> {
  const kinds: Record<string, number> = {};
  let before: Verified | undefined;
  for await (const line of linesOf(chunks)) {
    const seq = (before?.seq ?? 0) + 1;
    const result = verifyLine(line, seq, before);
    if (typeof result === 'string')
      return { ...report(before, kinds), ok: false, bad: badLine(line, seq, result) };
    before = result;
    kinds[result.kind] = (kinds[result.kind] ?? 0) + 1;
    onEntry(result.seq, result.hash);
  }
  if (before === undefined)
    return { ok: false, entries: 0, kinds, bad: { line: 1, reason: 'the file holds no entry' } };
  return report(before, kinds);
}

export function leafHash(leaf: string | Uint8Array): string {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest('hex');
}

interface Verified {
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
  readonly incident: unknown;
}

function report(last: Verified | undefined, kinds: Readonly<Record<string, number>>): ChainReport {
  return { ok: true, entries: last?.seq ?? 0, kinds, ...(last ? { head: last.hash } : {}) };
}

function badLine(line: Line, lineNumber: number, reason: string): NonNullable<ChainReport['bad']> {
  const seq = 'text' in line ? objectOf(line.text)?.['seq'] : undefined;
  return { line: lineNumber, ...(typeof seq === 'number' ? { seq } : {}), reason };
}

/** The entry, or why it does not verify. */
function verifyLine(line: Line, seq: number, before: Verified | undefined): Verified | string {
  if ('unreadable' in line) return line.unreadable;
  const entry = objectOf(line.text);
  if (entry === undefined) return line.complete ? 'it is not a JSON object' : 'it is cut off in the middle';
  const { leaf, hash, prev, kind } = entry;
  if (entry['seq'] !== seq) return `its seq is ${JSON.stringify(entry['seq'])} where ${seq} comes next`;
  if (typeof leaf !== 'string') return 'it has no leaf, so there are no bytes to check';
  if (!leaf.isWellFormed()) return 'its leaf is not well-formed Unicode text';
  if (!isHash(prev) || !isHash(hash)) return 'its hash and prev must be 64 lowercase hexadecimal digits';
  if (leafHash(leaf) !== hash)
    return 'its leaf does not have the hash that stands beside it: the entry was altered';
  if (before !== undefined && prev !== before.hash) return `its prev is not the hash of entry ${seq - 1}`;
  const inside = objectOf(leaf);
  const clash = inside === undefined ? undefined : contradiction(inside, entry, before);
  return (
    clash ?? { seq, hash, kind: typeof kind === 'string' ? kind : 'entry', incident: inside?.['incident'] }
  );
}

/** What the leaf says otherwise than the line around it, or than the entry before. */
function contradiction(
  leaf: JsonObject,
  entry: JsonObject,
  before: Verified | undefined,
): string | undefined {
  for (const path of REPEATED) {
    const [logged, told] = [at(leaf, path), at(entry, path)];
    if (!isSame(path, logged, told)) {
      return `its ${path.join('.')} says ${JSON.stringify(told)}, but ${JSON.stringify(logged)} was logged`;
    }
  }
  const { incident } = leaf;
  if (before !== undefined) {
    return incident === before.incident ? undefined : 'it belongs to the history of another incident';
  }
  const isBeginning = typeof incident !== 'string' || entry['prev'] === leafHash(incident);
  return isBeginning
    ? undefined
    : 'its prev is not the hash of the incident it names, so it begins no history';
}

/** Compared where leaf and line both have it in the same type; instants as instants, kinds where both use the same word list. */
function isSame(path: readonly string[], logged: Json | undefined, told: Json | undefined): boolean {
  const comparable = typeof logged === 'string' || typeof logged === 'number';
  if (!comparable || typeof told !== typeof logged) return true;
  if (path[0] === 'kind' && !KINDS.includes(String(logged))) return true;
  if (path[0] === 'at' || path[0] === 'occurredAt') return instant(logged) === instant(told);
  return logged === told;
}

function instant(value: Json | undefined): number {
  return typeof value === 'string' ? Date.parse(value) : Number(value);
}

function at(value: JsonObject, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, name) => (isJsonObject(inner) ? inner[name] : undefined),
    value,
  );
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

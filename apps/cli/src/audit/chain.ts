/**
 * Checks the JSON Lines export of one incident without any server.
 *
 * Line n is entry n. Its `leaf` is the exact text that was written to the log; its `hash` is the lowercase hex SHA-256 of
 * a zero byte followed by the leaf's UTF-8 bytes (RFC 6962 leaf hash); its `prev` is the `hash` of the line before; its
 * `seq` counts from 1 without gaps. The first `prev` is the hash of the incident's name. The `openings` are the values
 * that the leaf commits to, each matching its commitment and none missing; one that went with a person who was erased says
 * `withheld`, and whose it was, which the deployment's own history (`person.erase`) must bear out. Everything else that a line tells must follow
 * from its leaf and openings, but for people's names and the sentences of refusals, which are made for the reader.
 *
 * What this cannot show: entries cut off at the end, and a history rewritten from its first entry on. Both need a head
 * that somebody kept, or a signed checkpoint, which is not part of this format.
 */
import { ChainChecker, isOpen, readLeaf } from '@cordon/audit';
import { isJsonObject, type JsonObject } from '@cordon/kernel';
import { CorrectionClaims } from './correction-claims.js';
import { falseClaim, openingsIn, withheldOf } from './line-claims.js';
import { type Line, linesOf } from './lines.js';

export interface ChainReport {
  readonly ok: boolean;
  /** Entries that verified, from the first on. */
  readonly entries: number;
  /** Hash of the last entry that verified: what a later export must still hold at this `seq`. */
  readonly head?: string;
  /** Values that went with people who were erased: committed to, and not to be checked any more. Absent when there are none. */
  readonly withheld?: number;
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
  const lines = new LineChecker();
  for await (const line of linesOf(chunks)) {
    const result = lines.next(line);
    if (typeof result === 'string')
      return { ...lines.report(kinds), ok: false, bad: badLine(line, lines.count + 1, result) };
    kinds[result.kind] = (kinds[result.kind] ?? 0) + 1;
    onEntry(lines.count, result.hash);
  }
  const wrong = lines.corrections.wrong();
  if (wrong) return { ...lines.report(kinds), ok: false, bad: { line: wrong.seq, ...wrong } };
  if (lines.count === 0)
    return { ok: false, entries: 0, kinds, bad: { line: 1, reason: 'the file holds no entry' } };
  return lines.report(kinds);
}

/** Takes the lines in order; the first tells which incident it is. */
class LineChecker {
  private chain: ChainChecker | undefined;
  private verified: { readonly entries: number; readonly head?: string; readonly withheld?: number } = {
    entries: 0,
  };
  readonly corrections = new CorrectionClaims();

  get count(): number {
    return this.verified.entries;
  }

  report(kinds: Readonly<Record<string, number>>): ChainReport {
    return { ok: true, kinds, ...this.verified };
  }

  /** The entry, or why it does not verify. */
  next(line: Line): { readonly hash: string; readonly kind: string } | string {
    if ('unreadable' in line) return line.unreadable;
    const entry = objectOf(line.text);
    if (entry === undefined) return line.complete ? 'it is not a JSON object' : 'it is cut off in the middle';
    const { leaf, hash } = entry;
    if (typeof leaf !== 'string') return 'it has no leaf, so there are no bytes to check';
    if (!leaf.isWellFormed()) return 'its leaf is not well-formed Unicode text';
    if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
      return 'its hash must be 64 lowercase hexadecimal digits';
    const openings = openingsIn(entry);
    if (!openings) return 'it has no openings, so what was typed cannot be checked';
    const incident = objectOf(leaf)?.['incident'];
    this.chain ??= new ChainChecker(typeof incident === 'string' ? incident : '');
    const bytes = Buffer.from(leaf, 'utf8');
    const fault = this.chain.next({ leaf: bytes, hash: Buffer.from(hash, 'hex'), openings });
    if (fault) return fault.message;
    const claim = falseClaim(readLeaf(bytes), openings, entry);
    if (claim !== undefined) return claim;
    this.corrections.next(readLeaf(bytes), openings.filter(isOpen), entry['supersededBy']);
    const withheld = (this.verified.withheld ?? 0) + withheldOf(openings).length;
    this.verified = {
      entries: this.chain.count,
      head: this.chain.head,
      ...(withheld > 0 ? { withheld } : {}),
    };
    return { hash, kind: readLeaf(bytes).kind };
  }
}

function badLine(line: Line, lineNumber: number, reason: string): NonNullable<ChainReport['bad']> {
  const seq = 'text' in line ? objectOf(line.text)?.['seq'] : undefined;
  return { line: lineNumber, ...(typeof seq === 'number' ? { seq } : {}), reason };
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

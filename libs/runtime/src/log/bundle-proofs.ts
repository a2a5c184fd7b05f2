/** What a bundle proves its entries with: gaps, older checkpoints, time-stamps, and proofs of single entries. */
import {
  consistencyProof,
  formatConsistencyLine,
  formatGap,
  formatTlogProof,
  Frontier,
  gapsBetween,
  inclusionProof,
  leafHash,
  subtreeHash,
} from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { UnknownCheckpointError, type BundleParts, type WantedBundle } from './bundle-ports.js';
import type { Survey } from './bundle-survey.js';
import { storedTiles } from './tile-source.js';
import type { LogEntry, LogHead, StoredCheckpoint, StoredTimestamp } from './ports.js';

type Log = BundleParts['log'];

/** Tiles that are read at once: a pass over the log needs one after the other. */
const AHEAD = 16;
/** Older checkpoints and time-stamps in one bundle: more than a year of days. */
const OLDER = 400;

export interface ShownNotes {
  /** `log/consistency.jsonl`. */
  readonly text: string;
  /** Time-stamps whose note stands in the bundle as it was stamped. */
  readonly stamps: readonly StoredTimestamp[];
}

/**
 * The older checkpoints: the last of each day, those that were time-stamped, and the auditor's own. Where a checkpoint was
 * cosigned after it was stamped, the note that was stamped is shown. Throws UnknownCheckpointError for a `since` that is
 * not there.
 */
export async function consistencyText(
  log: Log,
  { checkpoint, since }: WantedBundle,
  head: LogHead,
): Promise<ShownNotes> {
  const notes = new Map<number, string>();
  const isOlder = ({ epoch, size }: { readonly epoch: number; readonly size: number }): boolean =>
    epoch === checkpoint.epoch && size > 0 && size < checkpoint.size;
  for (const older of (await log.dailyCheckpoints(OLDER)).filter(isOlder)) notes.set(older.size, older.note);
  if (since !== undefined && since !== checkpoint.size) {
    const known = since > 0 && since < checkpoint.size ? await log.checkpointOf(since) : undefined;
    if (!known || !isOlder(known)) throw new UnknownCheckpointError(since);
    notes.set(since, known.note);
  }
  const stamped = (await log.timestamps(OLDER)).filter(({ epoch }) => epoch === checkpoint.epoch);
  const older = stamped.filter(isOlder);
  for (const { size, note } of older) notes.set(size, note);
  const tiles = storedTiles(log, head, AHEAD);
  let text = '';
  for (const [size, note] of [...notes].sort(([a], [b]) => a - b)) {
    const proof = await consistencyProof(tiles, size, checkpoint.size);
    text += `${formatConsistencyLine({ checkpoint: note, proof })}\n`;
  }
  const own = stamped.filter(({ size, note }) => size === checkpoint.size && note === checkpoint.note);
  return { text, stamps: [...older, ...own] };
}

/** One for each size. */
export function timestampsShown({ stamps }: ShownNotes): readonly StoredTimestamp[] {
  return [...new Map(stamps.map((stamp) => [stamp.size, stamp])).values()].sort((a, b) => a.size - b.size);
}

export async function entryProofs(
  log: Log,
  { checkpoint, scope }: WantedBundle,
  head: LogHead,
  { ends }: Survey,
  exported: number,
): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const tiles = storedTiles(log, head, AHEAD);
  const proofOf = async (name: string, index: number): Promise<{ name: string; text: string }> => {
    const proof = await inclusionProof(tiles, checkpoint.size, index);
    return { name, text: formatTlogProof({ index, proof, checkpoint: checkpoint.note }) };
  };
  const names = new Map<string, number>([['export', exported]]);
  if (ends && scope.kind === 'incident') {
    names.set('entry-1', ends[0]);
    names.set(`entry-${scope.seq}`, ends[1]);
  }
  return Promise.all([...names].map(([name, index]) => proofOf(name, index)));
}

/**
 * The lines of `log/gaps.txt`. Adds up leaves and gaps on the way, and throws a TamperError at the end where they do not
 * give the checkpoint's root: then the store has changed, and the bundle must not be finished.
 */
export async function* gapLines(
  log: Log,
  checkpoint: Pick<StoredCheckpoint, 'size' | 'root'>,
  pages: () => AsyncIterable<readonly LogEntry[]>,
): AsyncGenerator<string> {
  const tiles = storedTiles(log, await log.head(), AHEAD);
  const frontier = new Frontier();
  async function* upTo(end: number): AsyncGenerator<string> {
    for (const { start, level } of gapsBetween(frontier.size, end)) {
      const hash = await subtreeHash(tiles, level, start / 2 ** level);
      frontier.appendSubtree(level, hash);
      yield formatGap({ start, level, hash });
    }
  }
  for await (const page of pages()) {
    for (const { index, leaf } of page) {
      if (index > frontier.size) yield* upTo(index);
      frontier.append(leafHash(leaf));
    }
  }
  if (checkpoint.size > frontier.size) yield* upTo(checkpoint.size);
  if (frontier.size !== checkpoint.size || !frontier.root().equals(checkpoint.root))
    throw new TamperError(`the stored entries do not give the root that was signed at ${checkpoint.size}`);
}

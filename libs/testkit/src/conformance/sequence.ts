import type { EntryRow, JournalHead, LogEntry, LogHead, LogStore, StoredTile } from '@cordon/runtime';
import { invariant } from '@cordon/kernel';
import { anEntry, bytes } from '../builders.js';
import type { Stores } from '../stores.js';

let leaves = 0;

/** A leaf in the form that matters here: the event's type stands where RFC 8785 puts it. */
function aLeafOf(type: string, event: { step?: string; subject?: string } = {}): Uint8Array {
  leaves += 1;
  const actor = { id: '"event":{"type":"not this"},"from":', roles: [], type: 'person' };
  return bytes(JSON.stringify({ actor, at: 'now', event: { ...event, type }, from: null, nonce: leaves }));
}

/** So many entries after the one that a chain stands at. */
export function entriesAfter(
  { seq, revision, head }: Pick<JournalHead, 'seq' | 'revision' | 'head'>,
  types: readonly string[],
): readonly EntryRow[] {
  let prev = head.length === 32 ? head : new Uint8Array(32);
  return types.map((type, i) => {
    const number = i + 1;
    const entry = anEntry({
      ...{ seq: seq + number, revision: revision + number, prev, leaf: aLeafOf(type) },
      openings: `["${type} ${seq + number}"]`,
    });
    prev = entry.hash;
    return entry;
  });
}

export async function toJournal(store: Stores, types: readonly string[]): Promise<readonly EntryRow[]> {
  const head = await store.journal.head();
  const entries = entriesAfter(head, types);
  invariant(await store.journal.append(head.seq, entries), 'nobody else writes to the journal');
  return entries;
}

export interface Step {
  readonly from: LogHead;
  readonly to: LogHead;
  readonly tiles: readonly StoredTile[];
}

/** What a sequencer would ask for next; undefined when nothing is left to take up. */
export async function nextStep(log: LogStore, limit: number): Promise<Step | undefined> {
  const from = await log.head();
  const rows = await log.read(from.lastEntry, limit);
  const last = rows.at(-1);
  if (!last) return undefined;
  const edge = from.edge.clone();
  const open = from.size - (from.size % 256);
  let first = (await log.entries(open, open + 1, 1))[0]?.id;
  const tiles: StoredTile[] = [];
  for (const { id, hash } of rows) {
    first ??= id;
    const firstEntry = first;
    for (const tile of edge.append(hash)) {
      tiles.push(tile.level === 0 ? { ...tile, firstEntry } : tile);
      first = undefined;
    }
  }
  return { from, to: { ...from, size: edge.size, lastEntry: last.id, edge }, tiles };
}

/** Puts everything that is written into the tree, in steps of this many. */
export async function sequenceAll(log: LogStore, limit = 1_000): Promise<LogHead> {
  for (;;) {
    const step = await nextStep(log, limit);
    if (!step) return log.head();
    invariant(await log.grow(step.from, step.to, step.tiles), 'nobody else moves the head');
  }
}

/** A change that the fault of one hash makes: the tree takes up another one for this place of the step. */
export function withWrongHash(step: Step, rows: readonly { readonly hash: Uint8Array }[], at: number): Step {
  const edge = step.from.edge.clone();
  const tiles = rows.flatMap(({ hash }, i) => edge.append(i === at ? new Uint8Array(32) : hash));
  invariant(tiles.length === 0, 'too few for a tile');
  return { ...step, to: { ...step.to, edge } };
}

export const placesOf = (entries: readonly LogEntry[]): readonly number[] =>
  entries.map(({ index }) => index);

/**
 * Entries with their places. A place is no column, it is counted: the tile of level 0 says which entry is its first, and
 * the others follow by number. So each entry that is given out is held against the hash that the tree has at its place:
 * one that was changed, taken away or put in between would move others, and is found here.
 */
import { leafHash } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import {
  PrunedEntriesError,
  type IncidentId,
  type LogEntry,
  type LogHead,
  type StoredTile,
} from '@cordon/runtime';
import { idOf } from '../door-store.js';
import { readChainEntries, readJournalEntries, readRun } from '../sql/log-entries.sql.js';

const TILE = 256;
const HASH_BYTES = 32;
/** Before every number: somebody who may choose numbers may choose negative ones. */
const BEFORE_ALL = '-9223372036854775808';

export interface TreeReader {
  head(): Promise<LogHead>;
  /** Full tiles of this epoch on level 0, from <= index < to. */
  leafTiles(epoch: number, from: number, to: number): Promise<readonly StoredTile[]>;
  query<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]>;
}

interface EntryRecord {
  readonly id: string;
  readonly incident_id: string;
  readonly seq: number;
  readonly leaf: Buffer;
  readonly openings: string | null;
}

interface PlacedRecord extends EntryRecord {
  /** Null where the entry stands before the first of the tree. */
  readonly place: string | null;
  /** What the tile has there; null beyond the last full one. */
  readonly hash: Buffer | null;
}

export class EntryReader {
  constructor(private readonly tree: TreeReader) {}

  /** See `LogStore.entries`. Two small reads and one of the page. */
  async entries(from: number, to: number, limit: number): Promise<readonly LogEntry[]> {
    const head = await this.tree.head();
    refusePruned(head, from, to);
    return this.page(head, from, to, limit).catch(async (error: unknown) => {
      // Entries may have gone between two reads.
      refusePruned(await this.tree.head(), from, to);
      throw error;
    });
  }

  private async page(head: LogHead, from: number, to: number, limit: number): Promise<readonly LogEntry[]> {
    const end = Math.min(to, head.size, from + limit);
    if (end <= from) return [];
    const { place: least, lastEntry: gone } = head.pruned ?? { place: 0, lastEntry: undefined };
    // One more at the front ties this page to the one before: nothing can be hidden on the border.
    const start = Math.max(least, from - 1);
    const full = Math.floor(head.size / TILE);
    const first = Math.max(least / TILE, Math.min(Math.floor(start / TILE), full - 1));
    const tiles = await this.leafTiles(head, first, Math.min(full, Math.ceil(end / TILE)));
    const lowest = gone === undefined ? BEFORE_ALL : gone + 1;
    const anchor = first === least / TILE ? lowest : tiles[0]?.firstEntry;
    const rows = await this.tree.query<EntryRecord>(readRun, [
      anchor,
      head.lastEntry,
      start - first * TILE,
      end - start,
    ]);
    const edge = edgeOf(head);
    const entries = rows.map((row, i) => {
      const place = start + i;
      const tile = tiles[Math.floor(place / TILE) - first];
      return checked(row, place, tile ? hashOf(tile.hashes, place % TILE) : edge(place));
    });
    if (start + entries.length < end)
      throw new TamperError(`entry at place ${start + entries.length} of the log is missing`);
    const last = entries.at(-1);
    if (end === head.size && last?.id !== head.lastEntry)
      throw new TamperError(
        `entry ${last?.id ?? 'none'} is at place ${end - 1} of the log, the last; the tree ends with entry ${head.lastEntry}`,
      );
    return entries.slice(from - start);
  }

  /** See `LogStore.chainEntries`. */
  async chainEntries(
    id: IncidentId,
    afterSeq: number,
    throughSeq: number,
    limit: number,
  ): Promise<readonly LogEntry[]> {
    const entries = await this.placed(readChainEntries, [id, afterSeq, throughSeq, limit]);
    entries.forEach(({ seq, id: number }, i) => {
      if (seq !== afterSeq + i + 1)
        throw new TamperError(
          `entry ${afterSeq + i + 1} of chain ${id} is missing: after it comes number ${number}`,
        );
    });
    return entries;
  }

  /** See `LogStore.journalEntries`. */
  async journalEntries(types: readonly string[], newest: number | undefined): Promise<readonly LogEntry[]> {
    return this.placed(readJournalEntries, [types, newest ?? null]);
  }

  private async placed(sql: string, values: readonly unknown[]): Promise<readonly LogEntry[]> {
    const head = await this.tree.head();
    const rows = await this.tree.query<PlacedRecord>(sql, [head.epoch, head.lastEntry, ...values]);
    const edge = edgeOf(head);
    return rows.map((row) => {
      const place = Number(row.place ?? 0);
      return checked(row, place, row.hash ?? edge(place));
    });
  }

  private async leafTiles(head: LogHead, from: number, to: number): Promise<readonly StoredTile[]> {
    if (to <= from) return [];
    const tiles = await this.tree.leafTiles(head.epoch, from, to);
    const missing = Array.from({ length: to - from }, (_, i) => from + i).find(
      (index, i) => tiles[i]?.index !== index,
    );
    if (missing !== undefined) throw new TamperError(`tile ${missing} of level 0 of the log is missing`);
    return tiles;
  }
}

function refusePruned({ pruned }: LogHead, from: number, to: number): void {
  if (pruned && from < pruned.place && from < to) throw new PrunedEntriesError(from, pruned.place);
}

/** The entry with its place, when the tree has it there. */
function checked(row: EntryRecord, index: number, expected: Uint8Array | undefined): LogEntry {
  const hash = leafHash(row.leaf);
  if (!expected || Buffer.compare(hash, expected) !== 0) {
    throw new TamperError(
      `entry ${row.id} (number ${row.seq} of chain ${row.incident_id}) would be at place ${index} of the log, ` +
        (expected ? 'and the tree has another one there' : 'which the tree does not have'),
    );
  }
  return {
    index,
    id: Number(row.id),
    incidentId: idOf(row.incident_id),
    seq: row.seq,
    leaf: row.leaf,
    hash,
    ...(row.openings !== null && { openings: row.openings }),
  };
}

/** Beyond the last full tile the hashes are in the head. */
function edgeOf({ size, edge }: LogHead): (place: number) => Uint8Array | undefined {
  const full = size - (size % TILE);
  const hashes = edge.partial(0);
  return (place) => (place >= full && place < size ? hashOf(hashes, place - full) : undefined);
}

function hashOf(hashes: Uint8Array, i: number): Uint8Array {
  return hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
}

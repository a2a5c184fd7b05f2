import { leafHash, readLeaf, TILE_WIDTH, type Leaf } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { JOURNAL_ID } from '../journal.js';
import type { IncidentId } from '../ports.js';
import { refOf } from '../views.js';
import { checkNodes, rowOf } from './check-tree.js';
import type { LogEntry, LogHead, LogStore } from './ports.js';
import { fullTiles } from './tile-source.js';

const HASH_BYTES = 32;
/** Tiles whose entries are read at once: 2,048 entries, about 1.5 MB. */
export const BLOCK_TILES = 8;
/** Numbers start at 1; whoever may write past the application can give smaller ones. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;

/**
 * Holds the entries of the database against the tree, a block of tiles at a time: every place has the entry whose bytes
 * hash to what the tree has there, and there is no entry between them. Several blocks may be looked at at once. Reads each
 * entry twice and hashes it.
 */
export class EntryCheck {
  /** The name that an incident's first entry here gave; every other has to give the same. */
  private readonly names = new Map<IncidentId, string>();

  constructor(
    private readonly store: LogStore,
    private readonly head: LogHead,
  ) {}

  /** Tiles of entries, the partial one at the end among them. */
  get tiles(): number {
    return Math.ceil(this.head.size / TILE_WIDTH);
  }

  /**
   * Whether there are entries before the first of the tree, in one indexed read; where some are gone, whether `kept` of the
   * journal are left there, each at a place of its own, and nothing else. Rejects with a TamperError.
   */
  async nothingBefore(kept: number): Promise<void> {
    if (this.head.pruned) return this.keptBelow(this.head.pruned, kept);
    const first = await this.firstOf(0);
    const before = first === undefined ? [] : await this.store.read(BEFORE_ALL, 1, first - 1);
    const [extra] = before;
    if (extra) throw tooMany(extra, 'before the first entry of the log');
  }

  /** The block of tiles from <= index < to. Rejects with a TamperError that names the entry. */
  async block(from: number, to: number): Promise<void> {
    const { store, head } = this;
    const left = Math.max(from, (head.pruned?.place ?? 0) / TILE_WIDTH);
    if (left * TILE_WIDTH < Math.min(head.size, to * TILE_WIDTH)) await this.entriesIn(left, to);
    await checkNodes(store, head, 1, from, Math.min(to, fullTiles(head.size, 0)));
  }

  private async entriesIn(from: number, to: number): Promise<void> {
    const { store, head } = this;
    const [start, end] = [from * TILE_WIDTH, Math.min(head.size, to * TILE_WIDTH)];
    const wanted = await rowOf(store, head, 0, start, end);
    const after =
      head.pruned?.place === start ? head.pruned.lastEntry : ((await this.firstOf(from)) ?? 0) - 1;
    const next = to < this.tiles ? await this.firstOf(to) : undefined;
    const through = next === undefined ? head.lastEntry : next - 1;
    // Under way while the rows are looked at, whose faults say more.
    const reading = entriesOf(store, start, end);
    reading.catch(() => undefined);
    const rows = await store.read(after, end - start + 1, through);
    const at = (i: number): Uint8Array => wanted.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
    for (let i = 0; i < end - start; i += 1) {
      const row = rows[i];
      if (!row || !Buffer.from(row.hash).equals(at(i))) throw notAsWritten(start + i, row);
    }
    const extra = rows[end - start];
    if (extra) throw tooMany(extra, `among the places ${start} to ${end - 1} of the log`);
    const entries = await reading;
    for (let i = 0; i < end - start; i += 1) {
      const entry = entries[i];
      if (!entry || entry.id !== rows[i]?.id) throw notAsWritten(start + i, entry);
      this.entry(entry, at(i), start + i);
    }
  }

  private async keptBelow({ place, lastEntry }: NonNullable<LogHead['pruned']>, kept: number): Promise<void> {
    let [seq, last, after] = [0, -1, BEFORE_ALL];
    for (;;) {
      const rows = await this.store.read(after, BLOCK_TILES * TILE_WIDTH, lastEntry);
      const other = rows.find((row, i) => row.incidentId !== JOURNAL_ID || row.seq !== seq + i + 1);
      if (other?.incidentId === JOURNAL_ID) throw missingOfJournal(seq + rows.indexOf(other) + 1);
      if (other) throw tooMany(other, `below place ${place} of the log, where entries of incidents are gone`);
      const entries = await this.store.chainEntries(JOURNAL_ID, seq, seq + rows.length, rows.length);
      for (const [i, row] of rows.entries()) {
        const entry = entries[i];
        if (entry?.id !== row.id || entry.index <= last || entry.index >= place)
          throw notAsWritten(entry?.index ?? last + 1, row);
        this.entry(entry, entry.hash, entry.index);
        last = entry.index;
      }
      seq += rows.length;
      after = rows.at(-1)?.id ?? after;
      if (rows.length === 0) break;
    }
    if (seq < kept) throw missingOfJournal(seq + 1);
    if (seq > kept)
      throw new TamperError(
        `Below place ${place} of the log ${kept} entries of the journal should be left, and there are ${seq}`,
      );
  }

  private entry(entry: LogEntry, wanted: Uint8Array, place: number): void {
    if (!Buffer.from(leafHash(entry.leaf)).equals(wanted))
      throw new TamperError(
        `${nameOf(entry)} (place ${place} of the log) was changed: its bytes do not have the hash that the tree has there`,
      );
    const leaf: Leaf = readLeaf(entry.leaf);
    const name = this.names.get(entry.incidentId) ?? leaf.incident;
    if (leaf.seq !== entry.seq || leaf.incident !== name)
      throw new TamperError(
        `${nameOf(entry)} (place ${place} of the log) was moved: it was written as entry ${leaf.seq} of ${leaf.incident}`,
      );
    this.names.set(entry.incidentId, name);
  }

  /** Number of the first entry of a tile; undefined for the empty tree. */
  private async firstOf(tile: number): Promise<number | undefined> {
    if (tile * TILE_WIDTH >= this.head.size) return undefined;
    if (tile < fullTiles(this.head.size, 0))
      return (await this.store.tiles(0, tile, tile + 1))[0]?.firstEntry;
    return (await this.store.entries(tile * TILE_WIDTH, tile * TILE_WIDTH + 1, 1))[0]?.id;
  }
}

async function entriesOf(store: LogStore, from: number, to: number): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  while (from + entries.length < to) {
    const page = await store.entries(from + entries.length, to, to - from - entries.length);
    if (page.length === 0) break;
    entries.push(...page);
  }
  return entries;
}

type Row = { readonly id: number; readonly incidentId: IncidentId; readonly seq: number };

function notAsWritten(place: number, found: Row | undefined): TamperError {
  if (!found) return new TamperError(`The entry at place ${place} of the log is missing`);
  return new TamperError(
    `${nameOf(found)} (number ${found.id}) stands at place ${place} of the log, and the tree has another there: it was changed, or one before it was taken away or added`,
  );
}

function missingOfJournal(seq: number): TamperError {
  return new TamperError(`Entry ${seq} of the journal is missing`);
}

function tooMany(row: Row, where: string): TamperError {
  return new TamperError(`${nameOf(row)} (number ${row.id}) was added afterwards, ${where}`);
}

/** An entry as people look it up. */
function nameOf({ incidentId, seq }: Pick<Row, 'incidentId' | 'seq'>): string {
  return incidentId === JOURNAL_ID ? `Entry ${seq} of the journal` : `Entry ${seq} of ${refOf(incidentId)}`;
}

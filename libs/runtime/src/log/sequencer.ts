/** Puts entries into the tree in the order of their numbers. */
import { InvariantError, TamperError } from '@cordon/kernel';
import { FeedTail } from '../feed.js';
import { JOURNAL_ID } from '../journal.js';
import type { IncidentId } from '../ports.js';
import { SNAPSHOT_EVERY } from '../snapshots.js';
import { mending } from './tamper.js';
import type { LogHead, LogStore, StoredTile, UnsequencedEntry } from './ports.js';

/** Entries that one turn puts into the tree at most. */
const SEQUENCER_TURN = 1_024;
const TILE_WIDTH = 256;

export interface SequencerTurn {
  /** Entries that were put into the tree. */
  readonly added: number;
  /** Their `event.type`. */
  readonly types: ReadonlySet<string>;
  /** Incidents that lived through another stretch of entries: time to keep their state. */
  readonly longer: readonly IncidentId[];
  /** There may be others already: turn again at once. */
  readonly more: boolean;
}

interface Place {
  readonly head: LogHead;
  /** Number of the first entry of the tile that is being filled; undefined while that is empty. */
  readonly first: number | undefined;
}

/**
 * One at a time may call `turn`, and one process should; where two do, the head's compare-and-set lets one of them through
 * and the other begins anew from what is stored. Everything follows from the entries, so a turn that was cut short is
 * done again without harm. An idle turn costs one indexed read.
 */
export class Sequencer {
  private place: Place | undefined;
  private tail: FeedTail<UnsequencedEntry> | undefined;

  constructor(
    private readonly store: LogStore,
    private readonly turnSize = SEQUENCER_TURN,
  ) {}

  /** Rejects with a TamperError where an entry that is in the tree is gone. After a rejection the next turn begins anew. */
  async turn(): Promise<SequencerTurn> {
    try {
      return await mending(() => this.advance());
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private async advance(): Promise<SequencerTurn> {
    const place = (this.place ??= await this.begin());
    this.tail ??= new FeedTail(this.store, place.head.lastEntry, this.turnSize);
    const { entries, more } = await this.tail.advance();
    if (entries.length === 0) return { ...NOTHING, more };
    const { next, tiles } = grown(place, entries);
    if (!(await this.store.grow(place.head, next.head, tiles))) {
      this.forget();
      return { ...NOTHING, more: true };
    }
    this.place = next;
    const types = new Set(entries.map(({ type }) => type));
    return { added: entries.length, types, longer: longerIn(entries), more };
  }

  private async begin(): Promise<Place> {
    const head = await this.store.head();
    if (head.edge.size !== head.size)
      throw new TamperError(
        `The log's head says ${head.size} entries, and its edge is that of ${head.edge.size}`,
      );
    const filled = head.size % TILE_WIDTH;
    if (filled === 0) return { head, first: undefined };
    const start = head.size - filled;
    const [entry] = await this.store.entries(start, start + 1, 1);
    if (!entry) throw new TamperError(`The log's entry at place ${start} is missing from the database`);
    return { head, first: entry.id };
  }

  private forget(): void {
    this.place = undefined;
    this.tail = undefined;
  }
}

const NOTHING = { added: 0, types: new Set<string>(), longer: [] } as const;

function longerIn(entries: readonly UnsequencedEntry[]): readonly IncidentId[] {
  const longer = entries.filter(
    ({ incidentId, seq }) => incidentId !== JOURNAL_ID && seq % SNAPSHOT_EVERY === 0,
  );
  return [...new Set(longer.map(({ incidentId }) => incidentId))];
}

/** The head after these entries, and the tiles that they fill. The head before stays as it is. */
function grown(
  { head, first: before }: Place,
  entries: readonly UnsequencedEntry[],
): { readonly next: Place; readonly tiles: readonly StoredTile[] } {
  const edge = head.edge.clone();
  const tiles: StoredTile[] = [];
  let first = before;
  let lastEntry = head.lastEntry;
  for (const { id, hash } of entries) {
    if (id <= lastEntry) throw new InvariantError(`entry ${id} came to the sequencer after ${lastEntry}`);
    lastEntry = id;
    const firstEntry: number = first ?? id;
    const full = edge.append(hash);
    for (const tile of full) tiles.push(tile.level === 0 ? { ...tile, firstEntry } : tile);
    first = full.length > 0 ? undefined : firstEntry;
  }
  return { next: { head: { ...head, size: edge.size, lastEntry, edge }, first }, tiles };
}

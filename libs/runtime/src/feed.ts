/**
 * Everything that is written, in one order, for those who listen.
 *
 * The order is the number of the entry (`audit_entry.id`), which the database draws when a row is written, not when its
 * transaction commits: number 12 may be there while 11 is still on its way. Whoever then goes on after 12 never sees 11.
 * So a number is handed out only once every smaller one is **settled**: committed, or certain never to be. A missing
 * number is given up when each writer that was under way after a greater number had been seen has ended, and it is
 * missing still: its writer had drawn it before the greater one, so it is one of these or has ended already.
 */
import type { Visibility } from '@cordon/engine';
import type { IncidentId } from './ports.js';

/** One entry as the feed reads it. */
export interface FeedEntry {
  /** Place in the order of everything; numbers that are missing were never used. */
  readonly id: number;
  /** 0 for what is not about an incident. */
  readonly incidentId: IncidentId;
  /** Exact bytes of the leaf. */
  readonly leaf: Uint8Array;
  /** Who may see the incident at the moment of reading; absent for what is not about an incident. */
  readonly visibility?: Visibility;
}

/** Where entries are read in the order of their numbers. */
export interface NumberedEntries<Entry extends { readonly id: number }> {
  /** The greatest number that is committed; 0 when there is none. */
  newest(): Promise<number>;
  /** What is committed with after < number, and number <= through where that is given; ascending, at most `limit`. */
  read(after: number, limit: number, through?: number): Promise<readonly Entry[]>;
  /** Names of the transactions under way that may hold numbers; a name is never used again. */
  writers(): Promise<ReadonlySet<string>>;
}

/** Every entry, for those who listen. */
export type EntryFeed = NumberedEntries<FeedEntry>;

interface Doubt {
  /** Every number up to here had been drawn when the writers were listed. */
  readonly through: number;
  readonly writers: ReadonlySet<string>;
}

/** Entries that one turn reads at most, where nothing else is asked for. */
const TURN = 500;

/**
 * Follows the feed from the moment it is made, or from a number that is known to be settled. One at a time may call
 * `advance`. Costs one indexed read a turn, and one look at the writers where a number is missing.
 */
export class FeedTail<Entry extends { readonly id: number } = FeedEntry> {
  private place: number | undefined;
  private doubt: Doubt | undefined;
  /** Numbers up to here that are missing will stay so. */
  private sure: number;

  /**
   * @param from every number up to here is settled, and the entries after it are given; 0 for all there are. Wrong where
   *   a smaller number may still come: it would never be given.
   * @param turn entries that `advance` gives at most
   */
  constructor(
    private readonly feed: NumberedEntries<Entry>,
    from?: number,
    private readonly turn = TURN,
  ) {
    this.place = from;
    this.sure = from ?? 0;
  }

  /** Every number up to here is settled; `advance` gives the entries after it. Undefined until that is known. */
  get settled(): number | undefined {
    return this.place;
  }

  /** Entries that have become settled since the last call, in order; `more` when there may be others already. */
  async advance(): Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }> {
    if (this.place === undefined) return { entries: [], more: await this.begin() };
    if (this.doubt) await this.ask(this.doubt);
    const rows = await this.feed.read(this.place, this.turn);
    const settled = settledOf(rows, this.place, this.sure);
    this.place = settled.at(-1)?.id ?? this.place;
    const last = rows.at(-1);
    const held = settled.length < rows.length;
    if (held && last && !this.doubt) await this.doubtUpTo(last.id);
    // With no writer left the missing number is decided; it may have been committed after we read.
    const decided = held && this.doubt?.writers.size === 0;
    return { entries: settled, more: decided || (!held && rows.length === this.turn) };
  }

  /** True once the beginning is known. */
  private async begin(): Promise<boolean> {
    if (!this.doubt) await this.doubtUpTo(await this.feed.newest());
    if (this.doubt) await this.ask(this.doubt);
    if (!this.doubt) this.place = this.sure;
    return this.place !== undefined;
  }

  private async doubtUpTo(through: number): Promise<void> {
    this.doubt = { through, writers: await this.feed.writers() };
  }

  private async ask({ through, writers }: Doubt): Promise<void> {
    const now = writers.size === 0 ? writers : await this.feed.writers();
    const left = new Set([...writers].filter((writer) => now.has(writer)));
    this.doubt = left.size === 0 ? undefined : { through, writers: left };
    if (left.size === 0) this.sure = through;
  }
}

/** The rows up to the first number that is missing and may still come. */
function settledOf<Entry extends { readonly id: number }>(
  rows: readonly Entry[],
  after: number,
  sure: number,
): readonly Entry[] {
  let place = after;
  const end = rows.findIndex(({ id }) => {
    const follows = id === place + 1 || id - 1 <= sure;
    if (follows) place = id;
    return !follows;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

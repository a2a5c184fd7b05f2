/**
 * What a derived view of the history is written from. A view is a pure function of the records and of `HistoryAbout`:
 * whoever holds the entries and openings of a bundle derives the same bytes again. It therefore knows people by their
 * ids only, and has no clock.
 */
import type { KeptOpening, Leaf } from '@cordon/audit';

/** One leaf with its place in the log and what is still open of it. */
export interface HistoryRecord {
  /** Place in the log, from 0. */
  readonly index: number;
  /** Leaf hash, 64 lowercase hex digits. */
  readonly hash: string;
  readonly leaf: Leaf;
  /** A sealed or withheld opening is shown as withheld. */
  readonly openings: readonly KeptOpening[];
}

export interface HistoryAbout {
  /** Origin line of the checkpoint: the name of the log. */
  readonly origin: string;
  /** `INC-17`, for the history of one incident. */
  readonly ref?: string;
  /** Size of the tree that the records are proved against. */
  readonly size: number;
}

/** Gives the records in the order of the log, from the first, each time it is called. */
export type Records = () => AsyncIterable<HistoryRecord>;

export interface HistoryView {
  /** Path in the bundle. */
  readonly path: string;
  readonly mediaType: string;
  /** The text in pieces of any length, UTF-8 when written. May read the records several times. */
  write(records: Records, about: HistoryAbout): AsyncIterable<string>;
}

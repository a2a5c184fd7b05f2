/**
 * What the deployment's log needs from the world. The **log** is every audit entry in the order of its number
 * (`audit_entry.id`); the **sequencer** puts settled entries into the tree, one batch a turn, one process at a time; the
 * **signer** signs its size and root. Places in the log count from 0 and have no gaps, numbers of entries may have some.
 */
import type { TreeEdge } from '@cordon/audit';
import type { EpochMs } from '@cordon/kernel';
import type { IncidentId } from '../ports.js';

/** Where the tree stands. The one row that changes. */
export interface LogHead {
  /** 1, and one more after each recovery. */
  readonly epoch: number;
  /** Origin line of its checkpoints: the name of the log, with `/r2`, `/r3`, … after a recovery. */
  readonly origin: string;
  /** Leaves in the tree. */
  readonly size: number;
  /** Number of the newest entry that is in the tree; 0 before the first. */
  readonly lastEntry: number;
  readonly edge: TreeEdge;
  /** Below this place the entries of incidents are gone, and only the journal's are left. Absent where nothing is gone. */
  readonly pruned?: Pick<Pruning, 'place' | 'lastEntry'>;
}

/** Entries of closed incidents that are gone for good, in good order: docs/audit.md section 8. */
export interface Pruning {
  readonly epoch: number;
  /** They stood below this place, a multiple of 256. */
  readonly place: number;
  /** Number of the entry that stood at the place before. */
  readonly lastEntry: number;
  /** `seq` of the journal's `log.pruned` that says so. */
  readonly announced: number;
  /** How many incidents are gone since the pruning before. */
  readonly incidents: number;
}

/** Entries were asked for that are gone in good order. */
export class PrunedEntriesError extends Error {
  override readonly name = 'PrunedEntriesError';
  constructor(
    readonly asked: number,
    /** The first place that is left. */
    readonly place: number,
  ) {
    super(
      `The entry at place ${asked} of the log is gone: retention ended, and entries of incidents are kept from place ${place} on`,
    );
  }
}

/** 256 hashes, 8,192 bytes. */
export interface StoredTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
  /** Number of its first entry; only for level 0. */
  readonly firstEntry?: number;
}

/** What the sequencer reads of an entry. */
export interface UnsequencedEntry {
  readonly id: number;
  readonly incidentId: IncidentId;
  readonly seq: number;
  readonly hash: Uint8Array;
  /** `event.type` of its leaf, by which the sequencer sees what asks for a checkpoint at once. */
  readonly type: string;
}

/** An entry with its place. */
export interface LogEntry {
  readonly index: number;
  readonly id: number;
  readonly incidentId: IncidentId;
  readonly seq: number;
  readonly leaf: Uint8Array;
  readonly hash: Uint8Array;
  readonly openings?: string;
}

export interface StoredCheckpoint {
  readonly epoch: number;
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed note, cosignatures among it. */
  readonly note: string;
  readonly at: EpochMs;
}

/** An RFC 3161 reply over the note of the checkpoint of this size. */
export interface StoredTimestamp {
  readonly epoch: number;
  readonly size: number;
  readonly note: string;
  readonly reply: Uint8Array;
  readonly at: EpochMs;
}

export interface LogStore {
  head(): Promise<LogHead>;
  /** Moves the head on and adds the tiles that became full, in one transaction; false when `size` or `epoch` no longer stand. */
  grow(from: Pick<LogHead, 'epoch' | 'size'>, to: LogHead, tiles: readonly StoredTile[]): Promise<boolean>;
  /** Full tiles of the present epoch, by index, from <= index < to. */
  tiles(level: number, from: number, to: number): Promise<readonly StoredTile[]>;

  /** The greatest number of an entry that is committed; 0 when there is none. */
  newest(): Promise<number>;
  /** Entries with after < id, and id <= through where that is given; ascending, at most `limit`. Also those that are in the tree already. */
  read(after: number, limit: number, through?: number): Promise<readonly UnsequencedEntry[]>;
  /** See `EntryFeed.writers`. */
  writers(): Promise<ReadonlySet<string>>;
  /** How many committed entries are not in the tree, counted up to `limit`. */
  backlog(limit: number): Promise<number>;

  /**
   * Entries of the tree with from <= index < to, ascending, at most `limit`. As every method that gives places, it throws
   * a TamperError, naming place and entry, where an entry is not the one that the tree has at its place. Throws a
   * PrunedEntriesError where one of them is gone in good order.
   */
  entries(from: number, to: number, limit: number): Promise<readonly LogEntry[]>;
  /** Entries of one chain (0: the journal) that are in the tree, with afterSeq < seq <= throughSeq, ascending, at most `limit`, each with its place. */
  chainEntries(
    id: IncidentId,
    afterSeq: number,
    throughSeq: number,
    limit: number,
  ): Promise<readonly LogEntry[]>;
  /** Entries of the journal of these types that are in the tree, refused ones too, ascending, each with its place: all, or the newest so many. */
  journalEntries(types: readonly string[], newest?: number): Promise<readonly LogEntry[]>;
  /**
   * Every chain that had begun by this entry, with its newest entry up to there, ascending by `uid`, the journal among
   * them, and those that are gone; at most `limit`, after this uid. The same for ever where that entry is in the tree and
   * none before it is gone.
   */
  heads(
    throughEntry: number,
    limit: number,
    after?: string,
  ): Promise<readonly { readonly uid: string; readonly seq: number; readonly head: Uint8Array }[]>;
  /**
   * Whether what the incidents' rows say now is what their newest entries say: `head`, `seq` and the digest of `state`.
   * Ascending by id, at most `limit`, after this one.
   */
  chains(
    limit: number,
    after?: IncidentId,
  ): Promise<
    readonly {
      readonly id: IncidentId;
      readonly seq: number;
      readonly head: Uint8Array;
      /** SHA-256 of the stored state's text, hex. Absent for the journal. */
      readonly stateDigest?: string;
      /** The newest entry of the chain; absent when there is none. */
      readonly newest?: { readonly seq: number; readonly hash: Uint8Array; readonly leaf: Uint8Array };
    }[]
  >;

  /** Every pruning of every epoch, oldest first. */
  prunings(): Promise<readonly Pruning[]>;
  /** Where the chains ended that are gone with this pruning, ascending by `uid`, at most `limit`, after this uid. */
  prunedChains(
    pruning: Pick<Pruning, 'epoch' | 'place'>,
    limit: number,
    after?: string,
  ): Promise<readonly { readonly uid: string; readonly seq: number; readonly head: Uint8Array }[]>;

  addCheckpoint(checkpoint: StoredCheckpoint): Promise<void>;
  /** The newest of the present epoch with at least this size, if there is one. */
  checkpoint(minSize?: number): Promise<StoredCheckpoint | undefined>;
  /** The last of each UTC day of the present epoch, oldest first, at most `limit` of the newest. */
  dailyCheckpoints(limit: number): Promise<readonly StoredCheckpoint[]>;
  checkpointOf(size: number): Promise<StoredCheckpoint | undefined>;
  addTimestamp(timestamp: StoredTimestamp): Promise<void>;
  /** The newest of the present epoch, at most `limit`, oldest first. */
  timestamps(limit: number): Promise<readonly StoredTimestamp[]>;

  /**
   * Runs the work while this process alone, of all that share the database, leads; undefined at once when another does.
   * The lock goes with a connection of its own: a killed process leaves it to the next. The signal says that the
   * connection is lost or the store closes: others may lead from then on, so the work should end. Whatever the work then
   * gives or throws is what `lead` gives or throws.
   */
  lead<T>(work: (lost: AbortSignal) => Promise<T>): Promise<{ readonly result: T } | undefined>;
  /** Whether somebody leads now. */
  isLed(): Promise<boolean>;
  /** Asks whoever leads for a checkpoint now. A hint: it may be lost. */
  askForCheckpoint(): Promise<void>;
  /** Calls back at each hint, until stopped. */
  onAsked(listener: () => void): Promise<{ stop(): Promise<void> }>;
  /** Begins the next epoch with this origin and an empty tree; the old tiles and checkpoints stay. False when the epoch has moved. */
  beginEpoch(from: number, origin: string): Promise<boolean>;
}

/** What signs. Named by its purpose; the key itself is nobody's to read here. */
export interface LogKey {
  /** C2SP vkey: `name+hex+base64`. */
  readonly vkey: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** What the signer keeps outside the database. */
export interface SignerMemory {
  /** The last checkpoint that was signed; undefined before the first. Throws a TamperError where the file cannot be read as one. */
  last(): Promise<string | undefined>;
  /** On return it survives a crash of the machine. Never goes back: of two at once, the larger tree is what stays. */
  remember(note: string): Promise<void>;
}

/** Where checkpoints are brought to, away from here. Must not reject for long: each has its own retry. */
export interface CheckpointSink {
  readonly name: string;
  push(checkpoint: {
    readonly note: string;
    readonly origin: string;
    readonly size: number;
    readonly at: EpochMs;
    /** Something closed, was exported or erased, or a day began. */
    readonly notable: boolean;
  }): Promise<void>;
}

/** Asks witnesses; gives back the cosignature lines that came in time. Never rejects: who does not answer is left out. */
export interface Witnesses {
  cosign(
    checkpoint: { readonly note: string; readonly origin: string; readonly size: number },
    /** Consistency proof from the size that the witness knows. */
    proofFrom: (oldSize: number) => Promise<readonly Uint8Array[]>,
  ): Promise<readonly string[]>;
}

/** Gets an RFC 3161 reply over these bytes. Rejects where the service does not answer. */
export interface TimestampAuthority {
  stamp(message: Uint8Array): Promise<Uint8Array>;
}

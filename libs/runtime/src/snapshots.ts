/**
 * States of incidents as they were, kept so that the past is replayed from near by. Nothing is trusted to them: a state is
 * held against the digest in the leaf of the same entry, and all of them may be deleted.
 */
import type { EpochMs } from '@cordon/kernel';
import type { IncidentId } from './ports.js';

/**
 * Entries from one kept state to the next: so many are replayed at the most where all were kept.
 *
 * They are not thinned out, because that would cost more than it saves. Measured over 2,250 random events of the
 * ransomware playbook with 3 and with 40 systems, on PostgreSQL 15 with lz4: 84 bytes an entry, beside 1,870 of the
 * history itself, so 0.8 MB where an incident has 10,000 entries, 4.5 %. With every 100th alone a look at the past takes
 * 3 to 6 times as long (48 to 160 ms, 41 to 240 ms), with every 250th 11 to 17 times. What grows is the state, by its
 * systems: where one takes 25 kB compressed, it is 10 MB for 10,000 entries. An operator who wants the room may delete all
 * rows of `incident_snapshot`; whoever looks at the past next makes those that they pass again.
 */
export const SNAPSHOT_EVERY = 25;

export interface StoredSnapshot {
  readonly incidentId: IncidentId;
  /** The entry after which it was so. */
  readonly seq: number;
  readonly revision: number;
  readonly at: EpochMs;
  /** Digest of the playbook that decided from there on. */
  readonly playbookDigest: string;
  /** Canonical JSON of the state. */
  readonly state: string;
}

/** What a snapshot must not be later than. */
export type SnapshotLimit =
  { readonly seq: number } | { readonly at: EpochMs } | { readonly revision: number };

export interface SnapshotStore {
  /** The newest that is not later than this. One indexed read. */
  nearest(id: IncidentId, limit: SnapshotLimit): Promise<StoredSnapshot | undefined>;
  /** Adds those that are not there yet. */
  add(snapshots: readonly StoredSnapshot[]): Promise<void>;
  /** Keeps the states that these incidents have now. */
  take(ids: readonly IncidentId[]): Promise<void>;
}

/**
 * States of incidents as they were, kept so that the past is replayed from near by. Nothing is trusted to them: a state is
 * held against the digest in the leaf of the same entry, and all of them may be deleted.
 */
import type { EpochMs } from '@cordon/kernel';
import type { IncidentId } from './ports.js';

/** Entries from one kept state to the next: so many are replayed at the most where all were kept. */
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

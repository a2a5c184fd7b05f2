import type { IncidentId, SnapshotLimit, SnapshotStore, StoredSnapshot } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';
import type { MemoryTables } from './tables.js';

/** States of incidents as they were. */
export class MemorySnapshots implements SnapshotStore {
  private readonly snapshots: StoredSnapshot[] = [];

  constructor(private readonly tables: MemoryTables) {}

  async nearest(id: IncidentId, limit: SnapshotLimit): Promise<StoredSnapshot | undefined> {
    const found = this.snapshots.filter(
      (snapshot) => snapshot.incidentId === id && isNotLater(snapshot, limit),
    );
    return frozenCopy(found.sort((a, b) => a.seq - b.seq).at(-1));
  }

  async add(snapshots: readonly StoredSnapshot[]): Promise<void> {
    for (const snapshot of snapshots) {
      const { incidentId, seq } = snapshot;
      const there = this.snapshots.some((other) => other.incidentId === incidentId && other.seq === seq);
      if (!there) this.snapshots.push(frozenCopy(snapshot));
    }
  }

  async take(ids: readonly IncidentId[]): Promise<void> {
    const rows = [...new Set(ids)].flatMap((id) => this.tables.incidents.get(id)?.row ?? []);
    await this.add(
      rows.map(({ id, seq, revision, updatedAt, playbookDigest, state }) => ({
        ...{ incidentId: id, seq, revision, at: updatedAt, playbookDigest, state },
      })),
    );
  }
}

function isNotLater({ seq, revision, at }: StoredSnapshot, limit: SnapshotLimit): boolean {
  if ('seq' in limit) return seq <= limit.seq;
  if ('revision' in limit) return revision <= limit.revision;
  return at <= limit.at;
}

import type { IncidentId, SnapshotLimit, SnapshotStore, StoredSnapshot } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { idOf } from './door-store.js';
import { withStoreErrors } from './errors.js';
import { instant } from './parameters.js';
import {
  addSnapshots,
  nearestByRevision,
  nearestBySeq,
  nearestByTime,
  takeSnapshots,
} from './sql/snapshots.sql.js';

interface SnapshotRecord {
  readonly incident_id: string;
  readonly seq: number;
  readonly revision: number;
  readonly at: Date;
  readonly playbook_digest: string;
  readonly state: string;
}

/** States of incidents as they were, by their key, on connections that the door does not need. */
export class PostgresSnapshotStore implements SnapshotStore {
  constructor(private readonly dataSource: DataSource) {}

  async nearest(id: IncidentId, limit: SnapshotLimit): Promise<StoredSnapshot | undefined> {
    const [row] = await this.query<SnapshotRecord>(...questionOf(id, limit));
    return (
      row && {
        incidentId: idOf(row.incident_id),
        seq: row.seq,
        revision: row.revision,
        at: row.at.getTime(),
        playbookDigest: row.playbook_digest,
        state: row.state,
      }
    );
  }

  async add(snapshots: readonly StoredSnapshot[]): Promise<void> {
    await this.query(addSnapshots, [
      snapshots.map(({ incidentId }) => incidentId),
      snapshots.map(({ seq }) => seq),
      snapshots.map(({ revision }) => revision),
      snapshots.map(({ at }) => instant(at)),
      snapshots.map(({ playbookDigest }) => playbookDigest),
      snapshots.map(({ state }) => state),
    ]);
  }

  async take(ids: readonly IncidentId[]): Promise<void> {
    await this.query(takeSnapshots, [ids]);
  }

  private query<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return withStoreErrors(() => this.dataSource.query<Row[]>(sql, values as unknown[]));
  }
}

function questionOf(id: IncidentId, limit: SnapshotLimit): [sql: string, values: readonly unknown[]] {
  if ('seq' in limit) return [nearestBySeq, [id, limit.seq]];
  if ('revision' in limit) return [nearestByRevision, [id, limit.revision]];
  return [nearestByTime, [id, instant(limit.at)]];
}

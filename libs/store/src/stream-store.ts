import type { EntryFeed, FeedEntry } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { idOf } from './door-store.js';
import { withStoreErrors } from './errors.js';
import { feedWriters } from './sql/feed-writers.sql.js';
import { readFeed } from './sql/read-feed.sql.js';

interface FeedRecord {
  readonly id: string;
  readonly incident_id: string;
  readonly leaf: Buffer;
  /** Null for what is not about an incident. */
  readonly tlp: NonNullable<NonNullable<FeedEntry['visibility']>['tlp']> | null;
  readonly members: readonly string[] | null;
}

/** The feed by the primary key of audit_entry, on connections that the door does not need. */
export class PostgresEntryFeed implements EntryFeed {
  constructor(private readonly dataSource: DataSource) {}

  async newest(): Promise<number> {
    const rows = await this.query<{ id: string | null }>('SELECT max(id) AS id FROM audit_entry', []);
    return Number(rows[0]?.id ?? 0);
  }

  async read(after: number, limit: number, through = Number.MAX_SAFE_INTEGER): Promise<readonly FeedEntry[]> {
    const rows = await this.query<FeedRecord>(readFeed, [after, through, limit]);
    return rows.map(({ id, incident_id, leaf, tlp, members }) => ({
      id: Number(id),
      incidentId: idOf(incident_id),
      leaf,
      ...(tlp !== null && members !== null && { visibility: { tlp, members } }),
    }));
  }

  async writers(): Promise<ReadonlySet<string>> {
    const rows = await this.query<{ name: string }>(feedWriters, []);
    return new Set(rows.map(({ name }) => name));
  }

  private query<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return withStoreErrors(() => this.dataSource.query<Row[]>(sql, values as unknown[]));
  }
}

import type { EpochMs } from '@cordon/kernel';
import type { ClaimedTimer, WorkStore } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { idOf } from './door-store.js';
import { withStoreErrors } from './errors.js';
import { instant } from './parameters.js';
import { claimTimers } from './sql/claim-timers.sql.js';
import { dropTimer } from './sql/drop-timer.sql.js';
import { nextTimer } from './sql/next-timer.sql.js';
import { relayOutbox } from './sql/relay-outbox.sql.js';

/** What workers lease. Any number of processes may call these at once: none waits for another, none sees a row twice. */
export class PostgresWorkStore implements WorkStore {
  constructor(private readonly dataSource: DataSource) {}

  async claimTimers(limit: number, leaseMs: number): Promise<readonly ClaimedTimer[]> {
    const rows = await this.read<{ incident_id: string; id: string; fire_at: Date }>(claimTimers, [
      limit,
      leaseMs,
    ]);
    return rows.map((row) => ({
      incidentId: idOf(row.incident_id),
      id: row.id,
      fireAt: row.fire_at.getTime(),
    }));
  }

  async dropTimer(timer: ClaimedTimer): Promise<boolean> {
    const rows = await this.read(dropTimer, [timer.incidentId, timer.id, instant(timer.fireAt)]);
    return rows.length === 1;
  }

  async nextTimerAt(): Promise<EpochMs | undefined> {
    return (await this.read<{ at: Date }>(nextTimer, []))[0]?.at.getTime();
  }

  /** Needs `grantQueue` to have run on this database; without it an OperationalError that is not retryable. */
  async relayOutbox(limit: number): Promise<number> {
    return (await this.read(relayOutbox, [limit])).length;
  }

  private async read<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return withStoreErrors(() => this.dataSource.query<Row[]>(sql, values as unknown[]));
  }
}

import type { Clock, EpochMs } from '@cordon/kernel';
import type { ClaimedTimer, OutboxRow, WorkStore } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';
import { timerKey, type MemoryTables, type MemoryTimer } from './tables.js';

const claimableAt = (timer: MemoryTimer): EpochMs => Math.max(timer.fireAt, timer.leasedUntil ?? -Infinity);

/** Timers and outbox; what is due is the given clock's say. */
export class MemoryWork implements WorkStore {
  constructor(
    private readonly tables: MemoryTables,
    private readonly clock: Clock,
    private readonly queue: (row: OutboxRow) => void,
  ) {}

  async claimTimers(limit: number, leaseMs: number): Promise<readonly ClaimedTimer[]> {
    const now = this.clock.now();
    const due = this.byClaim()
      .filter((timer) => claimableAt(timer) <= now)
      .slice(0, limit);
    for (const timer of due) {
      this.tables.timers.set(
        timerKey(timer.incidentId, timer.id),
        frozenCopy({ ...timer, leasedUntil: now + leaseMs }),
      );
    }
    due.sort((a, b) => a.fireAt - b.fireAt || a.incidentId - b.incidentId);
    return frozenCopy(due.map(({ incidentId, id, fireAt }) => ({ incidentId, id, fireAt })));
  }

  async dropTimer({ incidentId, id, fireAt }: ClaimedTimer): Promise<boolean> {
    const key = timerKey(incidentId, id);
    return this.tables.timers.get(key)?.fireAt === fireAt && this.tables.timers.delete(key);
  }

  async nextTimerAt(): Promise<EpochMs | undefined> {
    const first = this.byClaim()[0];
    return first && claimableAt(first);
  }

  async relayOutbox(limit: number): Promise<number> {
    const taken = this.tables.outbox.splice(0, limit);
    taken.forEach((row) => this.queue(row));
    return taken.length;
  }

  private byClaim(): MemoryTimer[] {
    return [...this.tables.timers.values()].sort((a, b) => claimableAt(a) - claimableAt(b));
  }
}

import { toIso, type Clock, type EpochMs } from '@cordon/kernel';
import type { LogStore, StoredCheckpoint, TimestampAuthority } from './ports.js';

const HOUR_MS = 3_600_000;
const RETRY_MS = 60_000;

/**
 * When a checkpoint is brought to an RFC 3161 service: once each UTC day, and after an incident closes, at most once an
 * hour. A service that does not answer is asked again a minute later.
 */
export class Timestamps {
  private lastAt: EpochMs | undefined;
  private known = false;
  private closed = false;
  private notBefore: EpochMs = 0;

  constructor(
    private readonly store: Pick<LogStore, 'timestamps' | 'addTimestamp'>,
    private readonly authority: TimestampAuthority,
    private readonly clock: Clock,
  ) {}

  /** An incident closed. */
  noteClosing(): void {
    this.closed = true;
  }

  /** Gets a time-stamp over this checkpoint where one is due; true when it did. Rejects where the service does not answer. */
  async offer({ epoch, size, note }: StoredCheckpoint): Promise<boolean> {
    const now = this.clock.now();
    if (now < this.notBefore) return false;
    if (!this.known) {
      this.lastAt = (await this.store.timestamps(1)).at(-1)?.at;
      this.known = true;
    }
    if (!this.isDue(now)) return false;
    this.notBefore = now + RETRY_MS;
    const closed = this.closed;
    this.closed = false;
    try {
      const reply = await this.authority.stamp(Buffer.from(note, 'utf8'));
      await this.store.addTimestamp({ epoch, size, note, reply, at: this.clock.now() });
    } catch (error) {
      this.closed ||= closed;
      throw error;
    }
    this.lastAt = now;
    return true;
  }

  private isDue(now: EpochMs): boolean {
    if (this.lastAt === undefined || dayOf(now) !== dayOf(this.lastAt)) return true;
    return this.closed && now - this.lastAt >= HOUR_MS;
  }
}

/** The UTC day of a moment, `2026-03-24`. */
export function dayOf(at: EpochMs): string {
  return toIso(at).slice(0, 10);
}

import type { Clock, EpochMs } from '@cordon/kernel';
import type { Backlog, LogStore } from '@cordon/runtime';

/** How the log stands, for people who watch it. */
export interface LogStatus {
  /** `whole`: every entry was looked at since the start; `newest`: those that a start looks at; `bad`: the log does not verify. */
  readonly check: 'whole' | 'newest' | 'bad';
  /** Entries that wait for the tree, counted up to a limit. */
  readonly backlog: number;
  readonly size: number;
  readonly checkpoint: { readonly size: number; readonly at: EpochMs; readonly ageMs: number } | undefined;
  /** Entries wait for a checkpoint, and the newest is older than a minute. */
  readonly late: boolean;
}

const LATE_MS = 60_000;
/** Whoever asks more often gets the same answer again. */
const KEEP_MS = 1_000;

export class LogHealth {
  private found: string | undefined;
  private whole = false;
  private kept: { readonly at: EpochMs; readonly status: Promise<LogStatus> } | undefined;

  constructor(
    private readonly store: Pick<LogStore, 'head' | 'checkpoint'>,
    private readonly backlog: Backlog,
    private readonly clock: Clock,
  ) {}

  /** What does not verify; undefined while all is well. */
  get fault(): string | undefined {
    return this.found;
  }

  /** The log does not verify. Stays so until the process ends: a person has to look. */
  fail(fault: string): void {
    this.found ??= fault;
    this.kept = undefined;
  }

  /** Every entry has been looked at. */
  passWhole(): void {
    this.whole = true;
    this.kept = undefined;
  }

  /** Two small reads, at most once a second. Rejects when the database does not answer. */
  status(): Promise<LogStatus> {
    const now = this.clock.now();
    if (!this.kept || now - this.kept.at >= KEEP_MS || now < this.kept.at) {
      this.kept = { at: now, status: this.read() };
      this.kept.status.catch(() => (this.kept = undefined));
    }
    return this.kept.status;
  }

  private async read(): Promise<LogStatus> {
    const [{ size }, newest] = await Promise.all([this.store.head(), this.store.checkpoint()]);
    const ageMs = newest === undefined ? Infinity : Math.max(0, this.clock.now() - newest.at);
    const backlog = this.backlog.waiting;
    const waits = backlog > 0 || size > (newest?.size ?? 0);
    return {
      check: this.found !== undefined ? 'bad' : this.whole ? 'whole' : 'newest',
      backlog,
      size,
      checkpoint: newest && { size: newest.size, at: newest.at, ageMs },
      late: waits && ageMs > LATE_MS,
    };
  }
}

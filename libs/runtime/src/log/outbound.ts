import type { Clock, EpochMs } from '@cordon/kernel';
import type { CheckpointSink } from './ports.js';

type Pushed = Parameters<CheckpointSink['push']>[0];

const RETRY_MS = 60_000;

/**
 * Brings checkpoints to one place away from here, one at a time, in order. While one is under way, or the place does not
 * answer, only the newest waits: it covers those before it. After a failure it is tried again with the next notable
 * checkpoint, or the first after a minute.
 */
export class Outbound {
  private waiting: Pushed | undefined;
  private working: Promise<void> | undefined;
  private notBefore: EpochMs = 0;

  constructor(
    private readonly sink: CheckpointSink,
    private readonly clock: Clock,
    private readonly failed: (sink: string, error: unknown) => void,
  ) {}

  /** Returns at once, and never throws. */
  offer(checkpoint: Pushed): void {
    this.waiting = { ...checkpoint, notable: checkpoint.notable || (this.waiting?.notable ?? false) };
    if (checkpoint.notable) this.notBefore = 0;
    this.wake();
  }

  /** Tries again where it is time; to be called now and then. */
  wake(): void {
    if (this.working || !this.waiting || this.clock.now() < this.notBefore) return;
    this.working = this.work().finally(() => (this.working = undefined));
  }

  /** Resolves when what is under way has ended, be it well or not. */
  async settled(): Promise<void> {
    await this.working;
  }

  private async work(): Promise<void> {
    while (this.waiting) {
      const next: Pushed = this.waiting;
      this.waiting = undefined;
      try {
        await this.sink.push(next);
      } catch (error) {
        const newer = this.waiting as Pushed | undefined;
        this.waiting = newer ? { ...newer, notable: newer.notable || next.notable } : next;
        this.notBefore = this.clock.now() + RETRY_MS;
        this.failed(this.sink.name, error);
        return;
      }
    }
  }
}

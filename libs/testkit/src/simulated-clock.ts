import { invariant, type Clock, type EpochMs } from '@cordon/kernel';

/** A clock that stands still until it is told to move, and never goes back. */
export class SimulatedClock implements Clock {
  constructor(private at: EpochMs = Date.parse('2026-01-05T08:00:00.000Z')) {}

  now(): EpochMs {
    return this.at;
  }

  /** Returns the new time. */
  advance(ms: number): EpochMs {
    return this.set(this.at + ms);
  }

  set(at: EpochMs): EpochMs {
    invariant(at >= this.at, 'a simulated clock does not go back');
    this.at = at;
    return at;
  }
}

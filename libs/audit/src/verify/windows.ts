/** Between which instants a leaf can have been recorded, by what others signed about the tree and when. */
import { toIso, type EpochMs } from '@cordon/kernel';
import type { LeafView } from './leaf-view.js';
import { RANK, type Faults } from './faults.js';

/** Clocks differ, and an entry waits a little before it comes into the tree. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** A tree of this size was there at that instant. */
export interface Witnessed {
  readonly size: number;
  readonly at: EpochMs;
}

interface Bound {
  readonly from: number;
  readonly earliest: string;
  readonly latest: string;
}

const EVER = '9999-12-31T23:59:59.999Z';
const NEVER = '';

/** Takes the leaves in the order of the log. */
export class Windows {
  private readonly bounds: readonly Bound[];
  private current = 0;

  constructor(
    witnessed: readonly Witnessed[],
    private readonly faults: Faults,
    toleranceMs = CLOCK_TOLERANCE_MS,
  ) {
    const sorted = [...witnessed].sort((a, b) => a.size - b.size);
    // A tree was there when any larger one was: what was signed late proves no more than that.
    const earliest: number[] = [];
    let least = Number.POSITIVE_INFINITY;
    for (const { at } of sorted.toReversed()) earliest.unshift((least = Math.min(least, at)));
    this.bounds = [0, ...sorted.map(({ size }) => size)].map((from, i): Bound => {
      const before = earliest[i - 1];
      const after = earliest[i];
      return {
        from,
        earliest: before === undefined ? NEVER : toIso(before - toleranceMs),
        latest: after === undefined ? EVER : toIso(after + toleranceMs),
      };
    });
  }

  next({ at, incident, seq }: LeafView, index: number): void {
    let bound = this.bounds[this.current];
    for (let after = this.bounds[this.current + 1]; after && after.from <= index;) {
      bound = after;
      this.current += 1;
      after = this.bounds[this.current + 1];
    }
    if (!bound || (at >= bound.earliest && at <= bound.latest)) return;
    const side =
      at < bound.earliest
        ? `before ${bound.earliest}, when the tree did not hold it yet`
        : `after ${bound.latest}, when the tree held it`;
    this.faults.add(
      RANK.window,
      'E_TIME_WINDOW',
      `the leaf ${index} says that it was recorded at ${at}: ${side}`,
      {
        ...{ index, incident, seq },
      },
    );
  }
}

import { invariant, toIso } from '@cordon/kernel';
import type { StoredCheckpoint, StoredTimestamp } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';

type Signed = Pick<StoredCheckpoint, 'epoch' | 'size' | 'at'>;

const bySize = (a: Signed, b: Signed): number => a.size - b.size || a.at - b.at;
const byTime = (a: Signed, b: Signed): number => a.at - b.at || a.size - b.size;
const same = (a: Signed, b: Signed): boolean => a.epoch === b.epoch && a.size === b.size && a.at === b.at;

/** What was signed of the tree, and the time-stamps over it. */
export class MemoryCheckpoints {
  private readonly checkpoints: StoredCheckpoint[] = [];
  private readonly stamps: StoredTimestamp[] = [];

  add(checkpoint: StoredCheckpoint): void {
    const there = this.checkpoints.find((other) => same(other, checkpoint));
    invariant(!there || there.note === checkpoint.note, 'another checkpoint is stored for this moment');
    invariant(checkpoint.root.length === 32, 'a root has 32 bytes');
    if (!there) this.checkpoints.push(frozenCopy(checkpoint));
  }

  newest(inEpoch: number, minSize: number, maxSize: number): StoredCheckpoint | undefined {
    const found = this.checkpoints.filter(
      ({ epoch, size }) => epoch === inEpoch && size >= minSize && size <= maxSize,
    );
    return frozenCopy(found.sort(bySize).at(-1));
  }

  daily(inEpoch: number, limit: number): readonly StoredCheckpoint[] {
    const found = this.checkpoints.filter(({ epoch }) => epoch === inEpoch).sort(byTime);
    const days = new Map(found.map((checkpoint) => [toIso(checkpoint.at).slice(0, 10), checkpoint]));
    return frozenCopy(limit === 0 ? [] : [...days.values()].slice(-limit));
  }

  addTimestamp(timestamp: StoredTimestamp): void {
    if (!this.stamps.some((other) => same(other, timestamp))) this.stamps.push(frozenCopy(timestamp));
  }

  timestamps(inEpoch: number, limit: number): readonly StoredTimestamp[] {
    const found = this.stamps.filter(({ epoch }) => epoch === inEpoch).sort(bySize);
    return frozenCopy(limit === 0 ? [] : found.slice(-limit));
  }
}

import type { InLanguages } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { ProblemError } from './problem-error.js';

/** How much of one kind of work may be under way at once, and what is said to who comes on top. */
export interface Room {
  readonly ofOne: number;
  readonly ofAll: number;
  readonly tooMany: InLanguages;
}

/** Counts work that takes long, so that nobody holds everything. */
export class UnderWay {
  private readonly counts = new Map<string, number>();
  private all = 0;

  constructor(private readonly room: Room) {}

  /** Does the work, or throws 429 when there is too much already. */
  async during<T>({ id }: Actor, work: () => Promise<T>): Promise<T> {
    const { ofOne, ofAll, tooMany } = this.room;
    const own = this.counts.get(id) ?? 0;
    if (own >= ofOne || this.all >= ofAll)
      throw new ProblemError('too_many_requests', tooMany, {}, { 'Retry-After': '10' });
    this.counts.set(id, own + 1);
    this.all += 1;
    try {
      return await work();
    } finally {
      this.all -= 1;
      const left = (this.counts.get(id) ?? 1) - 1;
      if (left > 0) this.counts.set(id, left);
      else this.counts.delete(id);
    }
  }
}

import type { Actor } from '@cordon/engine';
import { ProblemError, say } from '../http/problem-error.js';

/** Uploads at once, of one person and of all: each holds a connection and a file. */
const OF_ONE = 4;
const OF_ALL = 32;

/** Counts uploads, so that nobody holds everything. */
export class UploadsUnderWay {
  private readonly counts = new Map<string, number>();
  private all = 0;

  /** Does the work, or throws 429 when there are too many already. */
  async during<T>({ id }: Actor, work: () => Promise<T>): Promise<T> {
    const own = this.counts.get(id) ?? 0;
    if (own >= OF_ONE || this.all >= OF_ALL) throw tooMany();
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

function tooMany(): ProblemError {
  return new ProblemError(
    'too_many_requests',
    say('Too many files are on their way: wait for one of them.', '傳送中的檔案過多：請等待其中一個完成。'),
    {},
    { 'Retry-After': '10' },
  );
}

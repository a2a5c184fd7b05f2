import { RANK, Refused } from './faults.js';

/** Most bytes of a line of `entries.jsonl`, and of any other. */
export const MAX_ENTRY_LINE = 65_535;
export const MAX_LINE = 16 * 1024 * 1024;

/**
 * Lines of a member, each as its bytes without the line feed. The byte before a line is there too, and may be written
 * over: so a leaf is hashed with its prefix in one call, without a copy. A line is valid until the next `more`.
 */
export class Lines {
  /** Used again for the next chunk where that fits: asking for another each time keeps the garbage collector busy. */
  private buffer: Buffer = Buffer.alloc(1);
  /** Where the bytes that were read end. */
  private filled = 1;
  /** Where the next line begins; never 0. */
  private start = 1;
  private searched = 1;
  private ended = false;

  constructor(
    private readonly path: string,
    private readonly most: number,
    private readonly chunks: AsyncIterator<Uint8Array>,
  ) {}

  /** The last line has no line feed. Known at the end. */
  cut = false;

  /** The next line, where all of it was read. */
  take(): Buffer | undefined {
    const { start, filled } = this;
    const end = this.buffer.indexOf(10, this.searched);
    if (end < 0 || end >= filled) {
      this.searched = filled;
      const rest = filled - start;
      if (rest > this.most) this.tooLong();
      if (!this.ended || rest === 0) return undefined;
      this.cut = true;
      this.start = filled;
      return this.buffer.subarray(start, filled);
    }
    if (end - start > this.most) this.tooLong();
    this.start = end + 1;
    this.searched = end + 1;
    return this.buffer.subarray(start, end);
  }

  /** Reads on; false at the end. */
  async more(): Promise<boolean> {
    if (this.ended) return false;
    const next = await this.chunks.next();
    if (next.done === true) {
      this.ended = true;
      return this.start < this.filled;
    }
    const chunk = next.value;
    const rest = this.filled - this.start;
    const needed = 1 + rest + chunk.length;
    if (needed <= this.buffer.length) {
      this.buffer.copyWithin(1, this.start, this.filled);
    } else {
      const larger = Buffer.allocUnsafe(2 * needed);
      this.buffer.copy(larger, 1, this.start, this.filled);
      this.buffer = larger;
    }
    this.buffer.set(chunk, 1 + rest);
    this.filled = needed;
    this.start = 1;
    this.searched = 1 + rest;
    return true;
  }

  /** The next line; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const line = this.take();
      if (line !== undefined) return line;
      if (!(await this.more())) return undefined;
    }
  }

  private tooLong(): never {
    throw new Refused(RANK.form, 'E_LIMIT', `a line of ${this.path} has more than ${this.most} bytes`, {
      path: this.path,
    });
  }
}

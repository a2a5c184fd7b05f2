/** Another process's erasure may go unnoticed for 5 s; so long a key is remembered after it was read, and a little less. */
const REMEMBER_MS = 4_500;
/** Of so many people; 32 bytes each. */
const REMEMBER_AT_MOST = 20_000;

interface Remembered {
  readonly key: Buffer;
  readonly until: number;
}

/**
 * Subjects' keys in clear, for a few seconds. Forgetting drops them and does not overwrite them: whoever was given one
 * may be about to use it, and a value sealed under zeros would be open to everybody.
 */
export class KeyMemory {
  private readonly keys = new Map<string, Remembered>();
  private sweeping: NodeJS.Timeout | undefined;

  get(subject: string): Buffer | undefined {
    const found = this.keys.get(subject);
    return found && found.until > performance.now() ? found.key : undefined;
  }

  put(subject: string, key: Buffer): void {
    if (this.keys.size >= REMEMBER_AT_MOST) this.clear();
    this.keys.set(subject, { key, until: performance.now() + REMEMBER_MS });
    this.sweeping ??= setInterval(() => this.sweep(), REMEMBER_MS / 2).unref();
  }

  forget(subject: string): void {
    this.keys.delete(subject);
  }

  clear(): void {
    this.keys.clear();
    clearInterval(this.sweeping);
    this.sweeping = undefined;
  }

  private sweep(): void {
    const now = performance.now();
    for (const [subject, { until }] of this.keys) if (until <= now) this.forget(subject);
    if (this.keys.size === 0) this.clear();
  }
}

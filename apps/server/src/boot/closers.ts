/** What has been opened and must be closed: the last first, each once, even when one of them fails. */
export class Closers {
  private readonly waiting: (() => Promise<void>)[] = [];
  private closing: Promise<void> | undefined;

  add(close: () => Promise<void>): void {
    this.waiting.push(close);
  }

  /** Rejects with the first failure after everything has had its turn. May be called more than once. */
  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.waiting.reverse()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

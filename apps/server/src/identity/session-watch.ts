import { Injectable } from '@nestjs/common';

/**
 * Tells those who hold something open, such as a stream of events, that a sign-in has ended. What ended in another
 * process is not told: ask again from time to time.
 */
@Injectable()
export class SessionWatch {
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Calls `tell` once this process ends the session or token of this id. Returns what stops it. */
  onEnd(id: string, tell: () => void): () => void {
    const told = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, told.add(tell));
    return () => {
      told.delete(tell);
      if (told.size === 0) this.listeners.delete(id);
    };
  }

  /** To be called by whoever ended them, after the store knows. */
  ended(ids: readonly string[]): void {
    for (const id of ids) {
      const told = [...(this.listeners.get(id) ?? [])];
      this.listeners.delete(id);
      for (const tell of told) tell();
    }
  }
}

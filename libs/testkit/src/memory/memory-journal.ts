import type { Journal, JournalEvent } from '@cordon/runtime';

/** What was recorded, in order. */
export class MemoryJournal implements Journal {
  readonly events: JournalEvent[] = [];

  async record(event: JournalEvent): Promise<void> {
    this.events.push(event);
  }
}

import type { EntryFeed, FeedEntry } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';
import type { MemoryTables } from './tables.js';

/** What the tables were given, in that order: nothing here is ever on its way, so there are no writers. */
export class MemoryFeed implements EntryFeed {
  constructor(private readonly tables: MemoryTables) {}

  async newest(): Promise<number> {
    return this.tables.written.length;
  }

  async read(after: number, limit: number, through = Infinity): Promise<readonly FeedEntry[]> {
    const found = this.tables.written
      .map(({ incidentId, leaf }, index) => ({ id: index + 1, incidentId, leaf }))
      .filter(({ id }) => id > after && id <= through);
    return frozenCopy(
      found.slice(0, limit).map((entry): FeedEntry => {
        const row = this.tables.incidents.get(entry.incidentId)?.row;
        return row ? { ...entry, visibility: { tlp: row.tlp, members: row.members } } : entry;
      }),
    );
  }

  async writers(): Promise<ReadonlySet<string>> {
    return new Set();
  }
}

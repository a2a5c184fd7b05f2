import type { EntryFeed, FeedEntry, IncidentId } from '@cordon/runtime';

/** A feed that a test writes into. */
export class FakeFeed implements EntryFeed {
  readonly rows: FeedEntry[] = [];
  /** Set to make every read fail. */
  failure: Error | undefined;

  /** Writes an entry of an incident; the members of its leaf may be replaced. */
  write(incident: number, visibility: FeedEntry['visibility'], leaf: Record<string, unknown> = {}): number {
    const id = this.rows.length + 1;
    const usual = {
      ...{ seq: id, revision: id, kind: 'transition', at: '2025-02-22T03:00:00.000Z' },
      event: { type: 'step.complete', step: 'contain' },
    };
    this.rows.push({
      id,
      incidentId: incident as IncidentId,
      leaf: Buffer.from(JSON.stringify({ ...usual, ...leaf })),
      ...(visibility && { visibility }),
    });
    return id;
  }

  async newest(): Promise<number> {
    if (this.failure) throw this.failure;
    return this.rows.length;
  }

  async read(after: number, limit: number, through = Infinity): Promise<readonly FeedEntry[]> {
    if (this.failure) throw this.failure;
    return this.rows.filter(({ id }) => id > after && id <= through).slice(0, limit);
  }

  async writers(): Promise<ReadonlySet<string>> {
    return new Set();
  }
}

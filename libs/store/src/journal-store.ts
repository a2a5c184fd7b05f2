import { invariant } from '@cordon/kernel';
import type { EntryRow, JournalHead, JournalStore } from '@cordon/runtime';
import type { Pool } from 'pg';
import { entryColumns, openingColumns } from './parameters.js';
import { query } from './query.js';
import { appendJournal, readJournalHead } from './sql/append-journal.sql.js';

interface HeadRow {
  readonly uid: string;
  readonly seq: number;
  readonly revision: number;
  readonly head: Buffer;
  readonly at: Date;
}

/** The deployment's own chain: one row says where it stands, its entries are those of incident number 0. */
export class PostgresJournalStore implements JournalStore {
  constructor(private readonly pool: Pool) {}

  async head(): Promise<JournalHead> {
    const [row] = (await query<HeadRow>(this.pool, readJournalHead, [])).rows;
    invariant(row, 'the journal has a head since its migration');
    return { ...row, at: row.at.getTime() };
  }

  async append(expectedSeq: number, entries: readonly EntryRow[]): Promise<boolean> {
    const last = entries.at(-1);
    invariant(last, 'at least one entry is appended');
    const { rows } = await query(this.pool, appendJournal, [
      expectedSeq,
      last.seq,
      last.revision,
      last.hash,
      ...entryColumns(entries),
      ...openingColumns(entries),
    ]);
    return rows.length === 1;
  }
}

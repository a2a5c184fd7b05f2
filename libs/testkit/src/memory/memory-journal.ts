import { invariant } from '@cordon/kernel';
import type {
  EntryRow,
  IncidentId,
  Journal,
  JournalEvent,
  JournalHead,
  JournalPlace,
  JournalStore,
} from '@cordon/runtime';
import { sha256 } from '../builders.js';
import { frozenCopy } from '../frozen.js';
import { checkEntry } from './constraints.js';
import type { MemoryTables } from './tables.js';

/** What was recorded, in order. */
export class MemoryJournal implements Journal {
  readonly events: JournalEvent[] = [];

  async record(event: JournalEvent): Promise<JournalPlace> {
    const seq = this.events.push(event);
    return { seq, hash: sha256(`${seq} ${JSON.stringify(event)}`) };
  }
}

/** The deployment's own chain, among the entries of everything. */
export class MemoryJournalStore implements JournalStore {
  constructor(private readonly tables: MemoryTables) {}

  async head(): Promise<JournalHead> {
    return frozenCopy(this.tables.journal.head);
  }

  async append(expectedSeq: number, entries: readonly EntryRow[]): Promise<boolean> {
    const { journal, written } = this.tables;
    const last = entries.at(-1);
    invariant(last, 'at least one entry is appended');
    if (journal.head.seq !== expectedSeq) return false;
    entries.forEach(checkEntry);
    const { seq, revision, hash, at } = last;
    journal.head = frozenCopy({ uid: journal.head.uid, seq, revision, head: hash, at });
    journal.entries.push(...frozenCopy(entries));
    written.push(...frozenCopy(entries.map((entry) => ({ ...entry, incidentId: 0 as IncidentId }))));
    return true;
  }
}

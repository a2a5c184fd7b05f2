import { systemClock, type Clock, type EpochMs } from '@cordon/kernel';
import type {
  ClaimedTimer,
  IncidentFilter,
  IncidentId,
  IncidentRow,
  IncidentWrite,
  NewIncident,
  OpenResult,
  OutboxRow,
  StoredAct,
  StoredEntry,
  StoredTask,
  TaskFilter,
  Workload,
  VisibleTo,
} from '@cordon/runtime';
import type { Stores } from '../stores.js';
import { MemoryApprovalLinks } from './memory-approval-links.js';
import { MemoryDoor } from './memory-door.js';
import { MemoryFeed } from './memory-feed.js';
import { MemoryJournalStore } from './memory-journal.js';
import { MemoryLog } from './memory-log.js';
import { MemorySnapshots } from './memory-snapshots.js';
import { MemoryTeams } from './memory-teams.js';
import { MemoryPlaybooks, MemoryTokens } from './memory-library.js';
import { MemoryPeople } from './memory-people.js';
import { MemoryReads } from './memory-reads.js';
import { MemoryWork } from './memory-work.js';
import { MemoryTables } from './tables.js';

export interface MemoryStoreOptions {
  /** Decides which timers are due, as the database's clock does elsewhere. */
  readonly clock?: Clock;
  /** Receives what `relayOutbox` hands over; else see `queued`. */
  readonly queue?: (row: OutboxRow) => void;
}

/**
 * A store for tests, without a database: it passes the same conformance suite as PostgreSQL. Gives and keeps
 * deep-frozen copies. Everything is lost with it, and a list costs O(everything).
 */
export class MemoryStore implements Stores {
  readonly tokens: MemoryTokens;
  readonly people = new MemoryPeople();
  readonly playbooks: MemoryPlaybooks;
  readonly teams = new MemoryTeams();
  readonly approvalLinks = new MemoryApprovalLinks();
  readonly feed: MemoryFeed;
  readonly journal: MemoryJournalStore;
  readonly log: MemoryLog;
  readonly snapshots: MemorySnapshots;
  readonly logName = 'cordon-log/memory';
  /** What was handed to the queue, where no other queue was given. */
  readonly queued: OutboxRow[] = [];
  private readonly door: MemoryDoor;
  private readonly reads: MemoryReads;
  private readonly work: MemoryWork;

  constructor({ clock = systemClock, queue }: MemoryStoreOptions = {}) {
    const tables = new MemoryTables();
    this.door = new MemoryDoor(tables);
    this.reads = new MemoryReads(tables);
    this.work = new MemoryWork(tables, clock, queue ?? ((row) => void this.queued.push(row)));
    this.tokens = new MemoryTokens(tables);
    this.playbooks = new MemoryPlaybooks(tables);
    this.feed = new MemoryFeed(tables);
    this.journal = new MemoryJournalStore(tables);
    this.log = new MemoryLog(tables, this.logName);
    this.snapshots = new MemorySnapshots(tables);
  }

  load(ids: readonly IncidentId[], keys: readonly { readonly id: IncidentId; readonly key: string }[]) {
    return this.door.load(ids, keys);
  }

  commit(writes: readonly IncidentWrite[]): Promise<ReadonlySet<IncidentId>> {
    return this.door.commit(writes);
  }

  commitTogether(writes: readonly IncidentWrite[], act: StoredAct): Promise<boolean> {
    return this.door.commitTogether(writes, act);
  }

  act(actor: string, key: string): Promise<StoredAct | undefined> {
    return this.door.act(actor, key);
  }

  open(incident: NewIncident): Promise<OpenResult> {
    return this.door.open(incident);
  }

  incident(id: IncidentId): Promise<IncidentRow | undefined> {
    return this.reads.incident(id);
  }

  showsAll(visibleTo: VisibleTo): Promise<boolean> {
    return this.reads.showsAll(visibleTo);
  }

  incidents(filter: IncidentFilter): Promise<readonly IncidentRow[]> {
    return this.reads.incidents(filter);
  }

  tasks(filter: TaskFilter): Promise<readonly StoredTask[]> {
    return this.reads.tasks(filter);
  }

  workload(filter: Parameters<MemoryReads['workload']>[0]): Promise<readonly Workload[]> {
    return this.reads.workload(filter);
  }

  entries(id: IncidentId, afterSeq: number, limit: number): Promise<readonly StoredEntry[]> {
    return this.reads.entries(id, afterSeq, limit);
  }

  claimTimers(limit: number, leaseMs: number): Promise<readonly ClaimedTimer[]> {
    return this.work.claimTimers(limit, leaseMs);
  }

  dropTimer(timer: ClaimedTimer): Promise<boolean> {
    return this.work.dropTimer(timer);
  }

  nextTimerAt(): Promise<EpochMs | undefined> {
    return this.work.nextTimerAt();
  }

  relayOutbox(limit: number): Promise<number> {
    return this.work.relayOutbox(limit);
  }
}

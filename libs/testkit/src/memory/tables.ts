import { randomUUID } from 'node:crypto';
import type {
  ClaimedTimer,
  EntryRow,
  IncidentId,
  IncidentRow,
  JournalHead,
  OutboxRow,
  StoredAct,
  StoredPlaybook,
  StoredToken,
} from '@cordon/runtime';
import type { TaskRow } from '@cordon/engine';
import type { EpochMs } from '@cordon/kernel';

/** What the memory store knows of one incident. Everything in it is a frozen copy; changes replace whole values. */
export interface MemoryIncident {
  row: IncidentRow;
  readonly openKey: string;
  readonly requestHash: Uint8Array;
  readonly entries: EntryRow[];
  readonly tasks: Map<string, TaskRow>;
}

export interface MemoryTimer extends ClaimedTimer {
  readonly leasedUntil?: EpochMs;
}

export interface MemoryEntry extends EntryRow {
  readonly incidentId: IncidentId;
}

/** The tables, shared by the parts of one memory store. */
export class MemoryTables {
  readonly incidents = new Map<IncidentId, MemoryIncident>();
  /** By `incident/id`. */
  readonly timers = new Map<string, MemoryTimer>();
  readonly outbox: OutboxRow[] = [];
  /** Every entry, in the order of writing: its number in the feed is its place, counted from 1. */
  readonly written: MemoryEntry[] = [];
  /** The deployment's own chain, number 0. */
  readonly journal: { head: JournalHead; readonly entries: EntryRow[] } = {
    head: { uid: randomUUID(), seq: 0, revision: 0, head: new Uint8Array(), at: 0 },
    entries: [],
  };
  readonly playbooks: StoredPlaybook[] = [];
  /** By `actor\nkey`. */
  readonly acts = new Map<string, StoredAct>();
  readonly tokens = new Map<string, StoredToken & { readonly hash: Uint8Array }>();
  private lastIncident = 0;
  private lastEffect = 0;

  nextIncidentId(): IncidentId {
    return (this.lastIncident += 1) as IncidentId;
  }

  nextOutboxId(): string {
    return String((this.lastEffect += 1));
  }
}

export const timerKey = (incidentId: IncidentId, id: string): string => `${incidentId}/${id}`;

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/**
 * What the use cases need from the world. Stores and deliverers implement these; the use cases own them.
 *
 * Glossary. An **incident** is one run of one playbook version. A **transition** is an accepted event and raises the
 * incident's **revision** by one; a **rejection** is a refused event. Both append one **audit entry**; `seq` counts
 * entries per incident from 1 without gaps, so `seq >= revision`. An **effect** is what a transition asks the outside
 * world to do and waits in the **outbox**. A **timer** brings a moment back to the incident through the one door.
 */
import type { EpochMs, JsonObject } from '@cordon/kernel';
import type { Effect, TaskRow, Timer, Tlp } from '@cordon/engine';
import type { Priority } from '@cordon/playbook';

/** The number in `INC-17`. */
export type IncidentId = number & { readonly __brand: 'IncidentId' };

/** The row as the door needs it. `seq` is also the lock version: every write raises it. */
export interface StoredIncident {
  readonly id: IncidentId;
  /** UUIDv7, the incident's name inside audit leaves. */
  readonly uid: string;
  readonly playbookId: string;
  readonly playbookVersion: string;
  /** Hex SHA-256 of the playbook source: which machine decides. */
  readonly playbookDigest: string;
  readonly exercise: boolean;
  readonly revision: number;
  readonly seq: number;
  /** 32 bytes: hash of the newest leaf. */
  readonly head: Uint8Array;
  /** Canonical JSON of the engine's IncidentState. */
  readonly state: string;
  /** Time of the newest entry: times in one incident never run backwards. */
  readonly updatedAt: EpochMs;
}

/** An entry that was already written under an idempotency key. */
export interface KnownEntry {
  readonly incidentId: IncidentId;
  readonly eventKey: string;
  /** 32 bytes: SHA-256 of the canonical request. */
  readonly requestHash: Uint8Array;
  readonly seq: number;
  readonly revision: number;
  readonly leaf: Uint8Array;
  readonly hash: Uint8Array;
}

export interface EntryRow {
  readonly seq: number;
  readonly revision: number;
  readonly at: EpochMs;
  /** Exact bytes of the leaf (RFC 8785 JSON, UTF-8, at most 65,535 bytes). */
  readonly leaf: Uint8Array;
  /** SHA-256(0x00 || leaf), 32 bytes. The database checks it. */
  readonly hash: Uint8Array;
  /** Hash of the entry before; of the incident's uid for the first. */
  readonly prev: Uint8Array;
  readonly eventKey?: string;
  readonly requestHash?: Uint8Array;
  /** Canonical JSON of the salted openings of this leaf's commitments; absent when it has none. */
  readonly openings?: string;
}

/** Columns that lists filter by, taken from the state after the batch. */
export interface IncidentListing {
  readonly status: 'open' | 'closed';
  /** Ids of the phases that are active. */
  readonly phases: readonly string[];
  readonly awareAt: EpochMs;
  readonly closedAt?: EpochMs;
  readonly tlp: Tlp;
  /** Ids of the people who need to know. */
  readonly members: readonly string[];
}

/** Everything that one commit writes for one incident: all of it or nothing. */
export interface IncidentWrite {
  readonly id: IncidentId;
  /** The `seq` that was read; the write is refused when another writer has raised it. */
  readonly expectedSeq: number;
  readonly revision: number;
  readonly seq: number;
  readonly head: Uint8Array;
  /** Absent when nothing but entries is added (a rejection). */
  readonly state?: string;
  readonly listing?: IncidentListing;
  /** Only where the incident has moved to another version of its playbook. */
  readonly playbook?: { readonly playbookVersion: string; readonly playbookDigest: string };
  readonly updatedAt: EpochMs;
  readonly entries: readonly EntryRow[];
  /** Tasks to insert or overwrite, keyed by step; never deleted. */
  readonly tasks: readonly TaskRow[];
  /** Timers to delete and to set: disjoint by id. */
  readonly timersGone: readonly string[];
  readonly timersSet: readonly Timer[];
  /** `seq` of the entry that asked for it, and the effect. */
  readonly effects: readonly { readonly seq: number; readonly effect: Effect }[];
}

export interface NewIncident {
  readonly uid: string;
  readonly playbookId: string;
  readonly playbookVersion: string;
  readonly playbookDigest: string;
  readonly title: string;
  readonly summary?: string;
  readonly severity?: string;
  readonly organisation?: JsonObject;
  readonly exercise: boolean;
  readonly openedBy: string;
  readonly openedAt: EpochMs;
  readonly onsetAt?: EpochMs;
  /** Idempotency of the opening itself: (openedBy, key) is unique. */
  readonly eventKey: string;
  readonly requestHash: Uint8Array;
  readonly state: string;
  readonly listing: IncidentListing;
  readonly revision: number;
  readonly entries: readonly EntryRow[];
  readonly tasks: readonly TaskRow[];
  readonly timersSet: readonly Timer[];
  readonly effects: readonly { readonly seq: number; readonly effect: Effect }[];
}

export type OpenResult =
  | { readonly outcome: 'opened'; readonly id: IncidentId }
  /** The same person used this key before. */
  | { readonly outcome: 'known'; readonly id: IncidentId; readonly requestHash: Uint8Array };

/** The hot path: one read, one statement. Both may run more than once for the same work. */
export interface DoorStore {
  /**
   * Reads the named incidents, and those of the (incident, key) pairs that were written before. One round trip.
   * Unknown incidents are left out.
   */
  load(
    ids: readonly IncidentId[],
    keys: readonly { readonly id: IncidentId; readonly key: string }[],
  ): Promise<{ readonly incidents: readonly StoredIncident[]; readonly known: readonly KnownEntry[] }>;
  /**
   * Commits every write whose `expectedSeq` still stands, in one statement, and returns the ids that were committed.
   * Rejects (nothing committed) on a database error; `UniqueKeyError` when an idempotency key was used meanwhile.
   */
  commit(writes: readonly IncidentWrite[]): Promise<ReadonlySet<IncidentId>>;
  /**
   * Commits every write and the act they belong to, in one transaction, or nothing at all: false when the `expectedSeq`
   * of one of them no longer stands. Rejects as `commit` does; `UniqueKeyError` also when the act is there already.
   */
  commitTogether(writes: readonly IncidentWrite[], act: StoredAct): Promise<boolean>;
  /** What this person did under this key, if anything. */
  act(actor: string, key: string): Promise<StoredAct | undefined>;
  open(incident: NewIncident): Promise<OpenResult>;
}

/** Several events over several incidents that were one act: its answer, for whoever asks again under the same key. */
export interface StoredAct {
  readonly actor: string;
  readonly key: string;
  /** 32 bytes: SHA-256 of the canonical request. */
  readonly requestHash: Uint8Array;
  readonly at: EpochMs;
  /** JSON; ids only, no names. */
  readonly answer: string;
}

/** Thrown by `commit` when an idempotency key in the batch exists already; the door reads again. */
export class UniqueKeyError extends Error {
  override readonly name = 'UniqueKeyError';
}

export interface IncidentRow extends StoredIncident {
  readonly title: string;
  readonly summary?: string;
  readonly severity?: string;
  readonly organisation?: JsonObject;
  readonly status: 'open' | 'closed';
  readonly phases: readonly string[];
  readonly awareAt: EpochMs;
  readonly onsetAt?: EpochMs;
  readonly openedAt: EpochMs;
  readonly openedBy: string;
  readonly closedAt?: EpochMs;
  readonly tlp: Tlp;
  readonly members: readonly string[];
}

/** Which incidents a list may show: those with these markings, and those that the person is a member of. */
export interface VisibleTo {
  readonly markings: readonly Tlp[];
  /** Absent for somebody whose role reads no incident at all. */
  readonly person?: string;
}

export interface IncidentFilter {
  readonly status?: 'open' | 'closed';
  readonly severity?: string;
  readonly phase?: string;
  readonly assignee?: string;
  readonly exercise?: boolean;
  /** Words to find in ref, title and summary. */
  readonly q?: string;
  readonly limit: number;
  /** Only incidents with a smaller number: newest first. */
  readonly before?: IncidentId;
  /** Everything when left out. */
  readonly visibleTo?: VisibleTo;
}

export interface StoredTask extends TaskRow {
  readonly incidentId: IncidentId;
  readonly incidentTitle: string;
  readonly severity?: string;
  readonly exercise: boolean;
  readonly playbookDigest: string;
}

export interface TaskFilter {
  readonly assignee?: string;
  /** Any of these has it; nobody does when the list is empty. */
  readonly assignees?: readonly string[];
  /** Given to somebody else by this person. */
  readonly assignedBy?: string;
  readonly priority?: Priority;
  /** Held by one of these people, or by nobody and for one of these roles. */
  readonly team?: { readonly people: readonly string[]; readonly roles: readonly string[] };
  readonly unassigned?: boolean;
  readonly unaccepted?: boolean;
  readonly overdueAt?: EpochMs;
  readonly status?: string;
  readonly roles?: readonly string[];
  readonly incidentId?: IncidentId;
  /** Everything when left out. */
  readonly visibleTo?: VisibleTo;
  readonly limit: number;
  /** Keyset: after this (dueAt or none, incident, step), by due time. */
  readonly after?: { readonly dueAt?: EpochMs; readonly incidentId: IncidentId; readonly step: string };
}

export interface StoredEntry {
  readonly seq: number;
  readonly revision: number;
  readonly at: EpochMs;
  readonly leaf: Uint8Array;
  readonly hash: Uint8Array;
  readonly prev: Uint8Array;
  readonly openings?: string;
}

/** What one person has to do. */
export interface Workload {
  readonly person: string;
  readonly open: number;
  readonly unaccepted: number;
  readonly overdue: number;
  readonly nextDueAt?: EpochMs;
}

/** Reads for people; never on the door's connections. */
export interface ReadStore {
  incident(id: IncidentId): Promise<IncidentRow | undefined>;
  incidents(filter: IncidentFilter): Promise<readonly IncidentRow[]>;
  /** Whether there is no incident that is not shown. */
  showsAll(visibleTo: VisibleTo): Promise<boolean>;
  /** By due time, those without one last; open tasks only unless a status is asked for. */
  tasks(filter: TaskFilter): Promise<readonly StoredTask[]>;
  /** Open tasks by who has them, in order of their ids; at most `limit`, after this person. Nobody without a task. */
  workload(filter: {
    readonly now: EpochMs;
    readonly limit: number;
    readonly after?: string;
    readonly visibleTo?: VisibleTo;
  }): Promise<readonly Workload[]>;
  /** Entries with afterSeq < seq, ascending, at most `limit`. */
  entries(id: IncidentId, afterSeq: number, limit: number): Promise<readonly StoredEntry[]>;
}

/** Where the deployment's own chain stands. */
export interface JournalHead {
  /** UUID, the journal's name inside its leaves. */
  readonly uid: string;
  readonly seq: number;
  readonly revision: number;
  /** Hash of the newest leaf; empty before the first. */
  readonly head: Uint8Array;
  readonly at: EpochMs;
}

/** The deployment's own history: read as the entries of incident number 0. */
export interface JournalStore {
  head(): Promise<JournalHead>;
  /** Adds the entries where `expectedSeq` still stands, all of them; false when another writer was quicker. */
  append(expectedSeq: number, entries: readonly EntryRow[]): Promise<boolean>;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export interface StoredToken extends Person {
  /** Its name was erased, and is empty. */
  readonly erased?: true;
  /** Actions that it is limited to, within what its roles may do; everything they may when absent. */
  readonly scopes?: readonly string[];
  readonly createdAt: EpochMs;
  readonly createdBy?: string;
  readonly expiresAt?: EpochMs;
  readonly revokedAt?: EpochMs;
}

/** API tokens. Each token is its own person. Only the SHA-256 of a token is stored. */
export interface TokenStore {
  add(token: StoredToken & { readonly hash: Uint8Array }): Promise<void>;
  byHash(hash: Uint8Array): Promise<StoredToken | undefined>;
  byIds(ids: readonly string[]): Promise<readonly StoredToken[]>;
  list(): Promise<readonly StoredToken[]>;
  /** False when there is no such token. Revoking twice keeps the first time. */
  revoke(id: string, at: EpochMs): Promise<boolean>;
}

export interface StoredPlaybook {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
  /** The YAML text as published. */
  readonly source: string;
  readonly publishedAt: EpochMs;
}

/** Published playbooks. Append-only: (id, version) is written once. */
export interface PlaybookStore {
  /** 'conflict' when (id, version) exists with another digest; publishing the same again is 'known'. */
  publish(playbook: StoredPlaybook): Promise<'published' | 'known' | 'conflict'>;
  byDigest(digest: string): Promise<StoredPlaybook | undefined>;
  byVersion(id: string, version: string): Promise<StoredPlaybook | undefined>;
  list(): Promise<readonly StoredPlaybook[]>;
}

export interface ClaimedTimer extends Timer {
  readonly incidentId: IncidentId;
}

export interface OutboxRow {
  readonly id: string;
  readonly incidentId: IncidentId;
  readonly incidentTitle: string;
  readonly exercise: boolean;
  /** As it is when the effect goes to the queue. */
  readonly tlp: Tlp;
  readonly effect: Effect;
}

/** What the worker leases. */
export interface WorkStore {
  /** Leases due timers (FOR UPDATE SKIP LOCKED) for `leaseMs`; the transition that applies one deletes it. Database time decides what is due. */
  claimTimers(limit: number, leaseMs: number): Promise<readonly ClaimedTimer[]>;
  /** Drops a timer that the incident no longer wants; false when it is gone or was moved. */
  dropTimer(timer: ClaimedTimer): Promise<boolean>;
  /** When the next timer is due, if any. */
  nextTimerAt(): Promise<EpochMs | undefined>;
  /**
   * Takes up to `limit` outbox rows (FOR UPDATE SKIP LOCKED) and, in the same transaction, hands them to the queue
   * with the effect's key as job key and deletes them. Returns how many.
   */
  relayOutbox(limit: number): Promise<number>;
}

/** What happens in a deployment and is not about one incident: sign-ins, people, roles, tokens, publishing, exports. */
import { genesisHash } from '@cordon/audit';
import { OperationalError, type Clock, type JsonObject } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import { sealRow } from './entries.js';
import type { EntryRow, IncidentId, JournalHead, JournalStore } from './ports.js';

export interface JournalEvent {
  /** Who did it; for a sign-in that failed, the system. */
  readonly actor: Actor;
  /** `session.start`, `token.revoke`, … */
  readonly type: string;
  /** Id of the person, token, team or playbook that it is about. */
  readonly subject?: string;
  /** What else is worth knowing. Committed to, not written into the leaf; even so no personal data. */
  readonly data?: JsonObject;
  /** Why it was refused, as a code; absent for what was done. */
  readonly refused?: string;
}

/** The number under which the deployment's own history is kept; no incident has it. */
export const JOURNAL_ID = 0 as IncidentId;

/** Where an entry of the deployment's own history stands. */
export interface JournalPlace {
  /** Place in its chain, from 1. */
  readonly seq: number;
  /** Hash of its leaf. */
  readonly hash: Uint8Array;
}

/** The deployment's own history: a chain of audit entries like an incident's, under the number 0. */
export interface Journal {
  /** Resolves when the entry is committed. Entries of one deployment are in one order, without gaps. */
  record(event: JournalEvent): Promise<JournalPlace>;
}

export interface JournalOptions {
  readonly store: JournalStore;
  /** Name of the deployment's log. */
  readonly log: string;
  readonly clock: Clock;
  readonly salt: () => string;
  readonly pause: (ms: number) => Promise<void>;
}

interface Waiting {
  readonly event: JournalEvent;
  readonly resolve: (place: JournalPlace) => void;
  readonly reject: (error: unknown) => void;
}

/** Entries per statement, and tries while other processes are quicker. */
const MAX_BATCH = 200;
const MAX_ATTEMPTS = 30;

/** The journal over its store: what comes in while a statement is under way goes together into the next one. */
export class DeploymentJournal implements Journal {
  private waiting: Waiting[] = [];
  private working = false;

  constructor(private readonly options: JournalOptions) {}

  record(event: JournalEvent): Promise<JournalPlace> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ event, resolve, reject });
      if (!this.working) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      try {
        const rows = await this.append(batch.map(({ event }) => event));
        for (const [i, { seq, hash }] of rows.entries()) batch[i]?.resolve({ seq, hash });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.working = false;
  }

  private async append(events: readonly JournalEvent[]): Promise<readonly EntryRow[]> {
    const { store, pause } = this.options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const head = await store.head();
      const rows = this.seal(head, events);
      if (await store.append(head.seq, rows)) return rows;
      await pause(Math.min(100, 2 ** attempt) * (0.5 + Math.random()));
    }
    throw new OperationalError('The journal is being written to by too many at once: try again.', true);
  }

  /** Time in one chain does not run backwards, whatever the clocks of several processes say. */
  private seal(start: JournalHead, events: readonly JournalEvent[]): readonly EntryRow[] {
    const { log, salt, clock } = this.options;
    const { uid } = start;
    const at = Math.max(clock.now(), start.at);
    let { seq, revision } = start;
    let prev = seq === 0 ? genesisHash(uid) : start.head;
    return events.map(({ actor, type, subject, data, refused }) => {
      seq += 1;
      revision += refused === undefined ? 1 : 0;
      const row = sealRow(
        {
          ...{ kind: refused === undefined ? 'journal' : 'rejection', uid, log, seq, revision, prev, at },
          ...{ actor, type, from: null, to: null },
          ...(subject === undefined ? {} : { subject }),
          ...(data ? { data } : {}),
          ...(refused === undefined ? {} : { rejection: { code: refused } }),
        },
        salt,
      );
      prev = row.hash;
      return row;
    });
  }
}

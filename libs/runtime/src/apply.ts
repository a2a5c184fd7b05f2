/** The events waiting for one incident, decided one after the other in memory, and the one write that results. Pure but for the salts. */
import { canonicalJson, InvariantError, type EpochMs, type JsonObject } from '@cordon/kernel';
import {
  asksAfter,
  decide,
  maySee,
  type Actor,
  type Effect,
  type IncidentState,
  type Machines,
  type Rejection,
} from '@cordon/engine';
import { changesBetween, listingOf } from './changes.js';
import { sealRow, type EntryDraft, type PersonalValue } from './entries.js';
import { receiverErrors } from './assignment.js';
import type { EntryRow, IncidentWrite, KnownEntry, Person, StoredIncident } from './ports.js';
import type { RecentIncident } from './recent.js';

/** What is brought to an incident. `eventKey` is unique in it; the same key with another request is refused. */
export interface Job {
  readonly eventKey: string;
  /** 32 bytes: SHA-256 of the canonical request. */
  readonly requestHash: Uint8Array;
  readonly actor: Actor;
  readonly type: string;
  readonly step?: string;
  readonly data?: JsonObject;
  readonly note?: string;
  /** Values about a person, in place of members of `data` and of `note`; locked away before they came here. */
  readonly personal?: readonly PersonalValue[];
  readonly occurredAt?: EpochMs;
  readonly ifRevision?: number;
  /** Only to be put on record: why it never became an event. */
  readonly refused?: {
    readonly code: string;
    readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  };
  /** The version that `incident.migrate` names, where it is published; found by the door. */
  readonly target?: Machines;
  /** Who is given the task: a person without its roles is refused. */
  readonly receiver?: Person;
  /** A refusal that leaves no entry: a timer that is no longer wanted is not history. */
  readonly silent?: boolean;
}

export type Settled =
  | { readonly outcome: 'accepted'; readonly entry: EntryRow; readonly state: IncidentState }
  | {
      readonly outcome: 'rejected';
      readonly rejection: Rejection | { readonly code: 'stale_revision' } | { readonly code: 'refused' };
      readonly revision: number;
      readonly state: IncidentState;
      /** It has an entry in the history. */
      readonly recorded: boolean;
    }
  /** Written before under the same key: the answer is that of then. */
  | { readonly outcome: 'known'; readonly seq: number; readonly incidentId: StoredIncident['id'] }
  | { readonly outcome: 'key_reused' }
  | { readonly outcome: 'unknown_incident' };

interface Work {
  readonly incident: StoredIncident;
  /** `incident.state`, where it is parsed already. */
  readonly state?: IncidentState;
  readonly machines: Machines;
  readonly known: ReadonlyMap<string, KnownEntry>;
  readonly jobs: readonly Job[];
  readonly now: EpochMs;
  readonly log: string;
  readonly salt: () => string;
}

export interface Applied {
  /** One result per job, in order. */
  readonly settled: readonly (Settled | Error)[];
  /** Absent when nothing is to be recorded. */
  readonly write?: IncidentWrite;
  /** The incident as it is once the write is committed. */
  readonly after: RecentIncident;
}

/** Decides the jobs one after the other. */
export function applyJobs(work: Work): Applied {
  const batch = new Batch(work);
  const settled = work.jobs.map((job) => batch.apply(job));
  const write = batch.write();
  return { settled, after: batch.after(), ...(write ? { write } : {}) };
}

/**
 * Whether the results may be relied on although the incident was not read, but remembered: each is an entry under its
 * key, so that the version check and the unique keys find out whatever is outdated.
 */
export function isSelfChecking({ settled }: Applied): boolean {
  return settled.every(
    (one) =>
      !(one instanceof Error) &&
      (one.outcome === 'accepted' ||
        (one.outcome === 'rejected' && one.recorded && keepsKey(one.rejection.code))),
  );
}

/** A request that could not even be judged leaves its key free for the corrected one. */
function keepsKey(code: string): boolean {
  return code === 'event_not_accepted' || code === 'forbidden';
}

class Batch {
  private readonly before: IncidentState;
  private readonly at: EpochMs;
  private machines: Machines;
  private state: IncidentState;
  private stateText: string;
  private seq: number;
  private revision: number;
  private head: Uint8Array;
  private readonly entries: EntryRow[] = [];
  private readonly effects: { seq: number; effect: Effect }[] = [];
  private readonly inBatch = new Map<
    string,
    { readonly hash: Uint8Array; readonly settled: Settled | Error }
  >();

  constructor(private readonly work: Work) {
    const { incident } = work;
    this.machines = work.machines;
    this.before = work.state ?? (JSON.parse(incident.state) as IncidentState);
    this.state = this.before;
    this.stateText = incident.state;
    this.seq = incident.seq;
    this.revision = incident.revision;
    this.head = incident.head;
    // Clocks of several processes differ; within one incident time does not run backwards.
    this.at = Math.max(work.now, incident.updatedAt);
  }

  apply(job: Job): Settled | Error {
    const earlier = this.inBatch.get(job.eventKey);
    if (earlier)
      return sameBytes(earlier.hash, job.requestHash) ? earlier.settled : { outcome: 'key_reused' };
    const known = this.work.known.get(job.eventKey);
    if (known) {
      if (!sameBytes(known.requestHash, job.requestHash)) return { outcome: 'key_reused' };
      if (!maySee(this.state, job.actor)) return { outcome: 'unknown_incident' };
      return { outcome: 'known', seq: known.seq, incidentId: known.incidentId };
    }
    let settled: Settled | Error;
    try {
      settled = this.decide(job);
    } catch (error) {
      // Our fault, not the caller's: nothing of this event is kept, its neighbours go on.
      settled = new InvariantError(`deciding ${job.type} on INC-${this.work.incident.id} failed`, {
        cause: error,
      });
    }
    this.inBatch.set(job.eventKey, { hash: job.requestHash, settled });
    return settled;
  }

  private decide(job: Job): Settled {
    if (!maySee(this.state, job.actor)) return this.hide(job);
    if (job.refused) return this.refuse(job, { code: 'refused' }, job.refused);
    if (job.ifRevision !== undefined && job.ifRevision !== this.revision) {
      return this.refuse(job, { code: 'stale_revision' }, { code: 'stale_revision' });
    }
    const { step, data } = job;
    if (
      job.type === 'entry.correct' &&
      typeof data?.seq === 'number' &&
      (data.seq < 1 || data.seq > this.seq)
    ) {
      const errors = [{ pointer: '/data/seq', message: `the history has the entries 1 to ${this.seq}` }];
      return this.refuse(job, { code: 'invalid_event', errors }, { code: 'invalid_event', errors });
    }
    const event = { type: job.type, ...(step === undefined ? {} : { step }), ...(data ? { data } : {}) };
    const decision = decide(this.machines, this.state, event, job.actor, this.at, job.target);
    if (decision.outcome === 'rejected') {
      if (job.silent)
        return {
          outcome: 'rejected',
          rejection: decision.rejection,
          revision: this.revision,
          state: this.state,
          recorded: false,
        };
      return this.refuse(job, decision.rejection, decision.rejection);
    }
    const unfit = receiverErrors(this.machines, this.state, step, job.receiver);
    if (unfit.length > 0) {
      const rejection = { code: 'invalid_event', errors: unfit } as const;
      return this.refuse(job, rejection, rejection);
    }
    if (decision.machines) this.machines = decision.machines;
    const text = decision.state === this.state ? this.stateText : canonicalJson(decision.state);
    const entry = this.append(job, 'transition', decision.state, text, {
      ...(decision.system ? { system: decision.system } : {}),
      ...(decision.lapsed ? { lapsed: decision.lapsed } : {}),
    });
    const asks = asksAfter(this.machines.plan, this.state, decision.state, entry.seq, decision.effects);
    this.state = decision.state;
    this.stateText = text;
    for (const effect of [...decision.effects, ...asks]) this.effects.push({ seq: entry.seq, effect });
    return { outcome: 'accepted', entry, state: this.state };
  }

  /** On record for those who may see it; whoever asked is told that there is no such incident. */
  private hide(job: Job): Settled {
    this.append(job, 'rejection', this.state, this.stateText, { rejection: { code: 'not_visible' } });
    return { outcome: 'unknown_incident' };
  }

  private refuse(
    job: Job,
    answer: Extract<Settled, { outcome: 'rejected' }>['rejection'],
    recorded: Rejection | NonNullable<Job['refused']>,
  ): Settled {
    this.append(job, 'rejection', this.state, this.stateText, { rejection: recorded });
    return {
      outcome: 'rejected',
      rejection: answer,
      revision: this.revision,
      state: this.state,
      recorded: true,
    };
  }

  private append(
    job: Job,
    kind: 'transition' | 'rejection',
    after: IncidentState,
    stateText: string,
    more: Pick<EntryDraft, 'system' | 'lapsed'> & {
      readonly rejection?: Rejection | NonNullable<Job['refused']>;
    },
  ): EntryRow {
    const { incident, log, salt } = this.work;
    const keyed = !more.rejection || keepsKey(more.rejection.code);
    const entry = sealRow(
      {
        kind,
        uid: incident.uid,
        log,
        seq: this.seq + 1,
        revision: this.revision + (kind === 'transition' ? 1 : 0),
        prev: this.head,
        at: this.at,
        actor: job.actor,
        type: job.type,
        from: this.state.value,
        to: after.value,
        playbookDigest: this.machines.digest,
        stateText,
        ...(job.step === undefined ? {} : { step: job.step }),
        ...(job.data && !job.refused ? { data: job.data } : {}),
        ...(job.note === undefined ? {} : { note: job.note }),
        ...(job.personal ? { personal: job.personal } : {}),
        ...(job.occurredAt === undefined ? {} : { occurredAt: job.occurredAt }),
        ...(keyed ? { eventKey: job.eventKey, requestHash: job.requestHash } : {}),
        ...(more.system ? { system: more.system } : {}),
        ...(more.lapsed ? { lapsed: more.lapsed } : {}),
        ...(more.rejection ? { rejection: more.rejection } : {}),
      },
      salt,
    );
    this.entries.push(entry);
    this.seq = entry.seq;
    this.revision = entry.revision;
    this.head = entry.hash;
    return entry;
  }

  after(): RecentIncident {
    const { seq, revision, head, stateText, at, state } = this;
    const stored = {
      ...this.work.incident,
      ...this.playbook(),
      seq,
      revision,
      head,
      state: stateText,
      updatedAt: at,
    };
    return { stored, state };
  }

  write(): IncidentWrite | undefined {
    if (this.entries.length === 0) return undefined;
    const { incident } = this.work;
    const { machines } = this;
    const changed = this.state !== this.before;
    return {
      id: incident.id,
      expectedSeq: incident.seq,
      revision: this.revision,
      seq: this.seq,
      head: this.head,
      ...(changed ? { state: this.stateText, listing: listingOf(machines, this.state) } : {}),
      updatedAt: this.at,
      entries: this.entries,
      effects: this.effects,
      ...(machines === this.work.machines ? {} : { playbook: this.playbook() }),
      ...changesBetween(machines, this.before, this.state, this.work.machines),
    };
  }

  /** Which version decides now. */
  private playbook(): { readonly playbookVersion: string; readonly playbookDigest: string } {
    const { digest, plan } = this.machines;
    return { playbookVersion: plan.playbook.version, playbookDigest: digest };
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}

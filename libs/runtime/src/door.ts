/**
 * The one door: every change of every incident passes here. A mailbox per incident and a group writer: a batch is
 * whatever became ready while the previous one was in flight (no timer), one read and one statement for all of its
 * incidents. At one caller a batch is one event and adds no latency; under load the commits are shared.
 */
import { OperationalError, type Clock } from '@cordon/kernel';
import type { IncidentState } from '@cordon/engine';
import { applyJobs, isSelfChecking, type Applied, type Job, type Settled } from './apply.js';
import { BusyError } from './busy-error.js';
import type { Library } from './library.js';
import {
  UniqueKeyError,
  type DoorStore,
  type IncidentId,
  type IncidentWrite,
  type KnownEntry,
  type StoredIncident,
} from './ports.js';
import { RecentIncidents } from './recent.js';
import { carryOut, type ActOutcome, type ActRequest } from './together.js';
import { Turns } from './turns.js';

export interface DoorOptions {
  readonly store: DoorStore;
  readonly library: Library;
  readonly clock: Clock;
  readonly log: string;
  readonly salt: () => string;
  /** Resolves after about that many milliseconds; tests pass their own. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Incidents per batch, events per incident and batch, batches in flight; measured, see docs/adr/0001. */
const MAX_INCIDENTS = 64;
const MAX_EVENTS = 64;
const MAX_IN_FLIGHT = 2;
/** Version conflicts with other processes, or lost connections, before a caller is told to come back. */
const MAX_ATTEMPTS = 20;
/** However few the attempts: a caller that has waited this long is told to come back. */
const MAX_WAIT_MS = 15_000;
/** Waiting jobs per incident, and acts over several incidents; more than that is answered "busy" at once. */
const MAX_WAITING = 2_000;
const MAX_WAITING_ACTS = 100;

interface Waiting {
  readonly job: Job;
  readonly resolve: (settled: Settled) => void;
  readonly reject: (error: unknown) => void;
  readonly giveUpAt: number;
  attempts: number;
}

export class Door {
  private readonly mailboxes = new Map<IncidentId, Waiting[]>();
  private readonly turns = new Turns();
  private readonly recent = new RecentIncidents();
  private inFlight = 0;
  private acts = 0;
  private scheduled = false;

  constructor(private readonly options: DoorOptions) {}

  /** Brings a job to its incident. Jobs of one incident are decided in the order they came. */
  submit(id: IncidentId, job: Job): Promise<Settled> {
    const box = this.mailboxes.get(id) ?? [];
    if (box.length >= MAX_WAITING)
      return Promise.reject(new BusyError(`INC-${id} has ${box.length} events waiting: try again shortly`));
    this.mailboxes.set(id, box);
    return new Promise((resolve, reject) => {
      box.push({ job, resolve, reject, giveUpAt: performance.now() + MAX_WAIT_MS, attempts: 0 });
      this.schedule();
    });
  }

  /** Several events over several incidents, all of it or nothing. Events that wait for these incidents come after it. */
  async together(request: ActRequest): Promise<ActOutcome> {
    if (this.turns.waiting >= MAX_WAITING_ACTS)
      throw new BusyError('too many acts are waiting: try again shortly');
    const { store, clock, salt, pause, library } = this.options;
    const ids = new Set(request.ids);
    this.acts += 1;
    await this.turns.takeAll(ids);
    try {
      const deps = { store, clock, salt, pause, recent: this.recent };
      return await carryOut(
        {
          ...deps,
          machines: ({ playbookDigest }) => library.machines(playbookDigest),
          apply: (incident, jobs, state) => this.apply(incident, jobs, NONE_KNOWN, state),
        },
        request,
      );
    } finally {
      this.acts -= 1;
      this.turns.release(ids);
      if (this.mailboxes.size > 0) this.schedule();
    }
  }

  /** Resolves when nothing is waiting or in flight. */
  async drained(): Promise<void> {
    while (this.mailboxes.size > 0 || this.inFlight > 0 || this.acts > 0) await this.options.pause(5);
  }

  /** Callers of the same turn of the event loop share a batch. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.inFlight < MAX_IN_FLIGHT) {
        const batch = this.take();
        if (batch.size === 0) return;
        void this.run(batch);
      }
    });
  }

  private take(): Map<IncidentId, Waiting[]> {
    const batch = new Map<IncidentId, Waiting[]>();
    for (const [id, box] of this.mailboxes) {
      if (batch.size >= MAX_INCIDENTS) break;
      if (this.turns.take(id)) batch.set(id, box.splice(0, MAX_EVENTS));
    }
    return batch;
  }

  private async run(batch: Map<IncidentId, Waiting[]>): Promise<void> {
    this.inFlight += 1;
    try {
      await this.attempt(batch);
    } finally {
      this.inFlight -= 1;
      for (const id of batch.keys()) if (this.mailboxes.get(id)?.length === 0) this.mailboxes.delete(id);
      this.turns.release(batch.keys());
      if (this.mailboxes.size > 0) this.schedule();
    }
  }

  /** Never rejects: in the end every waiting job is settled or failed. Leaves the batch as it is. */
  private async attempt(batch: ReadonlyMap<IncidentId, Waiting[]>): Promise<void> {
    let outcome: ReadonlySet<IncidentId>;
    let settle: readonly (() => void)[];
    try {
      ({ outcome, settle } = await this.decideAndCommit(batch));
    } catch (error) {
      await this.afterError(batch, error);
      return;
    }
    for (const done of settle) done();
    const conflicted = [...batch].filter(([id]) => !outcome.has(id));
    if (conflicted.length === 0) return;
    await this.again(
      new Map(conflicted),
      new BusyError(`other writers were faster ${MAX_ATTEMPTS} times in a row: try again`),
    );
  }

  private async decideAndCommit(
    batch: ReadonlyMap<IncidentId, Waiting[]>,
  ): Promise<{ readonly outcome: ReadonlySet<IncidentId>; readonly settle: readonly (() => void)[] }> {
    const applied = await this.decideRemembered(batch);
    const missing = new Map([...batch].filter(([id]) => !applied.has(id)));
    if (missing.size > 0) for (const [id, one] of await this.readAndDecide(missing)) applied.set(id, one);
    const writes = [...applied.values()].flatMap((one) => one?.write ?? []);
    const committed = writes.length > 0 ? await this.commit(writes) : new Set<IncidentId>();
    const outcome = new Set<IncidentId>();
    const settle: (() => void)[] = [];
    for (const [id, waiting] of batch) {
      const one = applied.get(id);
      if (one?.write && !committed.has(id)) {
        this.recent.markShared(id, this.options.clock.now());
        continue;
      }
      outcome.add(id);
      if (one) this.recent.put(one.after, this.options.clock.now());
      settle.push(() =>
        waiting.forEach((each, i) => finish(each, one ? one.settled[i] : { outcome: 'unknown_incident' })),
      );
    }
    return { outcome, settle };
  }

  /** Decides on top of what this process wrote last, where that is remembered and the results check themselves. */
  private async decideRemembered(
    batch: ReadonlyMap<IncidentId, Waiting[]>,
  ): Promise<Map<IncidentId, Applied | undefined>> {
    const decided = new Map<IncidentId, Applied | undefined>();
    for (const [id, waiting] of batch) {
      const recent = this.recent.get(id);
      if (!recent || waiting.some((one) => one.attempts > 0)) continue;
      const applied = await this.apply(recent.stored, jobsOf(waiting), NONE_KNOWN, recent.state);
      if (isSelfChecking(applied)) decided.set(id, applied);
    }
    return decided;
  }

  /** One read for all; an incident that does not exist has no result. */
  private async readAndDecide(
    batch: ReadonlyMap<IncidentId, Waiting[]>,
  ): Promise<Map<IncidentId, Applied | undefined>> {
    const keys = [...batch].flatMap(([id, waiting]) => waiting.map(({ job }) => ({ id, key: job.eventKey })));
    const { incidents, known } = await this.options.store.load([...batch.keys()], keys);
    const decided = new Map<IncidentId, Applied | undefined>([...batch.keys()].map((id) => [id, undefined]));
    for (const incident of incidents) {
      const waiting = batch.get(incident.id);
      if (waiting)
        decided.set(incident.id, await this.apply(incident, jobsOf(waiting), knownOf(known, incident)));
    }
    return decided;
  }

  private async apply(
    incident: StoredIncident,
    asked: readonly Job[],
    known: ReadonlyMap<string, KnownEntry>,
    state?: IncidentState,
  ): Promise<Applied> {
    const { library, clock, log, salt } = this.options;
    const machines = await library.machines(incident.playbookDigest);
    const jobs = asked.some(({ type }) => type === MIGRATION)
      ? await Promise.all(asked.map((job) => withTarget(library, incident, job)))
      : asked;
    return applyJobs({
      incident,
      machines,
      known,
      jobs,
      now: clock.now(),
      log,
      salt,
      ...(state ? { state } : {}),
    });
  }

  /** When it rejects, what became of the writes is not known: nothing of them is remembered. */
  private async commit(writes: readonly IncidentWrite[]): Promise<ReadonlySet<IncidentId>> {
    try {
      return await this.options.store.commit(writes);
    } catch (error) {
      for (const { id } of writes) this.recent.forget(id);
      throw error;
    }
  }

  /** One bad incident must not fail its neighbours: after an error each is tried by itself. */
  private async afterError(batch: ReadonlyMap<IncidentId, Waiting[]>, error: unknown): Promise<void> {
    const retryable =
      error instanceof UniqueKeyError || (error instanceof OperationalError && error.retryable);
    if (batch.size > 1) {
      await Promise.all([...batch].map(([id, waiting]) => this.attempt(new Map([[id, waiting]]))));
      return;
    }
    if (!retryable) {
      for (const waiting of batch.values()) for (const one of waiting) one.reject(error);
      return;
    }
    await this.again(
      batch,
      new BusyError('the database did not answer: send the same request again', { cause: error }),
    );
  }

  /** Reads and decides anew, after a pause that grows with the attempts. */
  private async again(batch: ReadonlyMap<IncidentId, Waiting[]>, giveUp: BusyError): Promise<void> {
    const next = new Map<IncidentId, Waiting[]>();
    let attempts = 0;
    for (const [id, waiting] of batch) {
      for (const one of waiting) one.attempts += 1;
      const spent = new Set(waiting.filter(isSpent));
      for (const one of spent) one.reject(giveUp);
      const left = waiting.filter((one) => !spent.has(one));
      attempts = Math.max(attempts, ...left.map((one) => one.attempts));
      if (left.length > 0) next.set(id, left);
    }
    if (next.size === 0) return;
    await this.options.pause(backOff(attempts));
    await this.attempt(next);
  }
}

const MIGRATION = 'incident.migrate';

/** The version to move to goes with the event, and its digest into the history: a replay needs nothing else. */
async function withTarget(library: Library, { playbookId }: StoredIncident, job: Job): Promise<Job> {
  const { type, data } = job;
  if (type !== MIGRATION || typeof data?.version !== 'string') return job;
  const { digest: _given, ...rest } = data;
  const found = await library.find(playbookId, data.version);
  if (!found) return { ...job, data: rest };
  return { ...job, data: { ...rest, digest: found.digest }, target: await library.machines(found.digest) };
}

function jobsOf(waiting: readonly Waiting[]): readonly Job[] {
  return waiting.map(({ job }) => job);
}

function isSpent({ attempts, giveUpAt }: Waiting): boolean {
  return attempts >= MAX_ATTEMPTS || performance.now() > giveUpAt;
}

/** 2 ms doubling to a quarter second, with jitter so that two processes do not march in step. */
function backOff(attempts: number): number {
  return Math.min(250, 2 ** attempts) * (0.5 + Math.random());
}

function finish(waiting: Waiting, settled: Settled | Error | undefined): void {
  if (settled === undefined) waiting.reject(new Error('a job was not settled'));
  else if (settled instanceof Error) waiting.reject(settled);
  else waiting.resolve(settled);
}

const NONE_KNOWN: ReadonlyMap<string, KnownEntry> = new Map();

function knownOf(known: readonly KnownEntry[], { id }: StoredIncident): ReadonlyMap<string, KnownEntry> {
  return new Map(known.filter((entry) => entry.incidentId === id).map((entry) => [entry.eventKey, entry]));
}

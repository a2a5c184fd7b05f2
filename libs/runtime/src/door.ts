/**
 * The one door: every change of every incident passes here. A mailbox per incident and a group writer: a batch is
 * whatever became ready while the previous one was in flight (no timer), one read and one statement for all of its
 * incidents. At one caller a batch is one event and adds no latency; under load the commits are shared.
 */
import { OperationalError, type Clock } from '@cordon/kernel';
import { applyJobs, type Job, type Settled } from './apply.js';
import type { Library } from './library.js';
import {
  UniqueKeyError,
  type DoorStore,
  type IncidentId,
  type KnownEntry,
  type StoredIncident,
} from './ports.js';

export interface DoorOptions {
  readonly store: DoorStore;
  readonly library: Library;
  readonly clock: Clock;
  readonly log: string;
  readonly salt: () => string;
  /** Resolves after about that many milliseconds; tests pass their own. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Incidents per batch, events per incident and batch, batches in flight; measured, see docs/adr/0004. */
const MAX_INCIDENTS = 64;
const MAX_EVENTS = 64;
const MAX_IN_FLIGHT = 2;
/** Version conflicts with other processes, or lost connections, before a caller is told to come back. */
const MAX_ATTEMPTS = 8;
/** However few the attempts: a caller that has waited this long is told to come back. */
const MAX_WAIT_MS = 15_000;
/** Waiting jobs per incident; more than that is answered "busy" at once. */
const MAX_WAITING = 2_000;

/** A job could not be carried out now; it may or may not be safe to say that nothing happened, so the same key is sent again. */
export class BusyError extends OperationalError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, true, options);
  }
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (settled: Settled) => void;
  readonly reject: (error: unknown) => void;
  readonly giveUpAt: number;
  attempts: number;
}

export class Door {
  private readonly mailboxes = new Map<IncidentId, Waiting[]>();
  private readonly busy = new Set<IncidentId>();
  private inFlight = 0;
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

  /** Resolves when nothing is waiting or in flight. */
  async drained(): Promise<void> {
    while (this.mailboxes.size > 0 || this.inFlight > 0) await this.options.pause(5);
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
      if (this.busy.has(id)) continue;
      batch.set(id, box.splice(0, MAX_EVENTS));
      this.busy.add(id);
    }
    return batch;
  }

  private async run(batch: Map<IncidentId, Waiting[]>): Promise<void> {
    this.inFlight += 1;
    try {
      await this.attempt(batch);
    } finally {
      this.inFlight -= 1;
      for (const id of batch.keys()) {
        this.busy.delete(id);
        if (this.mailboxes.get(id)?.length === 0) this.mailboxes.delete(id);
      }
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
      new BusyError('other writers were faster eight times in a row: try again'),
    );
  }

  private async decideAndCommit(
    batch: ReadonlyMap<IncidentId, Waiting[]>,
  ): Promise<{ readonly outcome: ReadonlySet<IncidentId>; readonly settle: readonly (() => void)[] }> {
    const { store, library, clock, log, salt } = this.options;
    const ids = [...batch.keys()];
    const keys = ids.flatMap((id) => (batch.get(id) ?? []).map(({ job }) => ({ id, key: job.eventKey })));
    const { incidents, known } = await store.load(ids, keys);
    const byId = new Map(incidents.map((incident) => [incident.id, incident]));
    const machines = new Map(
      await Promise.all(
        [...new Set(incidents.map((one) => one.playbookDigest))].map(
          async (digest) => [digest, await library.machines(digest)] as const,
        ),
      ),
    );
    const settle = new Map<IncidentId, () => void>();
    const writes = [];
    const outcome = new Set<IncidentId>();
    for (const id of ids) {
      const incident = byId.get(id);
      const waiting = batch.get(id) ?? [];
      const compiled = incident && machines.get(incident.playbookDigest);
      if (!incident || !compiled) {
        settle.set(id, () => waiting.forEach((one) => one.resolve({ outcome: 'unknown_incident' })));
        outcome.add(id);
        continue;
      }
      const applied = applyJobs({
        incident,
        machines: compiled,
        known: knownOf(known, incident),
        jobs: waiting.map((one) => one.job),
        now: clock.now(),
        log,
        salt,
      });
      settle.set(id, () => waiting.forEach((one, i) => finish(one, applied.settled[i])));
      if (applied.write) writes.push(applied.write);
      else outcome.add(id);
    }
    const committed = writes.length > 0 ? await store.commit(writes) : new Set<IncidentId>();
    for (const id of committed) outcome.add(id);
    return { outcome, settle: [...outcome].flatMap((id) => settle.get(id) ?? []) };
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

function knownOf(known: readonly KnownEntry[], { id }: StoredIncident): ReadonlyMap<string, KnownEntry> {
  return new Map(known.filter((entry) => entry.incidentId === id).map((entry) => [entry.eventKey, entry]));
}

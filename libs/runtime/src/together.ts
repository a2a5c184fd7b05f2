/**
 * Several events over several incidents as one act: all of them are decided and committed in one database transaction,
 * or nothing is. An event that is refused is a rejection in its incident's history and does not stop the others. The
 * act is kept with its answer, so that the same request again, after a kill too, gives the same answer.
 */
import { OperationalError, type Clock } from '@cordon/kernel';
import type { Actor, FieldError, IncidentState, Machines, Rejection } from '@cordon/engine';
import { BusyError } from './busy-error.js';
import type { Applied, Job, Settled } from './apply.js';
import { UniqueKeyError, type DoorStore, type IncidentId, type StoredIncident } from './ports.js';
import type { RecentIncidents } from './recent.js';
import { refOf } from './views.js';

/** What is asked of one task. The key is made here: the act has one of its own. */
export type ActJob = Omit<Job, 'eventKey' | 'actor'> & { readonly step: string };

/** A task that the act is about and asks nothing of, and why. */
export interface LeftAlone {
  readonly step: string;
  readonly errors: readonly FieldError[];
}

export interface ActRequest {
  readonly actor: Actor;
  readonly key: string;
  readonly requestHash: Uint8Array;
  readonly ids: readonly IncidentId[];
  /** What is asked of an incident as it is now. Asked anew at each attempt; must not change anything else. */
  jobs(id: IncidentId, state: IncidentState, machines: Machines): readonly (ActJob | LeftAlone)[];
}

/** What became of one task. Ids only: it is stored. */
export type ActLine = { readonly task: string; readonly to?: string } & (
  | { readonly outcome: 'accepted'; readonly seq: number; readonly revision: number }
  | {
      readonly outcome: 'rejected';
      readonly revision: number;
      readonly rejection: Rejection | { readonly code: 'stale_revision' };
    }
  | { readonly outcome: 'unknown_incident' }
);

export type ActOutcome =
  { readonly outcome: 'done'; readonly lines: readonly ActLine[] } | { readonly outcome: 'key_reused' };

export interface ActDependencies {
  readonly store: DoorStore;
  readonly clock: Clock;
  readonly salt: () => string;
  readonly pause: (ms: number) => Promise<void>;
  readonly recent: RecentIncidents;
  readonly machines: (incident: StoredIncident) => Promise<Machines>;
  readonly apply: (incident: StoredIncident, jobs: readonly Job[], state: IncidentState) => Promise<Applied>;
}

const MAX_ATTEMPTS = 20;
const MAX_WAIT_MS = 15_000;
/** Incidents decided before everybody else has a turn. */
const AT_ONCE = 32;

/** Carries the act out. The caller has the turn at all of its incidents. BusyError when it does not come through. */
export async function carryOut(deps: ActDependencies, request: ActRequest): Promise<ActOutcome> {
  const { store, recent, clock } = deps;
  const giveUpAt = performance.now() + MAX_WAIT_MS;
  let cause: unknown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const known = await store.act(request.actor.id, request.key);
      if (known) return answerOf(known.requestHash, request.requestHash, known.answer);
      const done = await attemptOnce(deps, request);
      if (done) return done;
      for (const id of request.ids) recent.markShared(id, clock.now());
    } catch (error) {
      // What became of it is not known: nothing of it is remembered, and the next attempt asks.
      for (const id of request.ids) recent.forget(id);
      if (!isRetryable(error)) throw error;
      cause = error;
    }
    if (attempt >= MAX_ATTEMPTS || performance.now() > giveUpAt) {
      throw new BusyError('the act did not come through: send the same request again', { cause });
    }
    await deps.pause(Math.min(250, 2 ** attempt) * (0.5 + Math.random()));
  }
}

function answerOf(stored: Uint8Array, asked: Uint8Array, answer: string): ActOutcome {
  if (!Buffer.from(stored).equals(asked)) return { outcome: 'key_reused' };
  return { outcome: 'done', lines: JSON.parse(answer) as readonly ActLine[] };
}

function isRetryable(error: unknown): boolean {
  return error instanceof UniqueKeyError || (error instanceof OperationalError && error.retryable);
}

/** Undefined when somebody else has written to one of the incidents meanwhile. */
async function attemptOnce(deps: ActDependencies, request: ActRequest): Promise<ActOutcome | undefined> {
  const { store, recent, clock } = deps;
  const { actor, key, requestHash } = request;
  const { incidents } = await store.load(request.ids, []);
  const lines: ActLine[] = [];
  const applied: Applied[] = [];
  for (const [i, incident] of [...incidents].sort((a, b) => a.id - b.id).entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await deps.pause(0);
    const decided = await decideOne(deps, request, incident);
    lines.push(...decided.lines);
    applied.push(decided.applied);
  }
  const writes = applied.flatMap(({ write }) => write ?? []);
  const act = { actor: actor.id, key, requestHash, at: clock.now(), answer: JSON.stringify(lines) };
  if (!(await store.commitTogether(writes, act))) return undefined;
  for (const { after } of applied) recent.put(after, clock.now());
  return { outcome: 'done', lines };
}

async function decideOne(
  deps: ActDependencies,
  { actor, jobs }: ActRequest,
  incident: StoredIncident,
): Promise<{ readonly lines: readonly ActLine[]; readonly applied: Applied }> {
  const state = JSON.parse(incident.state) as IncidentState;
  const asked = jobs(incident.id, state, await deps.machines(incident));
  const real = asked.filter((one): one is ActJob => 'type' in one);
  const eventKey = `act:${deps.salt()}`;
  const applied = await deps.apply(
    incident,
    real.map((job, i) => ({ ...job, actor, eventKey: `${eventKey}/${i}` })),
    state,
  );
  const lines = asked.map((one): ActLine => {
    const task = `${refOf(incident.id)}/${one.step}`;
    if (!('type' in one)) return leftAlone(task, one, incident.revision);
    const to = typeof one.data?.to === 'string' ? { to: one.data.to } : {};
    return { task, ...to, ...outcomeOf(applied.settled[real.indexOf(one)], one) };
  });
  return { lines, applied };
}

function leftAlone(task: string, { errors }: LeftAlone, revision: number): ActLine {
  return { task, outcome: 'rejected', revision, rejection: { code: 'invalid_event', errors } };
}

type Outcome = ActLine extends infer Line
  ? Line extends unknown
    ? Omit<Line, 'task' | 'to'>
    : never
  : never;

/** A fault of ours in one event is a fault of the whole act: it is thrown, and nothing is done. */
function outcomeOf(settled: Settled | Error | undefined, job: ActJob): Outcome {
  if (settled === undefined) throw new Error('an event of the act was not settled');
  if (settled instanceof Error) throw settled;
  switch (settled.outcome) {
    case 'accepted':
      return { outcome: 'accepted', seq: settled.entry.seq, revision: settled.entry.revision };
    case 'rejected': {
      const { revision, rejection } = settled;
      if (rejection.code !== 'refused') return { outcome: 'rejected', revision, rejection };
      const errors = job.refused?.errors ?? [];
      return { outcome: 'rejected', revision, rejection: { code: 'invalid_event', errors } };
    }
    case 'unknown_incident':
      return { outcome: 'unknown_incident' };
    case 'known':
    case 'key_reused':
      throw new Error('an act makes keys that nobody has used');
  }
}

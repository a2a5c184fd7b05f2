/** Events on their way to the door and their answers on the way back. */
import { randomUUID } from 'node:crypto';
import { fromIso, type Clock, type EpochMs, type JsonObject } from '@cordon/kernel';
import { taskAssignment } from './assignment.js';
import type { Actor, FieldError } from '@cordon/engine';
import type { Job, Settled } from './apply.js';
import type { RefusedRequest } from './cordon.js';
import type { Door } from './door.js';
import type { People } from './people.js';
import type { IncidentId } from './ports.js';
import type { Queries } from './queries.js';
import { requestHash } from './request.js';
import { refOf, type Answer, type EventCommand, type TransitionAnswer } from './views.js';

export interface SubmitDependencies {
  readonly door: Door;
  readonly queries: Queries;
  readonly people: People;
  readonly clock: Clock;
}

/** How far ahead of our clock something may have occurred, for clocks that differ. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** One event through the door. The same key with the same request gives the first answer again. */
export async function submitEvent(
  deps: SubmitDependencies,
  id: IncidentId,
  command: EventCommand,
  actor: Actor,
  language: string,
): Promise<Answer<TransitionAnswer>> {
  const { key, ifRevision, ...request } = command;
  const errors: FieldError[] = [];
  const occurredAt = occurredAtOf(command.occurredAt, deps.clock.now(), errors);
  const data = await taskAssignment(deps.people, command, deps.clock.now(), errors);
  const job: Job = {
    eventKey: `${actor.id}:${key}`,
    requestHash: requestHash(request),
    actor,
    type: command.type,
    ...(command.step === undefined ? {} : { step: command.step }),
    ...(data ? { data } : {}),
    ...(command.note === undefined ? {} : { note: command.note }),
    ...(occurredAt === undefined ? {} : { occurredAt }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    ...(errors.length > 0 ? { refused: { code: 'invalid_event', errors } } : {}),
  };
  const settled = await deps.door.submit(id, job);
  if (errors.length > 0 && settled.outcome === 'rejected')
    return { ok: false, refusal: { code: 'invalid_event', errors } };
  return answerOf(deps, id, settled, language);
}

function occurredAtOf(text: string | undefined, now: EpochMs, errors: FieldError[]): EpochMs | undefined {
  if (text === undefined) return undefined;
  const at = fromIso(text);
  if (at === undefined)
    errors.push({
      pointer: '/occurredAt',
      message: 'occurredAt is a date and time with its offset, such as 2026-03-24T10:00:00+08:00',
    });
  else if (at > now + CLOCK_TOLERANCE_MS)
    errors.push({ pointer: '/occurredAt', message: 'occurredAt lies in the future' });
  return at;
}

async function answerOf(
  { queries }: SubmitDependencies,
  id: IncidentId,
  settled: Settled,
  language: string,
): Promise<Answer<TransitionAnswer>> {
  switch (settled.outcome) {
    case 'unknown_incident':
    case 'key_reused':
      return { ok: false, refusal: { code: settled.outcome } };
    case 'known':
      return queries.earlierAnswer(id, settled.seq, language);
    case 'accepted': {
      const transition = await queries.entryView(id, settled.entry);
      return {
        ok: true,
        value: { ref: refOf(id), revision: transition.revision, state: transition.to, transition },
      };
    }
    case 'rejected': {
      const { rejection, revision, state } = settled;
      if (rejection.code === 'stale_revision')
        return { ok: false, refusal: { code: 'stale_revision', revision } };
      if (rejection.code === 'refused') return { ok: false, refusal: { code: 'invalid_event', errors: [] } };
      return { ok: false, refusal: await queries.refusal(id, rejection, revision, state, language) };
    }
  }
}

/** Puts a request that never became an event into the history. */
export async function recordRefusal(
  door: Door,
  id: IncidentId,
  refusal: RefusedRequest,
  actor: Actor,
): Promise<void> {
  const { code, type, step, errors } = refusal;
  await door.submit(id, {
    eventKey: randomUUID(),
    requestHash: requestHash({ code }),
    actor,
    type: type ?? 'unreadable',
    ...(step === undefined ? {} : { step }),
    refused: { code, ...(errors ? { errors } : {}) },
  });
}

export interface SystemEvent {
  readonly key: string;
  readonly type: string;
  readonly step?: string;
  readonly data: JsonObject;
  /** Leave no entry when it comes too late. */
  readonly silent?: boolean;
}

/** `stale`: the incident no longer wants it; `done`: it is in the history now, or was before. */
export type SystemVerdict = 'done' | 'stale' | 'unknown_incident';

const CORDON: Actor = { type: 'system', id: 'cordon', roles: [] };

export async function submitSystemEvent(
  door: Door,
  id: IncidentId,
  event: SystemEvent,
): Promise<SystemVerdict> {
  const { key, silent, ...request } = event;
  const settled = await door.submit(id, {
    eventKey: `cordon:${key}`,
    requestHash: requestHash(request),
    actor: CORDON,
    ...request,
    ...(silent ? { silent } : {}),
  });
  if (settled.outcome === 'unknown_incident') return 'unknown_incident';
  return settled.outcome === 'accepted' || settled.outcome === 'known' ? 'done' : 'stale';
}

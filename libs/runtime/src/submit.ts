/** Events on their way to the door and their answers on the way back. */
import { randomUUID } from 'node:crypto';
import { fromIso, type Clock, type EpochMs, type JsonObject } from '@cordon/kernel';
import { awayWarning, namedPerson, withStandingIn } from './assignment.js';
import { instanceId, type Actor, type FieldError, type Wanted } from '@cordon/engine';
import type { Job, Settled } from './apply.js';
import type { RefusedRequest } from './cordon.js';
import type { Door } from './door.js';
import { keepApart, type KeptApart } from './keep-apart.js';
import type { People } from './people.js';
import type { IncidentId } from './ports.js';
import type { Queries } from './queries.js';
import { recordData, type AuthorOf } from './record-data.js';
import { requestHash } from './request.js';
import type { Teams } from './teams.js';
import type { Vault } from './vault.js';
import { refOf, type Answer, type EventCommand, type TransitionAnswer } from './views.js';

export interface SubmitDependencies {
  readonly door: Door;
  readonly queries: Queries;
  readonly people: People;
  readonly teams?: Teams;
  readonly clock: Clock;
  readonly authorOf: AuthorOf;
  readonly vault?: Vault;
  readonly salt: () => string;
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
  const now = deps.clock.now();
  const { data: named, receiver } = await namedPerson(deps.people, command, now, errors);
  const kept = await keepApart(deps, command, named, now, errors);
  const standing = await withStandingIn(deps.teams, command.type, kept.data, actor.id, now);
  const data = await recordData(deps.authorOf, id, command, standing, errors);
  const { note, personal } = kept;
  const job: Job = {
    eventKey: `${actor.id}:${key}`,
    requestHash: requestHash(impersonal(request, kept)),
    actor,
    type: command.type,
    ...(command.step === undefined ? {} : { step: command.step }),
    ...(data ? { data } : {}),
    ...(receiver ? { receiver } : {}),
    ...(note === undefined ? {} : { note }),
    ...(personal.length > 0 ? { personal } : {}),
    ...(occurredAt === undefined ? {} : { occurredAt }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    ...(errors.length > 0 ? { refused: { code: 'invalid_event', errors } } : {}),
  };
  const settled = await deps.door.submit(id, job);
  if (errors.length > 0 && settled.outcome === 'rejected')
    return { ok: false, refusal: { code: 'invalid_event', errors } };
  const answer = await answerOf(deps, id, settled, language, wantedBy(command));
  if (!receiver || !answer.ok) return answer;
  const warning = await awayWarning(deps.teams, receiver.id, now, language);
  return warning ? { ok: true, value: { ...answer.value, warnings: [warning] } } : answer;
}

/**
 * What makes two requests the same, without what names people: the hash stays for ever, and a name could be guessed from
 * it. So a request that differs from another in such a value alone counts as the same.
 */
function impersonal(
  { note: _note, about: _about, data: _data, ...request }: Omit<EventCommand, 'key' | 'ifRevision'>,
  { data, note, about }: KeptApart,
): object {
  return {
    ...request,
    ...(data ? { data } : {}),
    ...(note === undefined ? {} : { note }),
    ...(about === undefined ? {} : { about }),
  };
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

/** What was asked for, so that a refusal says what leads to it. */
function wantedBy({ type, step, data }: EventCommand): Wanted {
  if (step === undefined) return { event: type };
  const system = typeof data?.system === 'string' && !step.includes('@') ? data.system : undefined;
  return { event: type, step: instanceId(step, system) };
}

async function answerOf(
  { queries }: SubmitDependencies,
  id: IncidentId,
  settled: Settled,
  language: string,
  wanted: Wanted,
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
      return { ok: false, refusal: await queries.refusal(id, rejection, revision, state, language, wanted) };
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

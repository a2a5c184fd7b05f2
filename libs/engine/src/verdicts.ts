/** The answers of the interpreter, and what every one of its parts is asked. */
import { invariant, type EpochMs, type JsonObject } from '@cordon/kernel';
import { effectsOf } from './effects.js';
import type { EventType } from './event-data.js';
import type { Machines } from './machines.js';
import type { Actor, Blocker, Decision, IncidentState } from './model.js';

/** An event whose type is known and whose data fits its table. */
export interface Request {
  readonly machines: Machines;
  readonly state: IncidentState;
  readonly type: EventType;
  /** The step that the event names, where one may be named. */
  readonly step?: string;
  readonly data: JsonObject;
  readonly actor: Actor;
  readonly at: EpochMs;
  /** The version that `incident.migrate` names, where it is published. */
  readonly target?: Machines;
}

/** The step to `next`, which has settled, with what it asks of the world and the move of the system it was about. */
export function accepted({ machines, state }: Request, next: IncidentState, system?: string): Decision {
  const effects = effectsOf(machines.plan, state, next);
  const from = system === undefined ? undefined : state.systems[system]?.life;
  const to = system === undefined ? undefined : next.systems[system]?.life;
  if (system === undefined || from === undefined || to === undefined || from === to) {
    return { outcome: 'accepted', state: next, effects };
  }
  return { outcome: 'accepted', state: next, effects, system: { id: system, from, to } };
}

export function notAccepted(acceptedEvents: readonly string[], ...blockedBy: readonly Blocker[]): Decision {
  return {
    outcome: 'rejected',
    rejection: { code: 'event_not_accepted', accepted: acceptedEvents, blockedBy },
  };
}

export function forbidden(needs: readonly string[], blocker: Blocker): Decision {
  return { outcome: 'rejected', rejection: { code: 'forbidden', needs, blockedBy: [blocker] } };
}

export function invalid(pointer: string, message: string): Decision {
  return { outcome: 'rejected', rejection: { code: 'invalid_event', errors: [{ pointer, message }] } };
}

/** A member of the event's data that its table requires to be text. */
export function textOf(data: JsonObject, key: string): string {
  const value = data[key];
  invariant(typeof value === 'string', `the table of events makes ${key} a text`);
  return value;
}

/** The one interpreter: what an event does to an incident. Pure and total: a decision, or a rejection with reasons. */
import type { EpochMs } from '@cordon/kernel';
import { addressee } from './addressee.js';
import { withApprovals } from './approvals.js';
import { dataErrors, EVENTS, isEventType } from './event-data.js';
import { decideIncidentEvent } from './incident-events.js';
import type { Machines } from './machines.js';
import { roleRefusal } from './may.js';
import type { Actor, Decision, IncidentEvent, IncidentState } from './model.js';
import { decideStepEvent } from './step-events.js';
import { decideSystemEvent, isSystemEvent } from './system-events.js';
import { decideTaskEvent } from './task-events.js';
import { forbidden, invalid, type Request } from './verdicts.js';

/**
 * Decides at the instant `at`, which the caller takes from its clock and the log keeps. Same input, same output; an
 * expected "no" is returned, never thrown. O(records) of the incident. `target` is read by `incident.migrate` alone: the
 * machines of the version that it names, where that is published.
 */
export function decide(
  machines: Machines,
  state: IncidentState,
  event: IncidentEvent,
  actor: Actor,
  at: EpochMs,
  target?: Machines,
): Decision {
  const decision = decideAlone(machines, state, event, actor, at, target);
  if (decision.outcome === 'rejected') return decision;
  return withApprovals(machines, state, decision, { ...event, actor, at });
}

/** What the event itself does. */
function decideAlone(
  machines: Machines,
  state: IncidentState,
  event: IncidentEvent,
  actor: Actor,
  at: EpochMs,
  target: Machines | undefined,
): Decision {
  if (actor.type === 'system' && isSystemEvent(event.type)) {
    return decideSystemEvent(machines, state, event, at);
  }
  const { type, step } = event;
  if (!isEventType(type)) {
    return invalid('/type', `there is no event "${type}"; there are ${Object.keys(EVENTS).join(', ')}`);
  }
  const data = event.data ?? {};
  const errors = dataErrors(type, data);
  if (errors.length > 0) return { outcome: 'rejected', rejection: { code: 'invalid_event', errors } };
  const request: Request = {
    ...{ machines, state, type, data, actor, at },
    ...(step === undefined ? {} : { step }),
    ...(target ? { target } : {}),
  };
  const { target: addressed } = EVENTS[type];
  if (addressed === 'incident') {
    // What is added to the history may say which step it is about.
    if (step !== undefined && !type.endsWith('.add')) {
      return invalid('/step', `${type} is not addressed to a step`);
    }
    return decideIncidentEvent(request);
  }
  const found = addressee(request, step);
  if ('outcome' in found) return found;
  const refused = roleRefusal(found, type, actor);
  if (refused) return forbidden(refused.needs, refused.blocker);
  return addressed === 'task' ? decideTaskEvent(request, found) : decideStepEvent(request, found);
}

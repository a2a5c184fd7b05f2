/** Events on the incident as a whole: facts, systems, phases, closing, reopening, and what is history alone. */
import { fromIso } from '@cordon/kernel';
import { factProblem } from '@cordon/playbook';
import { ACCESS_EVENTS, decideAccessEvent } from './access-events.js';
import { acceptedByIncident, isReadyToClose } from './accepts.js';
import { unknownSystem } from './addressee.js';
import { rolesMissing } from './authorise.js';
import { normalFact } from './forms.js';
import { frontier } from './frontier.js';
import { decideMigration } from './migrate-event.js';
import type { Blocker, Decision } from './model.js';
import { withSystem } from './open-state.js';
import { phaseStatuses } from './phases.js';
import { closeBlockers, isClosed } from './reasons.js';
import { decideRecordEvent, RECORD_EVENTS } from './record-events.js';
import { settle, stepIncident, stepSystem } from './settle.js';
import { accepted, forbidden, invalid, notAccepted, textOf, type Request } from './verdicts.js';

/** What a closed incident still takes: its history goes on. */
const ON_CLOSED: readonly string[] = [...ACCESS_EVENTS, ...RECORD_EVENTS, 'incident.reopen'];

export function decideIncidentEvent(request: Request): Decision {
  const { state, type, actor } = request;
  const needs = rolesMissing(type, undefined, actor);
  if (needs) return forbidden(needs, { code: 'role_missing', role: needs[0] ?? '' });
  if (state.status === 'closed' && !ON_CLOSED.includes(type)) return blocked(request, isClosed(state));
  if (ACCESS_EVENTS.includes(type)) {
    const decided = decideAccessEvent(request);
    return 'outcome' in decided ? decided : blocked(request, decided);
  }
  switch (type) {
    case 'fact.set':
      return setFact(request);
    case 'system.add':
      return addSystem(request);
    case 'phase.reopen':
      return reopenPhase(request);
    case 'incident.close':
      return close(request);
    case 'incident.reopen':
      return reopen(request);
    case 'incident.migrate':
      return decideMigration(request, request.target);
    default:
      return decideRecordEvent(request);
  }
}

function blocked({ machines, state }: Request, ...blockedBy: readonly Blocker[]): Decision {
  return notAccepted(acceptedByIncident(machines.plan, state), ...blockedBy);
}

function setFact(request: Request): Decision {
  const { machines, state, data, actor, at } = request;
  const id = textOf(data, 'fact');
  const value = data.value ?? null;
  if (id === 'awareAt' || id === 'onsetAt') {
    const moment = typeof value === 'string' ? fromIso(value) : undefined;
    if (moment === undefined || moment > at) {
      const example = 'a past date and time with its offset, such as 2026-03-24T10:00:00+08:00';
      return invalid('/data/value', `${id} is ${example}`);
    }
    return accepted(request, { ...state, [id]: moment });
  }
  const { facts } = machines.plan.playbook;
  const fact = facts.find((one) => one.id === id);
  if (!fact) {
    const known = facts.map((one) => one.id).join(', ');
    return invalid('/data/fact', `there is no fact "${id}"; the playbook has ${known}`);
  }
  const problem = factProblem(fact, value);
  if (problem) return invalid('/data/value', problem);
  const set = { [id]: normalFact(machines.plan, id, value) };
  const next = stepIncident(machines, state, { type: 'fact.set', at, by: actor.id, facts: set });
  return accepted(request, settle(machines, state, next ?? state, at));
}

function addSystem(request: Request): Decision {
  const { machines, state, data, at } = request;
  const id = data.id ?? data.system;
  if (typeof id !== 'string') return invalid('/data/id', 'system.add needs id');
  if (typeof data.system === 'string' && data.system !== id) {
    return invalid('/data/system', 'id and system name two different systems');
  }
  const known = Object.hasOwn(state.systems, id) ? state.systems[id] : undefined;
  if (known) return blocked(request, { code: 'system_known', system: id, since: known.addedAt });
  const system = {
    id,
    name: textOf(data, 'name'),
    foundLater: data.foundLater !== false,
    ...(typeof data.kind === 'string' ? { kind: data.kind } : {}),
  };
  const joined = withSystem(machines, state, system, at);
  const next = stepIncident(machines, joined, { type: 'system.add', at, systems: joined.systems });
  return accepted(request, settle(machines, state, next ?? joined, at));
}

/** Back to a phase: it and all that follows is done again; with systems named, only theirs, else every system's. */
function reopenPhase(request: Request): Decision {
  const { machines, state, data, at, actor } = request;
  const { plan } = machines;
  const phase = textOf(data, 'phase');
  const clear = plan.reopened.get(phase);
  if (!clear) {
    return invalid(
      '/data/phase',
      `there is no phase "${phase}"; there are ${[...plan.phases.keys()].join(', ')}`,
    );
  }
  const named = systemsNamed(request);
  const unknown = named.findIndex((id) => !Object.hasOwn(state.systems, id));
  if (unknown >= 0) return invalid(`/data/systems/${unknown}`, unknownSystem(state, named[unknown]));
  if (phaseStatuses(plan, state.value).get(phase) !== 'completed') {
    return blocked(request, { code: 'phase_not_done', phase });
  }
  const own = clear.filter((step) => plan.steps.get(step)?.each === undefined);
  const perSystem = clear.filter((step) => plan.steps.get(step)?.each !== undefined);
  // The systems' steps open again when the flow comes to them again, not before.
  const shut = new Set(perSystem.map((step) => plan.steps.get(step)?.each));
  const base = { at, by: actor.id };
  let next = shut.size === 0 ? state : { ...state, gates: state.gates.filter((gate) => !shut.has(gate)) };
  if (perSystem.length > 0) {
    for (const id of named) {
      next = stepSystem(machines, next, id, { ...base, type: 'step.reopen', clear: perSystem }) ?? next;
    }
  }
  const event = { ...base, type: 'phase.reopen', clear: own, systems: next.systems };
  next = stepIncident(machines, next, event) ?? next;
  return accepted(request, settle(machines, state, next, at));
}

function systemsNamed({ state, data }: Request): readonly string[] {
  if (!Array.isArray(data.systems)) return Object.keys(state.systems);
  return data.systems.filter((id): id is string => typeof id === 'string');
}

function close(request: Request): Decision {
  const { machines, state, at, actor } = request;
  const event = { type: 'incident.close', at, by: actor.id };
  const next = isReadyToClose(machines.plan, state) ? stepIncident(machines, state, event) : undefined;
  if (!next) return blocked(request, ...closeBlockers(machines.plan, state));
  return accepted(request, { ...next, status: 'closed', closedAt: at });
}

function reopen(request: Request): Decision {
  const { machines, state, at, actor } = request;
  if (state.status === 'open') return blocked(request, { code: 'incident_open' });
  const next = stepIncident(machines, state, { type: 'incident.reopen', at, by: actor.id });
  if (!next) return blocked(request, ...frontier(machines.plan, state, machines.plan.root));
  const { closedAt: _closedAt, ...opened } = next;
  return accepted(request, settle(machines, state, { ...opened, status: 'open' }, at));
}

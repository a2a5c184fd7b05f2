/** The one interpreter: what an event does to an incident. Pure and total: a decision, or a rejection with reasons. */
import { fromIso, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import type { MachineEvent, StepRecord } from '@cordon/playbook';
import { acceptedBy, acceptedByIncident, isReadyToClose } from './accepts.js';
import { rolesMissing } from './authorise.js';
import { dataErrors, EVENTS, isEventType, type EventType } from './event-data.js';
import { effectsOf } from './effects.js';
import { factProblem, normalFact, readOutput } from './forms.js';
import { frontier } from './frontier.js';
import { findInstance, statusOf, type Instance } from './instances.js';
import type { Machines } from './machines.js';
import { MOVE_EVENTS, type Actor, type Blocker, type Decision, type FieldError, type IncidentEvent, type IncidentState, type Rejection } from './model.js';
import { withSystem } from './open-state.js';
import { phaseStatuses } from './phases.js';
import { closeBlockers, whyNot } from './reasons.js';
import { settle, stepIncident, stepSystem } from './settle.js';
import { decideSystemEvent, isSystemEvent } from './system-events.js';

/** Decides at the instant `at`, which the caller takes from its clock and the log keeps. Same input, same output. */
export function decide(machines: Machines, state: IncidentState, event: IncidentEvent, actor: Actor, at: EpochMs): Decision {
  if (actor.type === 'system' && isSystemEvent(event.type)) return decideSystemEvent(machines, state, event, at);
  if (!isEventType(event.type)) return invalid('/type', `there is no event "${event.type}"; there are ${Object.keys(EVENTS).join(', ')}`);
  const { type } = event;
  const data = event.data ?? {};
  const errors = dataErrors(type, data);
  if (errors.length > 0) return { outcome: 'rejected', rejection: { code: 'invalid_event', errors } };
  const { target } = EVENTS[type];
  const request: Request = { machines, state, type, data, actor, at };
  if (target === 'incident') {
    if (event.step !== undefined && !type.endsWith('.add')) return invalid('/step', `${type} is not addressed to a step`);
    return decideIncidentEvent(request);
  }
  const found = addressee(request, event.step);
  if ('outcome' in found) return found;
  const needs = rolesMissing(type, found, actor);
  if (needs) return forbidden(needs, { code: 'role_missing', step: found.id, role: needs[0] ?? '' });
  return target === 'task' ? decideTaskEvent(request, found) : decideStepEvent(request, found);
}

export interface Request {
  readonly machines: Machines;
  readonly state: IncidentState;
  readonly type: EventType;
  readonly data: JsonObject;
  readonly actor: Actor;
  readonly at: EpochMs;
}

/** The step instance the event means: named by `step`, by `step` and `data.system`, or by the move of a system. */
function addressee({ machines, state, type, data }: Request, step: string | undefined): Instance | Decision {
  const move = MOVE_EVENTS[type];
  const system = typeof data.system === 'string' ? data.system : undefined;
  if (move) {
    if (!Object.hasOwn(state.systems, system ?? '')) return invalid('/data/system', unknownSystem(state, system));
    const mover = machines.plan.moves.get(move);
    if (mover === undefined) return invalid('/type', `this playbook has no step that moves a system by "${move}"`);
    const instance = findInstance(machines.plan, state, `${mover}@${String(system)}`);
    if (instance && (step === undefined || step === mover || step === instance.id)) return instance;
    return invalid('/step', `${type} belongs to the step ${mover}`);
  }
  if (step === undefined) return invalid('/step', `${type} needs the step it is about`);
  const id = system !== undefined && !step.includes('@') ? `${step}@${system}` : step;
  const found = findInstance(machines.plan, state, id) ?? (id === step ? undefined : findInstance(machines.plan, state, step));
  if (found && (system === undefined || found.system === undefined || found.system === system)) return found;
  if (found) return invalid('/data/system', `the step ${found.id} is about ${String(found.system)}`);
  if (machines.plan.steps.get(step)?.each !== undefined) return invalid('/step', `${step} is done per system: write ${step}@<system>. ${unknownSystem(state, system)}`);
  return invalid('/step', `there is no step "${step}" in this incident`);
}

function unknownSystem(state: IncidentState, system: string | undefined): string {
  const known = Object.keys(state.systems);
  const list = known.length === 0 ? 'no system is listed' : `the affected systems are ${known.join(', ')}`;
  return system === undefined ? list : `there is no affected system "${system}": ${list}`;
}

function decideStepEvent(request: Request, instance: Instance): Decision {
  const { machines, state, type, data, actor, at } = request;
  const blockedBy = whyNot(machines.plan, state, type, instance);
  if (blockedBy.length > 0) return notAccepted(acceptedBy(instance, state), blockedBy);
  const own = ownWork(state, instance, type, actor);
  if (own) return forbidden(instance.planned.step.roles, own);
  const move = MOVE_EVENTS[type];
  const base = { at, by: actor.id };
  const id = instance.planned.step.id;
  if (type === 'step.reopen') {
    const covering = [...machines.plan.steps].filter(([, p]) => p.step.kind === 'approval' && p.step.covers.includes(id)).map(([one]) => one);
    return moved(request, instance, { ...base, type: 'step.reopen', clear: [id, ...covering] });
  }
  if (type !== 'step.complete' && !move) return moved(request, instance, { ...base, type: `${type}.${id}` });
  // A system's move may be reported without the form of its step: the report itself is the answer.
  const output = move && data.output === undefined ? { facts: {} } : readOutput(machines.plan, instance.planned.step, data.output);
  if ('errors' in output) return { outcome: 'rejected', rejection: { code: 'invalid_event', errors: output.errors } };
  const wanted = typeof data.restorePoint === 'string' ? data.restorePoint : undefined;
  const chosen = instance.system === undefined ? undefined : state.systems[instance.system]?.restorePoint;
  if (wanted !== undefined && chosen !== undefined && wanted !== chosen) {
    return notAccepted(acceptedBy(instance, state), [{ code: 'other_restore_point', step: instance.id, ...(instance.system === undefined ? {} : { system: instance.system }) }]);
  }
  const answer = 'answer' in output && output.answer !== undefined ? { answer: output.answer } : {};
  const facts = Object.keys(output.facts).length > 0 ? { facts: output.facts } : {};
  const restorePoint = 'restorePoint' in output ? output.restorePoint : wanted;
  return moved(request, instance, { ...base, type: `step.complete.${id}`, ...answer, ...facts }, restorePoint);
}

/** Whoever did what an approval covers may not give it; nor may anybody give it twice. */
function ownWork(state: IncidentState, { planned, system, record, id }: Instance, type: EventType, actor: Actor): Blocker | undefined {
  if (!type.startsWith('approval.') || planned.step.kind !== 'approval') return undefined;
  if (record?.approvedBy?.includes(actor.id)) return { code: 'already_approved', step: id, by: actor.id };
  const records = system === undefined ? state.steps : { ...state.steps, ...state.systems[system]?.steps };
  const theirs = planned.step.covers.find((step) => records[step]?.by === actor.id);
  return theirs === undefined ? undefined : { code: 'own_work', step: theirs, by: actor.id };
}

function moved(request: Request, instance: Instance, event: MachineEvent, restorePoint?: string): Decision {
  const { machines, state, at } = request;
  const next = instance.system === undefined ? stepIncident(machines, state, event) : stepSystem(machines, state, instance.system, event);
  if (!next) return notAccepted(acceptedBy(instance, state), [{ code: 'step_not_open', step: instance.id, status: statusOf(instance.record) }]);
  const noted = restorePoint === undefined || instance.system === undefined ? next : withRestorePoint(next, instance.system, restorePoint);
  return accepted(request, settle(machines, state, noted, at), instance.system);
}

function withRestorePoint(state: IncidentState, id: string, restorePoint: string): IncidentState {
  const system = state.systems[id];
  return system ? { ...state, systems: { ...state.systems, [id]: { ...system, restorePoint } } } : state;
}

function accepted({ machines, state }: Request, next: IncidentState, system?: string): Decision {
  const from = system === undefined ? undefined : state.systems[system]?.life;
  const to = system === undefined ? undefined : next.systems[system]?.life;
  const change = system !== undefined && from !== undefined && to !== undefined && from !== to ? { system: { id: system, from, to } } : {};
  return { outcome: 'accepted', state: next, effects: effectsOf(machines.plan, state, next), ...change };
}

function decideTaskEvent(request: Request, instance: Instance): Decision {
  const { machines, state, type, data, actor } = request;
  const blockedBy = whyNot(machines.plan, state, type, instance);
  if (blockedBy.length > 0) return notAccepted(acceptedBy(instance, state), blockedBy);
  const { record } = instance;
  const assignee = record?.assignee;
  const leads = actor.roles.some((role) => role === 'administrator' || role === 'coordinator');
  if (type === 'task.assign') return patched(request, instance, { assignee: String(data.to), accepted: undefined });
  if (assignee !== undefined && assignee !== actor.id && !(leads && type === 'task.release')) {
    return notAccepted(acceptedBy(instance, state), [{ code: 'assigned_to_other', step: instance.id, by: assignee }]);
  }
  if (type === 'task.accept') return patched(request, instance, { assignee: actor.id, accepted: true });
  if (assignee === undefined) return notAccepted(acceptedBy(instance, state), [{ code: 'not_assigned', step: instance.id }]);
  return patched(request, instance, { assignee: undefined, accepted: undefined });
}

/** Who has a task stands beside the flow: the machines do not move. */
function patched(request: Request, { planned, system, record }: Instance, change: { [K in 'assignee' | 'accepted']: StepRecord[K] | undefined }): Decision {
  const { state } = request;
  const patch = (records: IncidentState['steps']): IncidentState['steps'] => {
    const { assignee: _a, accepted: _b, ...rest } = record as StepRecord;
    const added = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    return { ...records, [planned.step.id]: { ...rest, ...added } as StepRecord };
  };
  const one = system === undefined ? undefined : state.systems[system];
  const next = one && system !== undefined
    ? { ...state, systems: { ...state.systems, [system]: { ...one, steps: patch(one.steps) } } }
    : { ...state, steps: patch(state.steps) };
  return accepted(request, next);
}

function decideIncidentEvent(request: Request): Decision {
  const { state, type, actor } = request;
  const needs = rolesMissing(type, undefined, actor);
  if (needs) return forbidden(needs, { code: 'role_missing', role: needs[0] ?? '' });
  const closed = state.status === 'closed';
  const onClosed = ['incident.reopen', 'note.add', 'evidence.add', 'entry.correct'].includes(type);
  if (closed && !onClosed) return notAccepted(acceptedByIncident(state), [{ code: 'incident_closed', ...(state.closedAt === undefined ? {} : { since: state.closedAt }) }]);
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
    default:
      // Notes, evidence and corrections are history alone: the incident stays where it is.
      return accepted(request, state);
  }
}

function setFact(request: Request): Decision {
  const { machines, state, data, actor, at } = request;
  const id = String(data.fact);
  const value = data.value as Json;
  if (id === 'awareAt' || id === 'onsetAt') {
    const moment = typeof value === 'string' ? fromIso(value) : undefined;
    if (moment === undefined || moment > at) return invalid('/data/value', `${id} is a past date and time with its offset, such as 2026-03-24T10:00:00+08:00`);
    return accepted(request, { ...state, [id]: moment });
  }
  const fact = machines.plan.playbook.facts.find((one) => one.id === id);
  if (!fact) return invalid('/data/fact', `there is no fact "${id}"; the playbook has ${machines.plan.playbook.facts.map((one) => one.id).join(', ')}`);
  const problem = factProblem(fact, value);
  if (problem) return invalid('/data/value', problem);
  const next = stepIncident(machines, state, { type: 'fact.set', at, by: actor.id, facts: { [id]: normalFact(machines.plan, id, value) } });
  return accepted(request, settle(machines, state, next ?? state, at));
}

function addSystem(request: Request): Decision {
  const { machines, state, data, at } = request;
  const id = data.id ?? data.system;
  if (typeof id !== 'string') return invalid('/data/id', 'system.add needs id');
  if (typeof data.id === 'string' && typeof data.system === 'string' && data.id !== data.system) return invalid('/data/system', 'id and system name two different systems');
  if (Object.hasOwn(state.systems, id)) return notAccepted(acceptedByIncident(state), [{ code: 'system_known', system: id, since: state.systems[id]?.addedAt ?? at }]);
  const foundLater = typeof data.foundLater === 'boolean' ? data.foundLater : true;
  const system = { id, name: String(data.name), foundLater, ...(typeof data.kind === 'string' ? { kind: data.kind } : {}) };
  const joined = withSystem(machines, state, system, at);
  const next = stepIncident(machines, joined, { type: 'system.add', at, systems: joined.systems });
  return accepted(request, settle(machines, state, next ?? joined, at));
}

/** Back to a phase: it and all that follows is done again; with systems named, only theirs, else every system's. */
function reopenPhase(request: Request): Decision {
  const { machines, state, data, at, actor } = request;
  const { plan } = machines;
  const phase = String(data.phase);
  const clear = plan.reopened.get(phase);
  if (!clear) return invalid('/data/phase', `there is no phase "${phase}"; there are ${[...plan.phases.keys()].join(', ')}`);
  const named = Array.isArray(data.systems) ? data.systems.map(String) : Object.keys(state.systems);
  const unknown = named.findIndex((id) => !Object.hasOwn(state.systems, id));
  if (unknown >= 0) return invalid(`/data/systems/${unknown}`, unknownSystem(state, named[unknown]));
  if (phaseStatuses(plan, state.value).get(phase) !== 'completed') return notAccepted(acceptedByIncident(state), [{ code: 'phase_not_done', phase }]);
  let next = state;
  const perSystem = clear.filter((step) => plan.steps.get(step)?.each !== undefined);
  if (perSystem.length > 0) {
    for (const id of named) next = stepSystem(machines, next, id, { type: 'step.reopen', at, by: actor.id, clear: perSystem }) ?? next;
  }
  const own = clear.filter((step) => plan.steps.get(step)?.each === undefined);
  next = stepIncident(machines, next, { type: 'phase.reopen', at, by: actor.id, clear: own, systems: next.systems }) ?? next;
  return accepted(request, settle(machines, state, next, at));
}

function close(request: Request): Decision {
  const { machines, state, at, actor } = request;
  const next = isReadyToClose(state) ? stepIncident(machines, state, { type: 'incident.close', at, by: actor.id }) : undefined;
  if (!next) return notAccepted(acceptedByIncident(state), closeBlockers(machines.plan, state));
  return accepted(request, { ...next, status: 'closed', closedAt: at });
}

function reopen(request: Request): Decision {
  const { machines, state, at, actor } = request;
  if (state.status === 'open') return notAccepted(acceptedByIncident(state), [{ code: 'incident_open' }]);
  const next = stepIncident(machines, state, { type: 'incident.reopen', at, by: actor.id });
  if (!next) return notAccepted(acceptedByIncident(state), frontier(machines.plan, state, machines.plan.root));
  const { closedAt: _closedAt, ...opened } = next;
  return accepted(request, settle(machines, state, { ...opened, status: 'open' }, at));
}

function notAccepted(acceptedEvents: readonly string[], blockedBy: readonly Blocker[]): Decision {
  return { outcome: 'rejected', rejection: { code: 'event_not_accepted', accepted: acceptedEvents, blockedBy } };
}

function forbidden(needs: readonly string[], blocker: Blocker): Decision {
  const rejection: Rejection = { code: 'forbidden', needs, blockedBy: [blocker] };
  return { outcome: 'rejected', rejection };
}

function invalid(pointer: string, message: string): Decision {
  const errors: readonly FieldError[] = [{ pointer, message }];
  return { outcome: 'rejected', rejection: { code: 'invalid_event', errors } };
}


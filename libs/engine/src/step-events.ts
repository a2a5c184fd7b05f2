/** Events on a step: begun, completed, skipped, in trouble, approved, refused, opened again; and moves of systems. */
import type { Json } from '@cordon/kernel';
import type { MachineEvent, Plan } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import type { EventType } from './event-data.js';
import { readOutput, type Output } from './forms.js';
import { statusOf, type Instance } from './instances.js';
import { MOVE_EVENTS, type Actor, type Blocker, type Decision, type IncidentState } from './model.js';
import { whyNot } from './reasons.js';
import { settle, stepIncident, stepInstance, stepSystem } from './settle.js';
import { evidenceMissing, skipProblem, spentTurn } from './step-limits.js';
import { accepted, forbidden, invalid, notAccepted, type Request } from './verdicts.js';

export function decideStepEvent(request: Request, instance: Instance): Decision {
  const { machines, state, type, actor, at } = request;
  const blockedBy = whyNot(machines.plan, state, type, instance);
  if (blockedBy.length > 0) return notAccepted(acceptedBy(instance, state), ...blockedBy);
  const own = ownWork(machines.plan, state, instance, type, actor);
  if (own) return forbidden(instance.planned.step.roles, own);
  if (type === 'step.reopen') return reopenStep(request, instance);
  const spent = spentTurn(request, instance);
  if (spent) return notAccepted(acceptedBy(instance, state), spent);
  if (type === 'step.skip') {
    const problem = skipProblem(request, instance);
    if (problem !== undefined) return invalid('/data/reason', problem);
  }
  if (type === 'step.complete' || MOVE_EVENTS[type]) return completeStep(request, instance);
  return moved(request, instance, { type: `${type}.${instance.planned.step.id}`, at, by: actor.id });
}

/** Whoever did what an approval covers may not give it; nor may anybody give it twice. */
function ownWork(
  plan: Plan,
  state: IncidentState,
  { planned, system, record, id }: Instance,
  type: EventType,
  actor: Actor,
): Blocker | undefined {
  if (!type.startsWith('approval.') || planned.step.kind !== 'approval') return undefined;
  if (record?.approvedBy?.includes(actor.id)) return { code: 'already_approved', step: id, by: actor.id };
  const theirs = planned.step.covers.find((step) => didIt(plan, state, step, system, actor.id));
  return theirs === undefined ? undefined : { code: 'own_work', step: theirs, by: actor.id };
}

/** An approval of the whole incident that covers a step done per system looks at every system. */
function didIt(
  plan: Plan,
  state: IncidentState,
  step: string,
  system: string | undefined,
  who: string,
): boolean {
  if (plan.steps.get(step)?.each === undefined) return state.steps[step]?.by === who;
  if (system !== undefined) return state.systems[system]?.steps[step]?.by === who;
  return Object.values(state.systems).some(({ steps }) => steps[step]?.by === who);
}

function completeStep(request: Request, instance: Instance): Decision {
  const { machines, state, type, data, actor, at } = request;
  const { step } = instance.planned;
  const missing = evidenceMissing(state, instance);
  if (missing) return notAccepted(acceptedBy(instance, state), missing);
  // A system's move may be reported without the form of its step: the report itself is the answer.
  const bare = type !== 'step.complete' && data.output === undefined;
  const output = bare ? NO_OUTPUT : readOutput(machines.plan, step, data.output);
  if ('errors' in output) {
    return { outcome: 'rejected', rejection: { code: 'invalid_event', errors: output.errors } };
  }
  const wanted = typeof data.restorePoint === 'string' ? data.restorePoint : undefined;
  const chosen = instance.system === undefined ? undefined : state.systems[instance.system]?.restorePoint;
  if (wanted !== undefined && chosen !== undefined && wanted !== chosen) {
    return notAccepted(acceptedBy(instance, state), {
      code: 'other_restore_point',
      step: instance.id,
      ...(instance.system === undefined ? {} : { system: instance.system }),
    });
  }
  const event: MachineEvent = {
    type: `step.complete.${step.id}`,
    at,
    by: actor.id,
    ...(output.answer === undefined ? {} : { answer: output.answer }),
    ...(hasAny(output.facts) ? { facts: output.facts } : {}),
  };
  return moved(request, instance, event, output.restorePoint ?? wanted);
}

const NO_OUTPUT: Output = { facts: {} };

function hasAny(facts: Readonly<Record<string, Json>>): boolean {
  return Object.keys(facts).length > 0;
}

/** Back to a step that was done. The approvals that cover it lapse, on whichever side of an `each` block they stand. */
function reopenStep(request: Request, instance: Instance): Decision {
  const { machines, state, actor, at } = request;
  const { plan } = machines;
  const { id } = instance.planned.step;
  const lapsed = [...plan.steps.values()].filter(
    ({ step }) => step.kind === 'approval' && step.covers.includes(id),
  );
  const perSystem = lapsed.filter(({ each }) => each !== undefined).map(({ step }) => step.id);
  const ofIncident = lapsed.filter(({ each }) => each === undefined).map(({ step }) => step.id);
  const clearing = (clear: readonly string[]): MachineEvent => ({
    type: 'step.reopen',
    at,
    by: actor.id,
    clear,
  });
  const here = instance.system === undefined ? ofIncident : perSystem;
  let next = stepInstance(machines, state, instance, clearing([id, ...here]));
  if (!next) return notOpen(request, instance);
  if (instance.system !== undefined && ofIncident.some((step) => state.steps[step])) {
    next = stepIncident(machines, next, clearing(ofIncident)) ?? next;
  }
  if (instance.system === undefined) {
    for (const [system, { steps }] of Object.entries(state.systems)) {
      if (perSystem.some((step) => steps[step]))
        next = stepSystem(machines, next, system, clearing(perSystem)) ?? next;
    }
  }
  return accepted(request, settle(machines, state, next, at), instance.system);
}

function moved(request: Request, instance: Instance, event: MachineEvent, restorePoint?: string): Decision {
  const { machines, state, at } = request;
  const next = stepInstance(machines, state, instance, event);
  if (!next) return notOpen(request, instance);
  const noted =
    restorePoint === undefined || instance.system === undefined
      ? next
      : withRestorePoint(next, instance.system, restorePoint);
  return accepted(request, settle(machines, state, noted, at), instance.system);
}

function notOpen({ state }: Request, instance: Instance): Decision {
  const status = statusOf(instance.record);
  return notAccepted(acceptedBy(instance, state), { code: 'step_not_open', step: instance.id, status });
}

function withRestorePoint(state: IncidentState, id: string, restorePoint: string): IncidentState {
  const system = state.systems[id];
  return system ? { ...state, systems: { ...state.systems, [id]: { ...system, restorePoint } } } : state;
}

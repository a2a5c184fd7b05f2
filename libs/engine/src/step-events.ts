/** Events on a step: begun, completed, skipped, in trouble, approved, refused, opened again; and moves of systems. */
import type { Json } from '@cordon/kernel';
import type { ApprovalStep, MachineEvent } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import { approvalRole } from './approvers.js';
import { coveredDigest } from './covered.js';
import { readOutput, type Output } from './forms.js';
import { statusOf, type Instance } from './instances.js';
import { personRefusal } from './may.js';
import { MOVE_EVENTS, type Decision, type IncidentState } from './model.js';
import { whyNot } from './reasons.js';
import { settle, stepInstance } from './settle.js';
import { evidenceMissing, skipProblem, spentTurn } from './step-limits.js';
import { accepted, forbidden, invalid, notAccepted, type Request } from './verdicts.js';

export function decideStepEvent(request: Request, instance: Instance): Decision {
  const { machines, state, type, actor, at } = request;
  const blockedBy = whyNot(machines.plan, state, type, instance);
  if (blockedBy.length > 0) return notAccepted(acceptedBy(instance, state), ...blockedBy);
  const refused = personRefusal(machines.plan, state, instance, type, actor);
  if (refused) return forbidden(refused.needs, refused.blocker);
  if (type === 'step.reopen') return reopenStep(request, instance);
  const spent = spentTurn(request, instance);
  if (spent) return notAccepted(acceptedBy(instance, state), spent);
  if (type === 'step.skip') {
    const problem = skipProblem(request, instance);
    if (problem !== undefined) return invalid('/data/reason', problem);
  }
  if (type === 'step.complete' || MOVE_EVENTS[type]) return completeStep(request, instance);
  const { step } = instance.planned;
  if (type === 'approval.approve' && step.kind === 'approval') return approve(request, instance, step);
  return moved(request, instance, { type: `${type}.${step.id}`, at, by: actor.id });
}

/** The approval, bound to what it covers at this moment. */
function approve(request: Request, instance: Instance, step: ApprovalStep): Decision {
  const { machines, state, data, actor, at } = request;
  const as = approvalRole(step, instance.record, actor);
  if ('code' in as) return forbidden([as.role ?? ''], as);
  const reason = typeof data.reason === 'string' ? { reason: data.reason } : {};
  return moved(request, instance, {
    type: `approval.approve.${step.id}`,
    at,
    by: actor.id,
    approval: { by: actor.id, at, ...as, ...reason },
    covered: coveredDigest(machines.plan, state, instance),
  });
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

/** Back to a step that was done. The approvals that cover it lapse with it; see `withApprovals`. */
function reopenStep(request: Request, instance: Instance): Decision {
  const { machines, state, actor, at } = request;
  const clear = [instance.planned.step.id];
  const next = stepInstance(machines, state, instance, { type: 'step.reopen', at, by: actor.id, clear });
  if (!next) return notOpen(request, instance);
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

/** What removes a blocker: the one event that brings on what it names. Read off plan and records, like the blocker. */
import { dutySettled, discharging, factsOf, type Plan, type Step } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import { findInstance, instances, isOpen, statusOf, type Instance } from './instances.js';
import type { Blocker, IncidentState } from './model.js';
import { whyLocked } from './reasons.js';
import { answersTowards, outcomeTowards } from './towards.js';

/** An event to bring, in the words of the contract; `answers` are those of a decision that lead on. */
export interface Next {
  readonly event: string;
  readonly step?: string;
  readonly fact?: string;
  readonly answers?: readonly string[];
}

/** What was refused, or is not possible yet: the event, and the step that it is about. */
export interface Wanted {
  readonly event: string;
  readonly step?: string;
}

/**
 * The event that brings the blocked step nearer: bring it, look at the reasons again, and go on until there are none.
 * Undefined where nothing has to be done, because what was asked for is so already, or nothing can be. O(plan).
 */
export function nextOf(
  plan: Plan,
  state: IncidentState,
  blocker: Blocker,
  wanted?: Wanted,
): Next | undefined {
  return followed(plan, state, blocker, wanted, new Set());
}

function followed(
  plan: Plan,
  state: IncidentState,
  blocker: Blocker,
  wanted: Wanted | undefined,
  seen: Set<string>,
): Next | undefined {
  const { code, step, fact } = blocker;
  const at = step === undefined ? {} : { step };
  switch (code) {
    case 'step_open':
    case 'step_underway':
    case 'mandatory':
    case 'step_not_open':
    case 'other_kind':
      return onward(plan, state, step, wanted, seen);
    case 'fact_unknown':
    case 'not_applicable':
      return fact === undefined ? undefined : { event: 'fact.set', fact };
    case 'branch_not_taken':
      return fact === undefined ? { event: 'step.reopen', ...at } : { event: 'fact.set', fact };
    case 'step_done':
      return { event: 'step.reopen', ...at };
    case 'evidence_missing':
      return { event: 'evidence.add', ...at };
    case 'limit_reached':
      return onward(plan, state, step, wanted, seen);
    case 'already_approved':
    case 'own_work':
    case 'own_fact':
    case 'own_request':
    case 'role_missing':
    case 'own_proposal':
      return wanted && { event: wanted.event, ...(wanted.step === undefined ? {} : { step: wanted.step }) };
    case 'assigned_to_other':
    case 'holds_tasks':
      return { event: 'task.release', ...at };
    case 'not_assigned':
      return { event: 'task.accept', ...at };
    case 'other_restore_point':
      return reconsidered(plan, state, blocker);
    case 'incident_closed':
      return { event: 'incident.reopen' };
    case 'system_open':
      return onSystem(plan, state, blocker, wanted, seen);
    case 'duty_open':
      return onDuty(plan, state, blocker, wanted, seen);
    case 'closure_condition':
      return ofCondition(plan, blocker);
    case 'member_unknown':
      return { event: 'member.add' };
    case 'system_known':
    case 'phase_not_done':
    case 'incident_open':
    case 'member_known':
    case 'timer_gone':
      return undefined;
  }
}

/** Brings the step on: by the outcome that is needed where it is open, by its own reasons where it is locked, else back to it. */
function onward(
  plan: Plan,
  state: IncidentState,
  id: string | undefined,
  wanted: Wanted | undefined,
  seen: Set<string>,
): Next | undefined {
  const instance = id === undefined ? undefined : findInstance(plan, state, id);
  if (!instance || seen.has(instance.id)) return undefined;
  seen.add(instance.id);
  const status = statusOf(instance.record);
  if (isOpen(status)) return through(plan, state, instance, wanted);
  if (status !== 'cannot_start') return { event: 'step.reopen', step: instance.id };
  for (const blocker of whyLocked(plan, state, instance)) {
    const next = followed(plan, state, blocker, { event: 'step.start', step: instance.id }, seen);
    if (next) return next;
  }
  return undefined;
}

/** The event by which an open step ends as it must for the flow to come to what is wanted. */
function through(plan: Plan, state: IncidentState, instance: Instance, wanted?: Wanted): Next {
  const { id, planned, system } = instance;
  const { step } = planned;
  const target = wanted?.step === undefined ? undefined : findInstance(plan, state, wanted.step)?.planned;
  const outcome = target
    ? outcomeTowards(plan, state, step.id, target.each ?? target.step.id)
    : ({ kind: 'any' } as const);
  if (outcome.kind === 'failed') return { event: 'step.fail', step: id };
  if (step.kind === 'approval')
    return { event: outcome.kind === 'refused' ? 'approval.refuse' : 'approval.approve', step: id };
  if (lacksEvidence(state, id, step)) return { event: 'evidence.add', step: id };
  if (step.kind !== 'decision') return { event: 'step.complete', step: id };
  return { event: 'step.complete', step: id, answers: answersTowards(state, step, outcome, system) };
}

function lacksEvidence(state: IncidentState, id: string, { evidence }: Step): boolean {
  return evidence !== undefined && (state.evidence?.[id] ?? 0) < evidence.min;
}

/** What has been decided on a system is decided anew where that was done. */
function reconsidered(plan: Plan, state: IncidentState, { system, step }: Blocker): Next | undefined {
  const chosen = instances(plan, state).find(
    (one) => one.system === system && one.id !== step && acceptedBy(one, state).includes('step.reopen'),
  );
  return chosen && { event: 'step.reopen', step: chosen.id };
}

function onSystem(
  plan: Plan,
  state: IncidentState,
  { system }: Blocker,
  wanted: Wanted | undefined,
  seen: Set<string>,
): Next | undefined {
  const own = instances(plan, state).filter((one) => one.system === system);
  const open = own.find(({ record }) => isOpen(statusOf(record)));
  const locked = own.find(({ record }) => statusOf(record) === 'cannot_start');
  return onward(plan, state, (open ?? locked)?.id, wanted, seen);
}

/** A step that performs the duty, or a decision that may waive it: the first that is open, else the first that can be. */
function onDuty(
  plan: Plan,
  state: IncidentState,
  { duty, fact }: Blocker,
  wanted: Wanted | undefined,
  seen: Set<string>,
): Next | undefined {
  const known = plan.playbook.duties.find(({ id }) => id === duty);
  if (!known) return undefined;
  const { steps, answers } = discharging(known.id, plan.steps);
  if (dutySettled(state, { ...known, steps, answers })) return undefined;
  const all = [...steps, ...answers.map(({ step }) => step)];
  const settling = instances(plan, state).filter(({ planned }) => all.includes(planned.step.id));
  const open = settling.find(({ record }) => isOpen(statusOf(record)));
  const again = settling.find((one) => acceptedBy(one, state).includes('step.reopen'));
  for (const one of [open, again, ...settling]) {
    if (!one) continue;
    const waiving = answers.filter(({ step }) => step === one.planned.step.id).map(({ answer }) => answer);
    const next = onward(plan, state, one.id, wanted, seen);
    if (next?.event === 'step.complete' && waiving.length > 0)
      return { ...next, answers: waiving.filter((answer) => answer !== undefined) };
    if (next) return next;
  }
  return fact === undefined ? undefined : { event: 'fact.set', fact };
}

function ofCondition({ playbook }: Plan, { condition, fact }: Blocker): Next | undefined {
  const when = playbook.closure.find(({ id }) => id === condition)?.when;
  const missing = fact ?? (when && factsOf(when)[0]);
  return missing === undefined ? undefined : { event: 'fact.set', fact: missing };
}

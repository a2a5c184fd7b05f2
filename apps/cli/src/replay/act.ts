/** Does one step the way its kind is done. Each function answers whether the incident moved. */
import type { JsonObject } from '@cordon/kernel';
import type { Step } from '../api/shapes.js';
import { chooseAnswer } from './choose-answer.js';
import { outputFor } from './form-output.js';
import { approversFor, remember, type Run, sendByOneOf, whyNot } from './run.js';

const OPEN = ['ready', 'in_progress', 'problem'];
/** The events that the replay sends for a step. */
const OURS = ['step.start', 'step.complete', 'step.reopen', 'approval.approve'];
/** An action that nobody may complete by hand yet is waited for so many times longer. */
const LAST_PATIENCE = 6;

/** Whether there is something that a person can do about the step now. */
export function isDoable(run: Run, step: Step): boolean {
  if (step.anytime || !OPEN.includes(step.status) || !step.accepts.some((event) => OURS.includes(event)))
    return false;
  return step.kind !== 'action' || !isWaitingForWorker(run, step);
}

/**
 * Whether an action is with the worker, whose verdict is waited for. The first call for an action starts its patience.
 * An action that a person must start is not with the worker yet.
 */
export function isWaitingForWorker(run: Run, step: Step): boolean {
  if (step.kind !== 'action' || step.status === 'problem' || !OPEN.includes(step.status)) return false;
  if (step.status === 'ready' && step.accepts.includes('step.start')) return false;
  const since = run.underWaySince.get(step.id) ?? run.clock();
  run.underWaySince.set(step.id, since);
  const patience = step.accepts.includes('step.complete') ? 1 : LAST_PATIENCE;
  return run.clock() - since < patience * run.actionPatienceMs;
}

export async function perform(run: Run, step: Step): Promise<boolean> {
  if (step.kind === 'approval') return approve(run, step);
  if (step.status === 'problem' && !step.accepts.includes('step.complete')) return reopen(run, step);
  if (step.kind === 'wait') return complete(run, step, {}, 'Ended early: the replay does not wait.');
  if (step.kind === 'action') return performAction(run, step);
  const started = await startIfNeeded(run, step);
  if (!started) return false;
  if (step.evidence && step.evidence.count < step.evidence.of) return addEvidence(run, step, step.evidence);
  if (step.kind === 'decision') return decide(run, step);
  return complete(run, step, output(run, step));
}

function approve(run: Run, step: Step): Promise<boolean> {
  const event = { type: 'approval.approve', step: step.id, data: { reason: 'Approved in the replay.' } };
  return attempt(run, step, event, approversFor(run, step.id, rolesOf(step)));
}

function reopen(run: Run, step: Step): Promise<boolean> {
  const event = { type: 'step.reopen', step: step.id, data: { reason: 'Tried again in the replay.' } };
  return attempt(run, step, event, run.crew.whoMay(rolesOf(step)));
}

function performAction(run: Run, step: Step): Promise<boolean> {
  if (step.status === 'ready' && step.accepts.includes('step.start')) return startIfNeeded(run, step);
  const why =
    step.status === 'problem' ? 'the action reported a problem' : 'the action gave no verdict in time';
  return complete(run, step, output(run, step), `Completed by hand: ${why}.`);
}

async function decide(run: Run, step: Step): Promise<boolean> {
  const answered = run.answered.get(step.id) ?? 0;
  const answer = chooseAnswer(step, {
    hints: run.hints,
    known: (fact) => run.facts.known(fact),
    facts: Object.keys(run.scenario.facts),
    answered,
  });
  if (answer === undefined) {
    run.refusals.set(step.id, 'It offers no answers.');
    return false;
  }
  const moved = await complete(run, step, { ...output(run, step), answer });
  if (moved) run.answered.set(step.id, answered + 1);
  return moved;
}

function addEvidence(
  run: Run,
  step: Step,
  { count, of, title }: NonNullable<Step['evidence']>,
): Promise<boolean> {
  const name = `${title ?? step.title} (${count + 1} of ${of})`;
  const event = { type: 'evidence.add', step: step.id, data: { name, description: 'Added in the replay.' } };
  return attempt(run, step, event, run.crew.whoMay(rolesOf(step)));
}

function startIfNeeded(run: Run, step: Step): Promise<boolean> {
  if (!step.accepts.includes('step.start')) return Promise.resolve(true);
  return attempt(run, step, { type: 'step.start', step: step.id }, run.crew.whoMay(rolesOf(step)));
}

function complete(run: Run, step: Step, output: JsonObject, note?: string): Promise<boolean> {
  const event = {
    type: 'step.complete',
    step: step.id,
    data: { output },
    ...(note === undefined ? {} : { note }),
  };
  return attempt(run, step, event, run.crew.whoMay(rolesOf(step)));
}

async function attempt(
  run: Run,
  step: Step,
  event: JsonObject,
  who: ReturnType<Run['crew']['whoMay']>,
): Promise<boolean> {
  const { answer, member } = await sendByOneOf(run, who, event);
  if (answer === 'accepted' && member) {
    remember(run, step.id, member);
    return true;
  }
  if (answer !== 'accepted') run.refusals.set(step.id, whyNot(answer));
  return false;
}

function output(run: Run, step: Step): JsonObject {
  return outputFor(step.form, {
    fact: (fact) => run.facts.answer(fact, run.factsNow[fact]),
    now: new Date(run.clock()).toISOString(),
  });
}

function rolesOf(step: Step): readonly string[] {
  return step.roles ?? (step.role === undefined ? [] : [step.role]);
}

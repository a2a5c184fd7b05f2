/** What the records say: of a step, of an end that something waits for, of a duty. */
import type { MachineContext, StepRecord } from './context.js';
import { evaluate, type Truth } from './guard.js';
import type { After, Guard } from './model.js';
import type { Limit } from './state-config.js';

/** Done: completed, failed for good, skipped by a person, or not applicable and still so. */
export function isDone(record: StepRecord | undefined, applies: Truth): boolean {
  if (!record) return false;
  if (record.status === 'completed' || record.status === 'failed') return true;
  return record.status === 'skipped' && (record.notApplicable !== true || applies === 'no');
}

/** Somebody, or the machine, has begun it. */
export function isUnderWay(record: StepRecord): boolean {
  return record.status === 'in_progress' || record.status === 'problem';
}

/** The way back from a step has been taken less often than it may be. */
export function turnsLeft({ turns }: Pick<MachineContext, 'turns'>, limit: Limit | undefined): boolean {
  return !limit || (turns?.[limit.step] ?? 0) < limit.max;
}

/** Whether a block of a graph has come to the end that another waits for: not yet, yes, or another way. */
export function endTaken(
  { steps, ends }: Pick<MachineContext, 'steps' | 'ends'>,
  { step, outcome, answer }: After,
): 'open' | 'taken' | 'dead' {
  const end = ends?.[step];
  if (end === undefined) return 'open';
  if (end === 'dead') return 'dead';
  const record = steps[step];
  return record === undefined || endIs(record, outcome, answer) ? 'taken' : 'dead';
}

function endIs(record: StepRecord, outcome: After['outcome'], answer: string | undefined): boolean {
  const refused = record.status === 'failed' && record.answer === 'refused';
  switch (outcome) {
    case 'done':
      return record.status !== 'failed' && (answer === undefined || record.answer === answer);
    case 'approved':
      return record.status === 'completed';
    case 'refused':
      return refused;
    case 'failed':
      return record.status === 'failed' && !refused;
  }
}

/** A duty, and the steps and answers that settle it. */
export interface DutyParams {
  readonly when?: Guard;
  readonly steps: readonly string[];
  readonly answers: readonly { readonly step: string; readonly answer?: string }[];
}

/** Performed, waived by a decision, or known not to exist. */
export function dutySettled(
  { steps, facts }: Pick<MachineContext, 'steps' | 'facts'>,
  duty: DutyParams,
): boolean {
  if (duty.when && evaluate(duty.when, facts) === 'no') return true;
  if (duty.steps.some((id) => steps[id]?.status === 'completed')) return true;
  return duty.answers.some(
    ({ step, answer }) => steps[step]?.status === 'completed' && steps[step].answer === answer,
  );
}

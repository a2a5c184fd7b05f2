/** What a step's record says of it. */
import type { StepRecord } from './context.js';
import type { Truth } from './guard.js';

/** Done: completed, skipped by a person, or not applicable and still so. */
export function isDone(record: StepRecord | undefined, applies: Truth): boolean {
  if (!record) return false;
  if (record.status === 'completed') return true;
  return record.status === 'skipped' && (record.notApplicable !== true || applies === 'no');
}

/** Somebody, or the machine, has begun it. */
export function isUnderWay(record: StepRecord): boolean {
  return record.status === 'in_progress' || record.status === 'problem';
}

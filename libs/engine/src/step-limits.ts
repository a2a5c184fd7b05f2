/** What a playbook sets bounds to on a step: how often it leads back, with which reasons it is left out, what proves it. */
import { instanceTurns, type Instance } from './instances.js';
import type { Blocker, IncidentState } from './model.js';
import type { Request } from './verdicts.js';

/** The way back that the event would take, when it has been taken as often as it may be. */
export function spentTurn({ state, type, data }: Request, instance: Instance): Blocker | undefined {
  const max = wayBack(type, data, instance);
  if (max === undefined) return undefined;
  const count = instanceTurns(state, instance);
  return count < max ? undefined : { code: 'limit_reached', step: instance.id, count, of: max };
}

function wayBack(type: string, data: Request['data'], { planned: { step } }: Instance): number | undefined {
  if (type === 'approval.refuse' && step.kind === 'approval') return step.max;
  if (type === 'step.fail' && step.failed && 'repeat' in step.failed) return step.failed.max;
  if (type !== 'step.complete' || step.kind !== 'decision') return undefined;
  const output = data.output;
  const given =
    typeof output === 'object' && output !== null && 'answer' in output ? output.answer : undefined;
  return step.answers.find(({ id }) => id === given)?.max;
}

/** Why the reason given does not do, where the playbook lists the reasons; one may go on after a colon. */
export function skipProblem({ data }: Request, { planned: { step } }: Instance): string | undefined {
  const reasons = step.skip?.reasons ?? [];
  if (reasons.length === 0) return undefined;
  const given = typeof data.reason === 'string' ? (data.reason.split(':')[0] ?? '').trim() : '';
  if (reasons.some(({ id }) => id === given)) return undefined;
  const known = reasons.map(({ id }) => id).join(', ');
  return `${step.id} is left out for one of these reasons: ${known}; more may follow after a colon`;
}

/** The evidence that the step still needs before it can be completed. */
export function evidenceMissing(
  state: IncidentState,
  { id, planned: { step } }: Instance,
): Blocker | undefined {
  if (!step.evidence) return undefined;
  const count = state.evidence?.[id] ?? 0;
  return count >= step.evidence.min
    ? undefined
    : { code: 'evidence_missing', step: id, count, of: step.evidence.min };
}

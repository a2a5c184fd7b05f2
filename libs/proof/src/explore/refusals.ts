/** Which approvals were refused last or have lapsed, and were not approved since. */
import {
  findInstance,
  instances,
  type Decision,
  type IncidentEvent,
  type IncidentState,
} from '@cordon/engine';
import { factValue, type Plan, type StepRecord } from '@cordon/playbook';
import { isHardDone } from './canonical.js';
import { recordsOf } from './outcome.js';

/** One object for the usual case. */
export const NONE_REFUSED: readonly string[] = [];

/**
 * The refusals and lapses that stand after an event that was accepted. An approval whose subject the event has changed
 * is one of them, though the engine let it stand.
 */
export function nextRefused(
  plan: Plan,
  refused: readonly string[],
  event: IncidentEvent,
  before: IncidentState,
  { state: after, lapsed = {} }: Extract<Decision, { outcome: 'accepted' }>,
): readonly string[] {
  const refusing = event.type === 'approval.refuse' && event.step !== undefined ? [event.step] : [];
  const stale = after.status === 'closed' ? [] : staleIn(plan, before, after);
  const now = [...refused, ...refusing, ...Object.keys(lapsed)];
  if (now.length === 0 && stale.length === 0) return NONE_REFUSED;
  const standing = now.filter((id) => {
    const record = findInstance(plan, after, id)?.record;
    return (
      !record || !(record.status === 'completed' || (record.status === 'skipped' && !record.notApplicable))
    );
  });
  return [...new Set([...standing, ...stale])].sort();
}

/** What an approval is bound to. */
export interface Subject {
  readonly steps: readonly string[];
  readonly facts: readonly string[];
}

/** Asked of every transition. */
const SUBJECTS = new WeakMap<Plan, ReadonlyMap<string, Subject>>();

/** Read off the playbook a second time on purpose: what judges a run does not ask the code that it judges. O(steps). */
export function subjectsOf(plan: Plan): ReadonlyMap<string, Subject> {
  const known = SUBJECTS.get(plan);
  if (known) return known;
  const { steps } = plan;
  const found = new Map<string, Subject>();
  SUBJECTS.set(plan, found);
  for (const [id, { step }] of steps) {
    if (step.kind !== 'approval') continue;
    const facts = new Set(step.facts);
    for (const one of step.covers) {
      const covered = steps.get(one)?.step;
      for (const { fact } of covered?.form ?? []) if (fact !== undefined) facts.add(fact);
      if (covered?.kind !== 'decision') continue;
      for (const { set } of covered.answers) for (const fact of Object.keys(set)) facts.add(fact);
    }
    found.set(id, { steps: step.covers, facts: [...facts] });
  }
  return found;
}

/** Approvals that stand as they stood, although what they are bound to does not. */
function staleIn(plan: Plan, before: IncidentState, after: IncidentState): readonly string[] {
  const subjects = subjectsOf(plan);
  if (subjects.size === 0) return [];
  return instances(plan, after).flatMap(({ id, planned, system, record }) => {
    const subject = subjects.get(planned.step.id);
    if (!subject || record?.status !== 'completed') return [];
    if (findInstance(plan, before, id)?.record?.status !== 'completed') return [];
    const outcomes = (state: IncidentState): string =>
      JSON.stringify([
        subject.facts.map((fact) => factValue(state.facts, fact) ?? null),
        subject.steps.map((step) => outcomesOf(plan, state, step, system)),
      ]);
    return outcomes(before) === outcomes(after) ? [] : [id];
  });
}

function outcomesOf(
  plan: Plan,
  state: IncidentState,
  step: string,
  system: string | undefined,
): readonly unknown[] {
  const each = plan.steps.get(step)?.each;
  const ofOne = each !== undefined && system !== undefined;
  const records = ofOne ? [state.systems[system]?.steps[step]] : recordsOf(state, step, each);
  return records.map(outcomeOf).filter((outcome) => outcome !== undefined);
}

function outcomeOf(record: StepRecord | undefined): unknown {
  if (!record?.notApplicable)
    return isHardDone(record) ? [record?.status, record?.answer, record?.at] : undefined;
  return 'not applicable';
}

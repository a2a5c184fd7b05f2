/** What the playbook asks before an incident is closed, beside all phases and systems being through. */
import {
  discharging,
  dutySettled,
  evaluate,
  factsOf,
  factValue,
  type Duty,
  type Guard,
  type Plan,
} from '@cordon/playbook';
import type { Blocker, IncidentState } from './model.js';

/** Duties that are neither performed nor waived, and closure conditions that do not hold. */
export function conditionsOfClosing({ playbook, steps }: Plan, state: IncidentState): readonly Blocker[] {
  const duties = playbook.duties
    .map((duty) => ({ ...duty, ...discharging(duty.id, steps) }))
    .filter((duty) => !dutySettled(state, duty))
    .map(({ id, when, steps: [step] }): Blocker => ({
      code: 'duty_open',
      duty: id,
      ...missingFact(when, state),
      ...(step === undefined ? {} : { step }),
    }));
  const conditions = playbook.closure
    .filter(({ when }) => evaluate(when, state.facts) !== 'yes')
    .map(({ id, when }): Blocker => ({
      code: 'closure_condition',
      condition: id,
      ...missingFact(when, state),
    }));
  return [...duties, ...conditions];
}

/** `unknown`: whether it applies depends on what nobody knows yet. */
export type DutyStatus = 'unknown' | 'does_not_apply' | 'open' | 'performed' | 'waived';

/** How each duty of the playbook stands. */
export function dutyStatuses(
  { playbook, steps }: Plan,
  state: IncidentState,
): readonly { readonly duty: Duty; readonly status: DutyStatus }[] {
  return playbook.duties.map((duty) => {
    const discharge = discharging(duty.id, steps);
    const applies = duty.when ? evaluate(duty.when, state.facts) : 'yes';
    const performed = discharge.steps.some((id) => state.steps[id]?.status === 'completed');
    if (applies === 'no') return { duty, status: 'does_not_apply' };
    if (performed) return { duty, status: 'performed' };
    if (dutySettled(state, { ...duty, ...discharge })) return { duty, status: 'waived' };
    return { duty, status: applies === 'unknown' ? 'unknown' : 'open' };
  });
}

/** A fact that the condition reads and nobody knows. */
function missingFact(when: Guard | undefined, state: IncidentState): Pick<Blocker, 'fact'> {
  const fact = when && factsOf(when).find((id) => factValue(state.facts, id) === undefined);
  return fact === undefined ? {} : { fact };
}

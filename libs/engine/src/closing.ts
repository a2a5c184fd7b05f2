/** What the playbook asks before an incident is closed, beside all phases and systems being through. */
import {
  discharging,
  dutySettled,
  evaluate,
  factsOf,
  factValue,
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

/** A fact that the condition reads and nobody knows. */
function missingFact(when: Guard | undefined, state: IncidentState): Pick<Blocker, 'fact'> {
  const fact = when && factsOf(when).find((id) => factValue(state.facts, id) === undefined);
  return fact === undefined ? {} : { fact };
}

/** Who may approve: each person once, with a role of the step, and never what they did, set or asked for themselves. */
import type { Approval, ApprovalStep, Plan, StepRecord } from '@cordon/playbook';
import { EVERY_STEP } from './authorise.js';
import { coveredRecords } from './covered.js';
import type { Instance } from './instances.js';
import type { Actor, Blocker, IncidentState } from './model.js';

/** Why this person may not give or refuse the approval, whatever their role; undefined when they may. */
export function notTheirs(
  plan: Plan,
  state: IncidentState,
  { planned, system, record, id }: Instance,
  { id: by }: Actor,
): Blocker | undefined {
  const binding = plan.bindings.get(planned.step.id);
  if (!binding) return undefined;
  if (record?.approvedBy?.includes(by)) return { code: 'already_approved', step: id, by };
  const own = coveredRecords(plan, state, binding, system).find((covered) => covered.record?.by === by);
  if (own) return { code: 'own_work', step: own.id.split('@')[0] ?? own.id, by };
  const fact = binding.facts.find((one) => state.facts[one]?.by === by);
  if (fact !== undefined) return { code: 'own_fact', step: id, fact, by };
  return record?.askedBy === by ? { code: 'own_request', step: id, by } : undefined;
}

/** As what the approval is given; a blocker where one of each role is needed and theirs has approved already. */
export function approvalRole(
  step: ApprovalStep,
  record: StepRecord | undefined,
  { roles }: Actor,
): Pick<Approval, 'role' | 'as'> | Blocker {
  const leading = EVERY_STEP.find((role) => roles.includes(role));
  if (!step.oneOfEach) {
    return { role: step.roles.find((role) => roles.includes(role)) ?? leading ?? '' };
  }
  const given = (record?.approvals ?? []).map(({ role, as }) => as ?? role);
  const missing = step.roles.filter((role) => !given.includes(role));
  const own = missing.find((role) => roles.includes(role));
  if (own !== undefined) return { role: own };
  const [as = ''] = missing;
  return leading === undefined ? { code: 'role_missing', step: step.id, role: as } : { role: leading, as };
}

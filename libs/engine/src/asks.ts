/** Approvals that have just opened: whoever may give them is asked, at once and not only when they are late. */
import { isJsonObject } from '@cordon/kernel';
import type { Plan } from '@cordon/playbook';
import { isOpen, recorded, recordOf, statusOf, type Instance } from './instances.js';
import type { Effect, IncidentState } from './model.js';
import { dueAt } from './timers.js';

/**
 * One effect for each approval that is open after the entry `seq` and was not before, or was opened anew. `asked` are
 * the other effects of the same entry: who is told of a lapse is not asked twice. O(records) where the plan has approvals.
 */
export function asksAfter(
  plan: Plan,
  before: IncidentState | undefined,
  after: IncidentState,
  seq: number,
  asked: readonly Effect[],
): readonly Effect[] {
  if (plan.bindings.size === 0 || after.status === 'closed') return [];
  if (before && before.steps === after.steps && before.systems === after.systems) return [];
  const told = new Set(asked.filter(isOpenLapse).map(({ step }) => step));
  return recorded(plan, after)
    .filter((one) => one.planned.step.kind === 'approval' && isOpen(statusOf(one.record)))
    .filter((one) => !told.has(one.id) && !wasOpen(before, one))
    .map((one) => ask(plan, after, one, seq));
}

function isOpenLapse({ payload: { lapsed } }: Effect): boolean {
  return isJsonObject(lapsed) && lapsed.open === true;
}

function wasOpen(before: IncidentState | undefined, { planned, system, record }: Instance): boolean {
  const was = before && recordOf(before, planned.step.id, system);
  return was !== undefined && isOpen(statusOf(was)) && was.readyAt === record?.readyAt;
}

function ask(plan: Plan, state: IncidentState, instance: Instance, seq: number): Effect {
  const { id, planned, record } = instance;
  return {
    key: `ask:${id}#${seq}`,
    kind: 'reminder',
    step: id,
    payload: {
      title: planned.step.title,
      roles: planned.step.roles,
      assignee: record?.assignee ?? null,
      dueAt: dueAt(plan, state, instance) ?? null,
      tell: 'role',
      asks: true,
    },
  };
}

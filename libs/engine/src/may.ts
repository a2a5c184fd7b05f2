/**
 * Whether this person may bring this event, leaving aside whether the step takes it now. `decide` asks these functions
 * themselves, so what a disabled button says beforehand is what it would have answered.
 */
import type { Plan } from '@cordon/playbook';
import { approvalRole, notTheirs } from './approvers.js';
import { EVERY_STEP, rolesMissing } from './authorise.js';
import type { EventType } from './event-data.js';
import type { Instance } from './instances.js';
import type { Actor, Blocker, IncidentState } from './model.js';
import { ROLES } from './permissions.js';

/** Why not, and the roles of which one could. */
export interface Refused {
  readonly needs: readonly string[];
  readonly blocker: Blocker;
}

/** What stands between the person and the event; undefined when they may bring it as soon as the step takes it. O(covers). */
export function mayDo(
  plan: Plan,
  state: IncidentState,
  instance: Instance,
  type: EventType,
  actor: Actor,
): Blocker | undefined {
  return (
    roleRefusal(instance, type, actor)?.blocker ??
    personRefusal(plan, state, instance, type, actor)?.blocker ??
    holderRefusal(instance, type, actor)
  );
}

/** No role of theirs may; asked before anything else, so that nobody learns from a refusal what is not theirs. */
export function roleRefusal(instance: Instance, type: EventType, actor: Actor): Refused | undefined {
  const needs = rolesMissing(type, instance, actor);
  return needs && { needs, blocker: { code: 'role_missing', step: instance.id, role: needs[0] ?? '' } };
}

/** The approval is of what they did themselves, or they gave it already, or it lacks a role that is not theirs. */
export function personRefusal(
  plan: Plan,
  state: IncidentState,
  instance: Instance,
  type: EventType,
  actor: Actor,
): Refused | undefined {
  const { step } = instance.planned;
  if (!type.startsWith('approval.') || step.kind !== 'approval') return undefined;
  const own = notTheirs(plan, state, instance, actor);
  if (own) return { needs: step.roles, blocker: own };
  const as = type === 'approval.approve' ? approvalRole(step, instance.record, actor) : undefined;
  return as && 'code' in as ? { needs: [as.role ?? ''], blocker: as } : undefined;
}

/** Somebody else has the task. Whoever leads may take it from them; `actingFor` are those for whom the person stands in. */
export function holderRefusal(
  { id, record }: Instance,
  type: string,
  actor: Actor,
  actingFor: readonly unknown[] = [],
): Blocker | undefined {
  const assignee = record?.assignee;
  const isTheirs = type === 'task.accept' || type === 'task.decline' || type === 'task.release';
  if (!isTheirs || assignee === undefined || assignee === actor.id || actingFor.includes(assignee))
    return undefined;
  const leads = actor.roles.some((role) => EVERY_STEP.includes(role));
  if (leads && type === 'task.release') return undefined;
  return { code: 'assigned_to_other', step: id, by: assignee };
}

/** Roles that may bring the event: those of the step first, those that lead last. Asked of the same table as `decide`. */
export function rolesFor(plan: Plan, instance: Instance | undefined, type: EventType): readonly string[] {
  const own = instance?.planned.step;
  const declared = plan.playbook.roles.map(({ id }) => id);
  const preferred = [...(type === 'step.skip' ? (own?.skip?.roles ?? []) : []), ...(own?.roles ?? [])];
  const others = [...preferred, ...declared, ...ROLES].filter((role) => !EVERY_STEP.includes(role));
  return [...new Set([...others, ...[...EVERY_STEP].reverse()])].filter(
    (role) => rolesMissing(type, instance, { type: 'person', id: '', roles: [role] }) === undefined,
  );
}

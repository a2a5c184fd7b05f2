import type { Actor } from '@cordon/engine';
import type { StepView } from '@cordon/runtime';

/** Roles that may do every step. */
const doEverything = ['administrator', 'coordinator'];

/** A step is mine when it is assigned to me, or to nobody while one of my roles may do it. */
export function isMine(step: Pick<StepView, 'assignee' | 'roles'>, actor: Actor): boolean {
  if (step.assignee !== null) return step.assignee === actor.id;
  return actor.roles.some((role) => step.roles.includes(role) || doEverything.includes(role));
}

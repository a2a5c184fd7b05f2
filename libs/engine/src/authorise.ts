/** Who may act, as data. Roles come with the actor; nobody approves their own work, whatever their role. */
import type { Instance } from './instances.js';
import type { EventType } from './event-data.js';
import type { Actor } from './model.js';

/** May do every step and event. */
export const EVERY_STEP: readonly string[] = ['administrator', 'coordinator'];
/** Roles that never change anything. */
const READ_ONLY: readonly string[] = ['auditor', 'observer'];

type Rule = 'step_roles' | 'any_responder' | 'coordinators';

const RULES: Readonly<Record<EventType, Rule>> = {
  'step.start': 'step_roles',
  'step.complete': 'step_roles',
  'step.skip': 'step_roles',
  'step.fail': 'step_roles',
  'step.problem': 'step_roles',
  'step.reopen': 'coordinators',
  'approval.approve': 'step_roles',
  'approval.refuse': 'step_roles',
  'task.assign': 'coordinators',
  'task.accept': 'step_roles',
  'task.decline': 'step_roles',
  'task.release': 'step_roles',
  'fact.set': 'any_responder',
  'system.add': 'any_responder',
  'system.isolate': 'step_roles',
  'system.restore': 'step_roles',
  'system.verify': 'step_roles',
  'system.return': 'step_roles',
  'phase.reopen': 'coordinators',
  'note.add': 'any_responder',
  'evidence.add': 'any_responder',
  'entry.correct': 'any_responder',
  'incident.migrate': 'coordinators',
  'incident.close': 'coordinators',
  'incident.reopen': 'coordinators',
};

/** The roles of which one is needed; undefined when the actor may do it. An empty list means any role that acts. */
export function rolesMissing(
  type: EventType,
  instance: Instance | undefined,
  actor: Actor,
): readonly string[] | undefined {
  if (actor.type === 'system' || actor.roles.some((role) => EVERY_STEP.includes(role))) return undefined;
  const rule = RULES[type];
  if (rule === 'coordinators') return EVERY_STEP;
  if (rule === 'any_responder' || !instance) {
    return actor.roles.some((role) => !READ_ONLY.includes(role)) ? undefined : ['responder', ...EVERY_STEP];
  }
  const { roles: own, skip } = instance.planned.step;
  const roles = type === 'step.skip' && skip ? skip.roles : own;
  return actor.roles.some((role) => roles.includes(role))
    ? undefined
    : [...new Set([...roles, ...EVERY_STEP])];
}

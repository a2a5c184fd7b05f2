/** Who may act, as data. Roles come with the actor; nobody approves their own work, whatever their role. */
import type { Instance } from './instances.js';
import type { EventType } from './event-data.js';
import type { Actor } from './model.js';

/** May do every step and event. */
export const EVERY_STEP: readonly string[] = ['administrator', 'coordinator'];
/** Roles that never change anything. */
const READ_ONLY: readonly string[] = ['auditor', 'observer', 'playbook-author'];

/** `holder`: who has the task may pass it on, and who leads may give it to anybody. */
export type EventRule = 'step_roles' | 'any_responder' | 'coordinators' | 'holder' | 'anyone';

export const EVENT_RULES: Readonly<Record<EventType, EventRule>> = {
  'step.start': 'step_roles',
  'step.complete': 'step_roles',
  'step.skip': 'step_roles',
  'step.fail': 'step_roles',
  'step.problem': 'step_roles',
  'step.reopen': 'coordinators',
  'approval.approve': 'step_roles',
  'approval.refuse': 'step_roles',
  'task.assign': 'holder',
  'task.accept': 'step_roles',
  'task.decline': 'step_roles',
  'task.release': 'step_roles',
  'task.schedule': 'coordinators',
  'task.prioritise': 'coordinators',
  'fact.set': 'any_responder',
  'system.add': 'any_responder',
  'system.isolate': 'step_roles',
  'system.restore': 'step_roles',
  'system.verify': 'step_roles',
  'system.return': 'step_roles',
  'phase.reopen': 'coordinators',
  'note.add': 'any_responder',
  'evidence.add': 'any_responder',
  // Whoever may read evidence leaves a trace of reading it; `record-events.ts` asks the table of permissions.
  'evidence.view': 'anyone',
  'evidence.move': 'any_responder',
  'evidence.release': 'coordinators',
  'indicator.add': 'any_responder',
  'indicator.withdraw': 'any_responder',
  'entry.correct': 'any_responder',
  'incident.migrate': 'coordinators',
  'incident.classify': 'coordinators',
  'member.add': 'coordinators',
  'member.remove': 'coordinators',
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
  const rule = EVENT_RULES[type];
  if (rule === 'anyone') return undefined;
  if (rule === 'coordinators') return EVERY_STEP;
  if (rule === 'holder') return instance?.record?.assignee === actor.id ? undefined : EVERY_STEP;
  if (rule === 'any_responder' || !instance) {
    return actor.roles.some((role) => !READ_ONLY.includes(role)) ? undefined : ['responder', ...EVERY_STEP];
  }
  const { roles: own, skip } = instance.planned.step;
  const roles = type === 'step.skip' && skip ? skip.roles : own;
  return actor.roles.some((role) => roles.includes(role))
    ? undefined
    : [...new Set([...roles, ...EVERY_STEP])];
}

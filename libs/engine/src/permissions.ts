/**
 * Who may do what, as data: the one table that the API asks, that refusals name, and that says beforehand why a button
 * would be refused. What a step asks of people is the playbook's; what this table grants is the deployment's.
 */
import type { Actor } from './model.js';
import { TLP, USUAL_TLP, type Tlp } from './tlp.js';

export const ROLES = [
  'administrator',
  'coordinator',
  'responder',
  'approver',
  'privacy-officer',
  'communications',
  'system-owner',
  'playbook-author',
  'auditor',
  'observer',
] as const;
export type RoleId = (typeof ROLES)[number];

/** On every incident that the person may see, or only on those that the person is a member of. */
export type Reach = 'any' | 'own';

type Grants = Partial<Record<RoleId, Reach>>;

const grant = (reach: Reach, ...roles: readonly RoleId[]): Grants =>
  Object.fromEntries(roles.map((role) => [role, reach]));

const ACTING: readonly RoleId[] = [
  'administrator',
  'coordinator',
  'responder',
  'approver',
  'privacy-officer',
  'communications',
  'system-owner',
];
const READING: readonly RoleId[] = [...ACTING, 'auditor'];
const LEADING: readonly RoleId[] = ['administrator', 'coordinator'];

/** Actions × roles. What is not listed is refused. */
export const PERMISSIONS = {
  'incident.open': grant(
    'any',
    ...LEADING,
    ...(['responder', 'privacy-officer', 'communications', 'system-owner'] as const),
  ),
  'incident.read': { ...grant('any', ...READING), observer: 'own' },
  /** Bring an event; what becomes of it is decided step by step, and a refusal is part of the history. */
  'incident.submit': { ...grant('any', ...READING), observer: 'own' },
  'history.read': { ...grant('any', ...READING), observer: 'own' },
  'history.export': { ...grant('any', ...READING), observer: 'own' },
  'evidence.read': {
    ...grant('any', ...LEADING, 'privacy-officer', 'auditor'),
    ...grant('own', 'responder', 'approver', 'communications', 'system-owner'),
  },
  'evidence.add': grant('any', ...ACTING),
  'indicator.read': { ...grant('any', ...READING), observer: 'own' },
  'task.read': { ...grant('any', ...READING), observer: 'own' },
  'task.submit': { ...grant('any', ...READING), observer: 'own' },
  'workload.read': grant('any', ...LEADING, 'auditor'),
  'stream.read': { ...grant('any', ...READING), observer: 'own' },
  'playbook.read': grant('any', ...ROLES),
  'playbook.publish': grant('any', ...LEADING, 'playbook-author'),
  'person.read': grant('any', ...ROLES),
  'person.manage': grant('any', 'administrator'),
  'person.erase': grant('any', 'administrator', 'privacy-officer'),
  'team.read': grant('any', ...ROLES),
  'team.manage': grant('any', ...LEADING),
  'roster.read': grant('any', ...ROLES),
  'roster.manage': grant('any', ...LEADING),
  /** One's own sign-ins, credentials and absences. */
  'account.own': grant('any', ...ROLES),
  'session.manage': grant('any', 'administrator'),
  'token.manage': grant('any', 'administrator'),
  'hold.read': grant('any', ...LEADING, 'privacy-officer', 'auditor'),
  'hold.manage': grant('any', 'administrator', 'privacy-officer'),
  'journal.read': grant('any', 'administrator', 'auditor'),
  /** Checkpoints, keys and proofs: hashes, which tell nothing of what happened. */
  'audit.read': grant('any', ...READING),
  /** The log as a whole: every incident, whatever its marking. */
  'audit.export': grant('any', 'administrator', 'auditor'),
} as const satisfies Record<string, Grants>;

export type Action = keyof typeof PERMISSIONS;

/** Up to which marking a role sees incidents that its holder is not a member of. */
export const CLEARANCE: Readonly<Record<RoleId, Tlp>> = {
  administrator: 'red',
  coordinator: 'amber+strict',
  'privacy-officer': 'amber+strict',
  auditor: 'amber+strict',
  responder: 'amber',
  approver: 'amber',
  communications: 'amber',
  'system-owner': 'amber',
  'playbook-author': 'clear',
  observer: 'clear',
};

/** The furthest that any of the roles reaches; undefined when none may do it. */
export function reachOf(action: Action, held: readonly string[]): Reach | undefined {
  const grants: Grants = PERMISSIONS[action];
  const reaches = held.map((role) => (isRole(role) ? grants[role] : undefined));
  return reaches.includes('any') ? 'any' : reaches.includes('own') ? 'own' : undefined;
}

/** Roles that may do it, in the order of the table. */
export function rolesThatMay(action: Action): readonly RoleId[] {
  const grants: Grants = PERMISSIONS[action];
  return ROLES.filter((role) => grants[role] !== undefined);
}

/** What seeing an incident depends on. */
export interface Visibility {
  readonly tlp?: Tlp;
  /** Ids of people. */
  readonly members?: readonly string[];
}

/** Whether the incident may be shown to the person at all. The system sees everything. */
export function maySee({ tlp = USUAL_TLP, members = [] }: Visibility, actor: Actor): boolean {
  if (actor.type === 'system') return true;
  const reach = reachOf('incident.read', actor.roles);
  if (reach === undefined) return false;
  if (members.includes(actor.id)) return true;
  return reach === 'any' && TLP.indexOf(tlp) <= clearanceOf(actor.roles);
}

/** Whether the action reaches this incident, which the person may see. */
export function mayOn(action: Action, { members = [] }: Visibility, actor: Actor): boolean {
  if (actor.type === 'system') return true;
  const reach = reachOf(action, actor.roles);
  return reach === 'any' || (reach === 'own' && members.includes(actor.id));
}

/** Markings of incidents that the roles see without membership. */
export function markingsSeen(held: readonly string[]): readonly Tlp[] {
  return TLP.slice(0, clearanceOf(held) + 1);
}

/** Index in `TLP` of the highest marking that the roles see without membership; -1 when they see none. */
function clearanceOf(held: readonly string[]): number {
  const able = held.filter(isRole).filter((role) => reachOf('incident.read', [role]) === 'any');
  return Math.max(-1, ...able.map((role) => TLP.indexOf(CLEARANCE[role])));
}

function isRole(text: string): text is RoleId {
  return (ROLES as readonly string[]).includes(text);
}

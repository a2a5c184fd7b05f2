import {
  CLEARANCE,
  EVENT_RULES,
  PERMISSIONS,
  ROLES,
  reachOf,
  TLP,
  type Action,
  type EventRule,
} from '@cordon/engine';

/** What the rules of events mean, for people. */
const RULES: Readonly<Record<EventRule, string>> = {
  step_roles: 'the roles that the playbook gives the step, and who leads',
  any_responder: 'any role that acts: not auditor, observer or playbook-author',
  coordinators: 'who leads',
  holder: 'whoever has the task, and who leads',
  anyone: 'anybody who may read it',
};

/** docs/permissions.md: the table that the code asks, for people. */
export function permissionsText(): string {
  return `# Permissions

Made from \`libs/engine/src/permissions.ts\` and \`authorise.ts\`; a test fails when this page is not current.

**any**: on every incident that the person may see. **own**: only on incidents of which the person is a member. An
empty field is a refusal. Who may not see an incident is answered as if it did not exist, whatever is asked.

${table(
  ['action', ...ROLES],
  Object.keys(PERMISSIONS).map((action) => [
    `\`${action}\``,
    ...ROLES.map((role) => reachOf(action as Action, [role]) ?? ''),
  ]),
)}

## Who sees an incident

An incident has members (whoever opened it, whoever is given a task of it, and whom a coordinator adds) and a marking
of the Traffic Light Protocol 2.0, TLP:AMBER unless somebody says otherwise. Members see it if their role reads incidents
at all. Others see it up to the marking of their role:

${table(
  ['role', 'sees, without being a member'],
  ROLES.map((role) => [role, markings(role)]),
)}

## Who may bring which event

Who leads is an administrator or a coordinator. Nobody, an administrator included, approves what they asked for or did
themselves.

${table(
  ['event', 'who'],
  Object.entries(EVENT_RULES).map(([event, rule]) => [`\`${event}\``, RULES[rule]]),
)}
`;
}

function markings(role: (typeof ROLES)[number]): string {
  if (reachOf('incident.read', [role]) !== 'any') return 'none';
  const highest = TLP.indexOf(CLEARANCE[role]);
  return TLP.slice(0, highest + 1)
    .map((marking) => `TLP:${marking.toUpperCase()}`)
    .join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

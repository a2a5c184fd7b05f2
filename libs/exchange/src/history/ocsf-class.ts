/** Which OCSF 1.8.0 class and activity an entry belongs to. */
import type { Leaf } from '@cordon/audit';
import { isJournal } from './reading.js';

export interface OcsfClass {
  readonly uid: 2005 | 3001 | 3002 | 3004 | 6003;
  readonly name: string;
  readonly category: 2 | 3 | 6;
  readonly activity: number;
}

const CLASSES = {
  incident: { uid: 2005, name: 'Incident Finding', category: 2 },
  account: { uid: 3001, name: 'Account Change', category: 3 },
  authentication: { uid: 3002, name: 'Authentication', category: 3 },
  entity: { uid: 3004, name: 'Entity Management', category: 3 },
  api: { uid: 6003, name: 'API Activity', category: 6 },
} as const;

export const OTHER_ACTIVITY = 99;

/** Journal entries by the name of their event; what is not here is API activity of another kind. */
const JOURNAL: Readonly<Record<string, readonly [keyof typeof CLASSES, number]>> = {
  'session.start': ['authentication', 1],
  'session.end': ['authentication', 2],
  'session.revoke': ['authentication', 2],
  'person.add': ['account', 1],
  'person.erase': ['account', 6],
  'person.roles': ['account', OTHER_ACTIVITY],
  'person.disable': ['account', 5],
  'person.enable': ['account', 2],
  'token.issue': ['entity', 1],
  'token.revoke': ['entity', 4],
  'team.add': ['entity', 1],
  'team.change': ['entity', 3],
  'team.remove': ['entity', 4],
  'roster.add': ['entity', 1],
  'roster.remove': ['entity', 4],
  'absence.add': ['entity', 1],
  'absence.remove': ['entity', 4],
  'playbook.publish': ['entity', 1],
  'log.key': ['entity', 1],
  'log.key_retired': ['entity', 4],
  'history.export': ['api', 2],
};

/** Account and credential events of names that are not listed are changes of an account all the same. */
const ACCOUNT = /^(credential|invitation|person)\./;

/** What was refused about an incident has not changed it: it is a call that failed. */
export function classOf(leaf: Leaf): OcsfClass {
  const { type } = leaf.event;
  if (isJournal(leaf)) {
    const [name, activity] = Object.hasOwn(JOURNAL, type)
      ? (JOURNAL[type] ?? (['api', OTHER_ACTIVITY] as const))
      : ([ACCOUNT.test(type) ? 'account' : 'api', OTHER_ACTIVITY] as const);
    return { ...CLASSES[name], activity };
  }
  if (leaf.kind === 'rejection') return { ...CLASSES.api, activity: 3 };
  if (leaf.kind === 'opened') return { ...CLASSES.incident, activity: 1 };
  return { ...CLASSES.incident, activity: type === 'incident.close' ? 3 : 2 };
}

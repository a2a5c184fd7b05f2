/** Who can remove a blocker, and by what: from the machine, the table of permissions and the directory. */
import {
  EVENTS,
  findInstance,
  mayDo,
  nextOf,
  rolesFor,
  type Blocker,
  type EventType,
  type IncidentState,
  type Instance,
  type Next,
  type Wanted,
} from '@cordon/engine';
import type { Plan } from '@cordon/playbook';
import type { Colleague, ColleaguesOf } from './directory.js';
import type { BlockerView, HelperView } from './views.js';

/** More people than this are no help at 3 a.m. */
const MAX_WHO = 5;

export interface HelpContext {
  readonly plan: Plan;
  readonly state: IncidentState;
  readonly nameOf: (id: string) => string | undefined;
  readonly colleagues?: ColleaguesOf;
}

/** Empty where there is nothing to do. O(plan + people of the roles). */
export function helpFor(
  blocker: Blocker,
  context: HelpContext,
  wanted?: Wanted,
): Pick<BlockerView, 'who' | 'next'> {
  const next = nextOf(context.plan, context.state, blocker, wanted);
  if (next) return { who: whoCan(blocker, context, next), next };
  return blocker.role === undefined ? {} : { who: whoHas(blocker.role, context) };
}

/** Everybody of the role, for a refusal of which no more is known than that the role is missing. */
function whoHas(role: string, { colleagues }: HelpContext): readonly HelperView[] {
  const known = dutyFirst(colleagues?.(role) ?? []).slice(0, MAX_WHO);
  return known.length > 0 ? known.map(({ id, name, onDuty }) => ({ id, name, role, onDuty })) : [{ role }];
}

/**
 * Whoever has the task; then people on duty, of the roles of the step before those that lead; then all others. Nobody
 * whom `decide` would refuse. A role that nobody is known to have stands for itself.
 */
function whoCan(blocker: Blocker, context: HelpContext, { event, step }: Next): readonly HelperView[] {
  const { plan, state, nameOf, colleagues } = context;
  if (!isEvent(event)) return [];
  const instance = step === undefined ? undefined : findInstance(plan, state, step);
  const [role = '', ...others] = rolesFor(plan, instance, event);
  const found = new Map<string, HelperView>();
  const holder = instance?.record?.assignee;
  const holderName = holder === undefined ? undefined : nameOf(holder);
  if (holder !== undefined && event.startsWith('step.') && event !== 'step.reopen')
    found.set(holder, { id: holder, ...(holderName === undefined ? {} : { name: holderName }), role });
  const known = [role, ...others].flatMap((one) =>
    (colleagues?.(one) ?? []).map((colleague) => ({ ...colleague, role: one })),
  );
  for (const { id, name, onDuty, role: as } of dutyFirst(known)) {
    const own = found.get(id);
    if (own) found.set(id, { ...own, name: own.name ?? name, onDuty: own.onDuty ?? onDuty });
    else if (mayBring(context, instance, event, id, as)) found.set(id, { id, name, role: as, onDuty });
  }
  const people = [...found.values()].slice(0, MAX_WHO);
  return people.length > 0 ? people : [{ role: blocker.role ?? role }];
}

function dutyFirst<C extends Colleague>(people: readonly C[]): readonly C[] {
  return [...people.filter(({ onDuty }) => onDuty), ...people.filter(({ onDuty }) => !onDuty)];
}

function mayBring(
  { plan, state }: HelpContext,
  instance: Instance | undefined,
  event: EventType,
  id: string,
  role: string,
): boolean {
  return !instance || !mayDo(plan, state, instance, event, { type: 'person', id, roles: [role] });
}

function isEvent(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

import { EVERY_STEP, findInstance, type FieldError, type IncidentState, type Machines } from '@cordon/engine';
import { toIso, type EpochMs, type JsonObject } from '@cordon/kernel';
import type { People } from './people.js';
import type { Person } from './ports.js';
import type { Teams } from './teams.js';
import type { EventCommand, WarningView } from './views.js';

/** Members of events that name a person. */
const NAMING: Readonly<Record<string, string>> = {
  'task.assign': 'to',
  'member.add': 'person',
};

/** Events that may be sent in place of somebody who is away. */
const STANDING_IN: readonly string[] = ['task.accept', 'task.decline', 'task.release'];

/**
 * The event's data, with the person that it names as an id, and that person where one is given a task. Somebody who does
 * not exist is a field error.
 */
export async function namedPerson(
  people: People,
  { type, data }: Pick<EventCommand, 'type' | 'data'>,
  now: number,
  errors: FieldError[],
): Promise<{ readonly data?: JsonObject; readonly receiver?: Person }> {
  const member = Object.hasOwn(NAMING, type) ? NAMING[type] : undefined;
  const named = member === undefined ? undefined : data?.[member];
  if (member === undefined || typeof named !== 'string') return data ? { data } : {};
  const person = await people.resolve(named, now);
  if (person) {
    return {
      data: { ...data, [member]: person.id },
      ...(type === 'task.assign' ? { receiver: person } : {}),
    };
  }
  errors.push({
    pointer: `/data/${member}`,
    // Without what was asked for: refusals are kept for ever, and it may be somebody's name.
    message: 'there is not exactly one active person of that id or name',
  });
  return data ? { data } : {};
}

/** The data, saying truly for whom the person acts: only those who are away and have named the person. */
export async function withStandingIn(
  teams: Teams | undefined,
  type: string,
  data: JsonObject | undefined,
  person: string,
  now: EpochMs,
): Promise<JsonObject | undefined> {
  if (!STANDING_IN.includes(type)) return data;
  const { actingFor: _given, ...rest } = data ?? {};
  const others = teams ? await teams.standsInFor(person, now) : [];
  if (others.length === 0) return data && rest;
  return { ...rest, actingFor: [...others] };
}

/** Whoever is given a task holds one of its roles, or leads. */
export function receiverErrors(
  { plan }: Machines,
  state: IncidentState,
  step: string | undefined,
  receiver: Person | undefined,
): readonly FieldError[] {
  const instance = receiver && step !== undefined ? findInstance(plan, state, step) : undefined;
  if (!receiver || !instance) return [];
  const { roles } = instance.planned.step;
  if (receiver.roles.some((role) => roles.includes(role) || EVERY_STEP.includes(role))) return [];
  return [
    {
      pointer: '/data/to',
      message: `"${instance.id}" is for ${roles.join(', ')}, and this person holds none of these roles`,
    },
  ];
}

/** What whoever gave the task should know; undefined when there is nothing. */
export async function awayWarning(
  teams: Teams | undefined,
  person: string,
  now: EpochMs,
  language: string,
): Promise<WarningView | undefined> {
  const away = await teams?.absenceOf(person, now);
  if (!away) return undefined;
  const until = toIso(away.endsAt);
  const { delegate } = away;
  const english =
    delegate === undefined
      ? `This person is away until ${until}, and nobody stands in.`
      : `This person is away until ${until}; who stands in sees the task too.`;
  const chinese =
    delegate === undefined
      ? `此人於 ${until} 前不在，亦無人代理。`
      : `此人於 ${until} 前不在；代理人亦會看到此任務。`;
  return {
    code: 'assignee_away',
    text: language === 'zh-Hant' ? chinese : english,
    person,
    until,
    ...(delegate === undefined ? {} : { delegate }),
  };
}

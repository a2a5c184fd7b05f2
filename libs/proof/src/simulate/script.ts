/**
 * A script: how an incident opens, who takes part, and what happens, as data. Written in YAML it reads
 *
 *     opening: {at: '2026-03-02T09:00:00+08:00', aware: '2026-03-02T08:40:00+08:00', systems: [{id: crm, name: CRM}]}
 *     people: {ann: [coordinator], bob: [responder]}      # without it: two for every role, `responder`, `responder-2`
 *     actions: {alert-team: [failed, succeeded]}          # verdicts of an action's attempts; without it they succeed
 *     facts: {personalData: unknown}                      # what walks say, as are `answers` and `forms`
 *     answers: {is-clean: [infected, clean]}
 *     forms: {triage: {observed: Files end in .locked}}
 *     events:
 *       - {after: PT10M, by: bob, type: step.complete, step: triage, data: {output: {…}}}
 *       - {at: '2026-03-02T10:00:00+08:00', by: bob, type: approval.approve, step: x, expect: rejected, because: own_work}
 *       - {verdict: succeeded, step: alert-team}          # the answer that an action was left waiting for
 *       - {advance: PT4H}                                 # the clock alone: what is due fires
 *       - {walk: confirm-incident, hold: [tell-police]}   # everything open is done until this step is open, or `closed`
 *
 * A script may also be the list of events alone.
 */
import { EVENTS, SYSTEM_ID, type Actor, type NewSystem } from '@cordon/engine';
import { isJsonObject, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import { factProblem, type Playbook } from '@cordon/playbook';
import type { Choices } from './answers.js';
import type { ActionScript, ActionVerdict, SimulationOpening } from './model.js';
import { peopleOf } from './people.js';
import { ScriptReader } from './script-reader.js';

/** When the item happens: at a moment, or so long after what came before it. */
export type When = { readonly at: EpochMs } | { readonly afterMs: number };

/** One thing that happens. */
export type ScriptItem =
  | {
      readonly kind: 'event';
      readonly when: When;
      readonly by: Actor;
      readonly type: string;
      readonly step?: string;
      readonly data?: JsonObject;
      readonly expect: 'accepted' | 'rejected';
      /** The code of a reason that the rejection must give. */
      readonly because?: string;
    }
  | { readonly kind: 'advance'; readonly when: When }
  | {
      readonly kind: 'verdict';
      readonly when: When;
      readonly step: string;
      readonly verdict: 'succeeded' | 'failed';
    }
  | {
      readonly kind: 'walk';
      readonly until: string;
      readonly hold: readonly string[];
      readonly seed?: number;
    };

/** A script that has been checked against its playbook; that its steps exist is the engine's to say. */
export interface Script {
  readonly opening: SimulationOpening;
  readonly people: readonly Actor[];
  readonly actions: ActionScript;
  readonly choices: Choices;
  readonly items: readonly ScriptItem[];
}

/** Where a script that does not say when opens its incident: a Monday morning. */
export const DEFAULT_OPENING: EpochMs = Date.UTC(2026, 0, 5, 1);

/** Reads a script for this playbook. Every problem is a sentence that names its place; with one of them there is no script. */
export function readScript(
  value: Json,
  playbook: Playbook,
): { readonly script: Script } | { readonly problems: readonly string[] } {
  const root: Json = Array.isArray(value) ? { events: value } : value;
  if (!isJsonObject(root)) {
    return { problems: ['a script is a mapping with opening and events, or a list of events'] };
  }
  const reader = new ScriptReader();
  reader.keys(root, ['title', 'opening', 'people', 'actions', 'facts', 'answers', 'forms', 'events'], '');
  const people = readPeople(reader, root.people, playbook);
  const script: Script = {
    opening: readOpening(reader, root.opening ?? {}, playbook, people),
    people,
    actions: readActions(reader, root.actions ?? {}),
    choices: {
      facts: readFacts(reader, root.facts ?? {}, 'facts', playbook),
      answers: reader.each(root.answers ?? {}, 'answers', (one, place) => reader.texts(one, place)),
      forms: reader.each(root.forms ?? {}, 'forms', (one, place) => reader.object(one, place)),
    },
    items: reader
      .list(root.events ?? null, 'events')
      .map((item, n) => readItem(reader, item, `events[${n}]`, people)),
  };
  return reader.problems.length > 0 ? { problems: reader.problems } : { script };
}

function readPeople(reader: ScriptReader, value: Json | undefined, playbook: Playbook): readonly Actor[] {
  if (value === undefined) return peopleOf(playbook);
  const people = reader.each(value, 'people', (roles, place) => reader.texts(roles, place));
  if ('cordon' in people) reader.add('people.cordon', 'is Cordon itself: give the person another id');
  return Object.entries(people).map(([id, roles]): Actor => ({ type: 'person', id, roles }));
}

function readOpening(
  reader: ScriptReader,
  value: Json,
  playbook: Playbook,
  people: readonly Actor[],
): SimulationOpening {
  const opening = reader.object(value, 'opening');
  reader.keys(opening, ['at', 'by', 'aware', 'onset', 'facts', 'systems'], 'opening');
  const at = opening.at === undefined ? DEFAULT_OPENING : reader.instant(opening.at, 'opening.at');
  const aware = opening.aware === undefined ? at : reader.instant(opening.aware, 'opening.aware');
  if (aware > at) reader.add('opening.aware', 'is after the opening: awareness comes first');
  const by =
    opening.by === undefined ? (people[0]?.id ?? 'coordinator') : reader.text(opening.by, 'opening.by');
  return {
    ...{ at, by, awareAt: aware },
    ...(opening.onset === undefined ? {} : { onsetAt: reader.instant(opening.onset, 'opening.onset') }),
    facts: withoutUnknown(readFacts(reader, opening.facts ?? {}, 'opening.facts', playbook)),
    systems: reader
      .list(opening.systems ?? [], 'opening.systems')
      .map((system, n) => readSystem(reader, system, `opening.systems[${n}]`)),
  };
}

function readSystem(reader: ScriptReader, value: Json, place: string): NewSystem {
  const system = reader.object(value, place);
  reader.keys(system, ['id', 'name', 'kind'], place);
  const id = reader.text(system.id, `${place}.id`);
  if (!SYSTEM_ID.test(id))
    reader.add(`${place}.id`, 'has up to 64 letters, digits, dots, hyphens or underscores');
  return {
    id,
    name: system.name === undefined ? id : reader.text(system.name, `${place}.name`),
    ...(system.kind === undefined ? {} : { kind: reader.text(system.kind, `${place}.kind`) }),
  };
}

function readFacts(
  reader: ScriptReader,
  value: Json,
  place: string,
  { facts }: Playbook,
): Readonly<Record<string, Json>> {
  const said = reader.object(value, place);
  for (const [id, one] of Object.entries(said)) {
    const fact = facts.find((known) => known.id === id);
    const problem = fact
      ? factProblem(fact, one)
      : `is no fact of this playbook: it has ${facts.map((f) => f.id).join(', ')}`;
    if (problem) reader.add(`${place}.${id}`, problem);
  }
  return said;
}

function withoutUnknown(facts: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== 'unknown' && value !== null),
  );
}

const VERDICTS: readonly ActionVerdict[] = ['succeeded', 'failed', 'pending'];

function readActions(reader: ScriptReader, value: Json): ActionScript {
  return reader.each(value, 'actions', (list, place) =>
    reader.texts(list, place).map((text, n) => reader.oneOf(text, VERDICTS, `${place}[${n}]`)),
  );
}

function readItem(reader: ScriptReader, value: Json, place: string, people: readonly Actor[]): ScriptItem {
  const item = reader.object(value, place);
  if (item.walk !== undefined) {
    reader.keys(item, ['walk', 'hold', 'seed'], place);
    const until = reader.text(item.walk, `${place}.walk`);
    const hold = item.hold === undefined ? [] : reader.texts(item.hold, `${place}.hold`);
    return {
      kind: 'walk',
      until,
      hold,
      ...(item.seed === undefined ? {} : { seed: reader.count(item.seed, `${place}.seed`) }),
    };
  }
  if (item.advance !== undefined) {
    reader.keys(item, ['advance'], place);
    return { kind: 'advance', when: { afterMs: reader.duration(item.advance, `${place}.advance`) } };
  }
  const when = readWhen(reader, item, place);
  if (item.verdict !== undefined) {
    reader.keys(item, ['at', 'after', 'verdict', 'step'], place);
    const verdict = reader.oneOf(item.verdict, ['succeeded', 'failed'] as const, `${place}.verdict`);
    return { kind: 'verdict', when, verdict, step: reader.text(item.step, `${place}.step`) };
  }
  return readEvent(reader, item, place, when, people);
}

function readEvent(
  reader: ScriptReader,
  item: JsonObject,
  place: string,
  when: When,
  people: readonly Actor[],
): ScriptItem {
  reader.keys(item, ['at', 'after', 'by', 'type', 'step', 'data', 'expect', 'because'], place);
  const id = reader.text(item.by, `${place}.by`);
  const by = people.find((one) => one.id === id);
  if (!by)
    reader.add(`${place}.by`, `"${id}" is not among the people: ${people.map((one) => one.id).join(', ')}`);
  const type = reader.text(item.type, `${place}.type`);
  if (!Object.hasOwn(EVENTS, type))
    reader.add(`${place}.type`, `there is no event "${type}"; there are ${Object.keys(EVENTS).join(', ')}`);
  const { expect = 'accepted', because } = item;
  if (because !== undefined && expect !== 'rejected')
    reader.add(`${place}.because`, 'stands beside "expect: rejected" only');
  return {
    ...{ kind: 'event', when, type },
    by: by ?? { type: 'person', id, roles: [] },
    ...(item.step === undefined ? {} : { step: reader.text(item.step, `${place}.step`) }),
    ...(item.data === undefined ? {} : { data: reader.object(item.data, `${place}.data`) }),
    expect: reader.oneOf(expect, ['accepted', 'rejected'] as const, `${place}.expect`),
    ...(because === undefined ? {} : { because: reader.text(because, `${place}.because`) }),
  };
}

function readWhen(reader: ScriptReader, { at, after }: JsonObject, place: string): When {
  if (at !== undefined && after !== undefined) reader.add(place, 'has both at and after: give one');
  if (at !== undefined) return { at: reader.instant(at, `${place}.at`) };
  return { afterMs: after === undefined ? 0 : reader.duration(after, `${place}.after`) };
}

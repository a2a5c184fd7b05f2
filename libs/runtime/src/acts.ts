/** Acts over many tasks: the same event for each, and handing over everything that somebody holds. */
import {
  EVENTS,
  isOpen,
  instances,
  statusOf,
  type Actor,
  type EventType,
  type FieldError,
  type IncidentState,
  type Machines,
} from '@cordon/engine';
import type { Clock, JsonObject } from '@cordon/kernel';
import { awayWarning, namedPerson, receiverErrors, withStandingIn } from './assignment.js';
import type { Door } from './door.js';
import type { People } from './people.js';
import type { IncidentId, Person, ReadStore } from './ports.js';
import type { Queries } from './queries.js';
import { requestHash } from './request.js';
import type { Teams } from './teams.js';
import type { ActJob, ActLine, ActOutcome, LeftAlone } from './together.js';
import {
  idOfRef,
  refOf,
  type ActLineView,
  type Answer,
  type HandOverCommand,
  type ManyCommand,
} from './views.js';
import { visibleTo } from './visible.js';

export interface ActsDependencies {
  readonly door: Door;
  readonly queries: Queries;
  readonly people: People;
  readonly teams?: Teams;
  readonly store: ReadStore;
  readonly clock: Clock;
}

type Lines = Answer<readonly ActLineView[]>;

/** Tasks in one act. */
const MAX_TASKS = 2_000;
const PAGE = 500;
const LEADING: readonly string[] = ['administrator', 'coordinator'];

/** One event for each of the tasks, as one act. The lines come in the order of the tasks. */
export async function submitMany(
  deps: ActsDependencies,
  command: ManyCommand,
  actor: Actor,
  language: string,
): Promise<Lines> {
  const { key, tasks, type } = command;
  const now = deps.clock.now();
  const errors: FieldError[] = [];
  const named = await namedPerson(deps.people, command, now, errors);
  if (!isOfTask(type)) errors.push({ pointer: '/type', message: `${type} is not an event of a task` });
  if (errors.length > 0) return { ok: false, refusal: { code: 'invalid_event', errors } };
  const data = await withStandingIn(deps.teams, type, named.data, actor.id, now);
  const asked = named.data ? { data: named.data } : {};
  const hash = requestHash({ tasks: tasks.map(taskId), type, ...asked });
  const byIncident = new Map<IncidentId, string[]>();
  for (const { id, step } of tasks) byIncident.set(id, [...(byIncident.get(id) ?? []), step]);
  const job = (step: string): ActJob => ({
    requestHash: hash,
    type,
    step,
    ...(data ? { data } : {}),
    ...(named.receiver ? { receiver: named.receiver } : {}),
  });
  const outcome = await deps.door.together({
    actor,
    key: `many:${key}`,
    requestHash: hash,
    ids: [...byIncident.keys()],
    jobs: (id) => (byIncident.get(id) ?? []).map(job),
  });
  return inOrder(await linesOf(deps, outcome, language), tasks.map(taskId));
}

/** Events of incidents and systems have a way of their own, and what has to be looked up for them is not done here. */
function isOfTask(type: string): boolean {
  if (!Object.hasOwn(EVENTS, type)) return false;
  const { target } = EVENTS[type as EventType];
  return target === 'task' || target === 'step';
}

function inOrder(answer: Lines, tasks: readonly string[]): Lines {
  if (!answer.ok) return answer;
  const byTask = new Map(answer.value.map((line) => [line.task, line]));
  const unknown = { ok: false, refusal: { code: 'unknown_incident' } } as const;
  return { ok: true, value: tasks.map((task) => byTask.get(task) ?? { task, ...unknown }) };
}

interface Receiver {
  readonly person: Person;
  readonly incidents?: ReadonlySet<IncidentId>;
  readonly roles?: readonly string[];
}

/**
 * Everything open that a person holds goes to others, as one act: what the receivers' conditions leave, and what is for
 * roles that they do not hold, stays where it is and says so. Receivers have to accept.
 */
export async function handOver(
  deps: ActsDependencies,
  command: HandOverCommand,
  actor: Actor,
  language: string,
): Promise<Lines> {
  const { key, note } = command;
  const errors: FieldError[] = [];
  const from = await giverOf(deps, command, actor, errors);
  if (from !== actor.id && !actor.roles.some((role) => LEADING.includes(role))) {
    return { ok: false, refusal: { code: 'forbidden', needs: LEADING, blockedBy: [] } };
  }
  const receivers = await receiversOf(deps, command, from, errors);
  const ids = errors.length > 0 ? [] : await incidentsOf(deps, from, actor, errors);
  if (errors.length > 0) return { ok: false, refusal: { code: 'invalid_event', errors } };
  // Ids, and not the note: the hash stays for ever, and a name could be guessed from it.
  const hash = requestHash({ from, to: receivers.map(receiverOf) });
  const outcome = await deps.door.together({
    actor,
    key: `hand-over:${key}`,
    requestHash: hash,
    ids,
    jobs: handing({ from, receivers, note, hash }),
  });
  return linesOf(deps, outcome, language);
}

function receiverOf({ person, incidents, roles }: Receiver): object {
  return {
    person: person.id,
    ...(incidents ? { incidents: [...incidents] } : {}),
    ...(roles ? { roles } : {}),
  };
}

async function giverOf(
  { people, clock }: ActsDependencies,
  { from }: HandOverCommand,
  actor: Actor,
  errors: FieldError[],
): Promise<string> {
  if (from === undefined || from === actor.id) return actor.id;
  // Somebody who may not sign in any more still holds tasks.
  const [known] = await people.find([from]);
  const person = known ?? (await people.resolve(from, clock.now()));
  if (!person) errors.push({ pointer: '/from', message: 'there is no person with this id or unique name' });
  return person?.id ?? from;
}

async function receiversOf(
  { people, clock }: ActsDependencies,
  { to }: HandOverCommand,
  from: string,
  errors: FieldError[],
): Promise<readonly Receiver[]> {
  const receivers: Receiver[] = [];
  for (const [i, { person: text, incidents, roles }] of to.entries()) {
    const pointer = `/to/${i}/person`;
    const person = await people.resolve(text, clock.now());
    if (!person) errors.push({ pointer, message: 'there is no active person with this id or unique name' });
    else if (person.id === from) errors.push({ pointer, message: 'this person has the tasks already' });
    else {
      const ids = incidents?.flatMap((ref) => idOfRef(ref) ?? []);
      receivers.push({ person, ...(ids ? { incidents: new Set(ids) } : {}), ...(roles ? { roles } : {}) });
    }
  }
  return receivers;
}

/** The incidents in which the person holds something that whoever asks may see. */
async function incidentsOf(
  { store }: ActsDependencies,
  assignee: string,
  actor: Actor,
  errors: FieldError[],
): Promise<readonly IncidentId[]> {
  const visible = visibleTo(actor);
  const filter = { assignee, limit: PAGE, ...(visible ? { visibleTo: visible } : {}) };
  const ids = new Set<IncidentId>();
  let count = 0;
  let page = await store.tasks(filter);
  for (;;) {
    for (const { incidentId } of page) ids.add(incidentId);
    count += page.length;
    const after = page.at(-1);
    if (page.length < PAGE || !after) return [...ids];
    if (count > MAX_TASKS) {
      errors.push({ pointer: '/from', message: `one act hands over at most ${MAX_TASKS} tasks` });
      return [];
    }
    page = await store.tasks({ ...filter, after });
  }
}

interface Handing {
  readonly from: string;
  readonly receivers: readonly Receiver[];
  readonly note: string;
  readonly hash: Uint8Array;
}

/** What is asked of each incident. Where several may receive a task, whoever has received the fewest so far. */
function handing({ from, receivers, note, hash }: Handing) {
  const given = new Map<string, number>();
  return (id: IncidentId, state: IncidentState, machines: Machines): readonly (ActJob | LeftAlone)[] => {
    const held = instances(machines.plan, state).filter(
      ({ record }) => record?.assignee === from && isOpen(statusOf(record)),
    );
    return held.map(({ id: step, planned }): ActJob | LeftAlone => {
      const meant = receivers.filter(
        ({ incidents, roles }) =>
          incidents?.has(id) !== false && (!roles || roles.some((role) => planned.step.roles.includes(role))),
      );
      const fit = meant.filter(({ person }) => receiverErrors(machines, state, step, person).length === 0);
      const [first, ...others] = fit.length > 0 ? fit : meant;
      if (!first) return { step, errors: [{ pointer: '/to', message: 'nobody named receives this task' }] };
      const count = ({ person }: Receiver): number => given.get(person.id) ?? 0;
      const { person } = others.reduce((least, one) => (count(one) < count(least) ? one : least), first);
      given.set(person.id, (given.get(person.id) ?? 0) + 1);
      const data: JsonObject = { to: person.id };
      return { requestHash: hash, type: 'task.assign', step, data, note, receiver: person };
    });
  };
}

async function linesOf(deps: ActsDependencies, outcome: ActOutcome, language: string): Promise<Lines> {
  if (outcome.outcome === 'key_reused') return { ok: false, refusal: { code: 'key_reused' } };
  const warnings = await warningsOf(deps, outcome.lines, language);
  const value: ActLineView[] = [];
  for (const line of outcome.lines) value.push(await viewOf(deps, line, warnings, language));
  return { ok: true, value };
}

type Warnings = ReadonlyMap<string, Awaited<ReturnType<typeof awayWarning>>>;

async function warningsOf(
  { teams, clock }: ActsDependencies,
  lines: readonly ActLine[],
  language: string,
): Promise<Warnings> {
  const people = new Set(lines.flatMap(({ to, outcome }) => (outcome === 'accepted' && to ? [to] : [])));
  const now = clock.now();
  return new Map(
    await Promise.all(
      [...people].map(async (id) => [id, await awayWarning(teams, id, now, language)] as const),
    ),
  );
}

async function viewOf(
  { queries }: ActsDependencies,
  line: ActLine,
  warnings: Warnings,
  language: string,
): Promise<ActLineView> {
  const { task, to } = line;
  const about = { task, ...(to === undefined ? {} : { to }) };
  if (line.outcome === 'unknown_incident') return { task, ok: false, refusal: { code: 'unknown_incident' } };
  if (line.outcome === 'rejected') {
    return { ...about, ok: false, refusal: await queries.lineRefusal(line, language) };
  }
  const warning = to === undefined ? undefined : warnings.get(to);
  return { ...about, ok: true, revision: line.revision, ...(warning ? { warnings: [warning] } : {}) };
}

function taskId({ id, step }: ManyCommand['tasks'][number]): string {
  return `${refOf(id)}/${step}`;
}

/** A trace, put to the engine again. */
import {
  decide,
  openState,
  type Actor,
  type IncidentEvent,
  type Machines,
  type Rejection,
} from '@cordon/engine';
import { canonicalJson, fromIso, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { changesBetween, stateDigest } from './changes.js';
import { SYSTEM_ACTOR, type SimulationOpening } from './model.js';
import { outcomeJson, TRACE_FORMAT } from './trace.js';

/** The first line at which a trace is not what the engine does now. */
export interface TraceDifference {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** All events came out the same, or the first difference. */
export type TraceReplay =
  { readonly same: true; readonly events: number } | ({ readonly same: false } & TraceDifference);

/**
 * Opens the incident of a trace and puts every one of its events to the engine again. Answers how many came out the
 * same, or the first difference in words. A line that is none is a
 * difference too. Cost of the incident itself.
 */
export function replayTrace(machines: Machines, trace: string): TraceReplay {
  const lines = trace.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = parsed(lines[0] ?? '');
  const opening = header && readOpening(header);
  if (!header || !opening)
    return differs(1, 'this is no header of a trace: {"trace": 1, "playbook": …, "opening": …}');
  const other = otherPlaybook(machines, header);
  if (other !== undefined) return differs(1, other);
  const opened = openState(machines, opening);
  let { state } = opened;
  const first = {
    ...outcomeJson(changesBetween(machines.plan, undefined, state), opened.effects),
    state: stateDigest(state),
  };
  const wrong = difference(header, first);
  if (wrong !== undefined) return differs(1, `at the opening ${wrong}`);
  for (const [n, text] of lines.slice(1).entries()) {
    const line = parsed(text);
    const asked = line && readLine(line);
    if (!line || !asked)
      return differs(n + 2, 'this is no event of a trace: {"at": …, "by": …, "roles": […], "event": {…}, …}');
    const decision = decide(machines, state, asked.event, asked.actor, asked.at);
    const next = decision.outcome === 'accepted' ? decision.state : state;
    const effects = decision.outcome === 'accepted' ? decision.effects : [];
    const now = {
      outcome: decision.outcome,
      ...(decision.outcome === 'rejected' ? { rejection: rejectionJson(decision.rejection) } : {}),
      ...outcomeJson(changesBetween(machines.plan, state, next), effects),
      state: stateDigest(next),
    };
    const found = difference(line, now);
    if (found !== undefined) return differs(n + 2, `${nameOf(asked.event)} by ${asked.actor.id}: ${found}`);
    state = next;
  }
  return { same: true, events: lines.length - 1 };
}

function differs(line: number, text: string): TraceReplay {
  return { same: false, line, text };
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function otherPlaybook({ plan, digest }: Machines, header: JsonObject): string | undefined {
  const { id, version, language } = plan.playbook;
  if (header.trace !== TRACE_FORMAT)
    return `the trace is of format ${shown(header.trace)}, and not ${TRACE_FORMAT}`;
  if (header.playbook !== id)
    return `the trace is of the playbook ${shown(header.playbook)}, and not of "${id}"`;
  if (header.language !== language) {
    return `the trace is of version ${shown(header.language)} of the playbook language, and not ${language}`;
  }
  if (header.digest === digest) return undefined;
  return `the trace was recorded with another text of the playbook: version ${shown(header.version)}, digest ${shown(header.digest)}; this is version "${version}", digest "${digest}"`;
}

function readOpening(header: JsonObject): SimulationOpening | undefined {
  const { opening } = header;
  if (opening === undefined || !isJsonObject(opening)) return undefined;
  const at = momentOf(opening.at);
  const awareAt = momentOf(opening.aware);
  const onsetAt = momentOf(opening.onset);
  const { by, facts, systems } = opening;
  if (at === undefined || awareAt === undefined || typeof by !== 'string') return undefined;
  if (facts === undefined || !isJsonObject(facts) || !Array.isArray(systems)) return undefined;
  const named = (systems as readonly Json[]).filter(isJsonObject);
  if (
    named.length < systems.length ||
    named.some(({ id, name }) => typeof id !== 'string' || typeof name !== 'string')
  ) {
    return undefined;
  }
  return {
    ...{ at, by, awareAt, facts },
    ...(onsetAt === undefined ? {} : { onsetAt }),
    systems: named as unknown as SimulationOpening['systems'],
  };
}

function readLine({ at, by, roles, event }: JsonObject) {
  const moment = momentOf(at);
  if (moment === undefined || typeof by !== 'string' || !Array.isArray(roles)) return undefined;
  if (event === undefined || !isJsonObject(event) || typeof event.type !== 'string') return undefined;
  const { type, step, data } = event;
  const actor: Actor =
    by === SYSTEM_ACTOR.id ? SYSTEM_ACTOR : { type: 'person', id: by, roles: roles.map(String) };
  const asked: IncidentEvent = {
    type,
    ...(typeof step === 'string' ? { step } : {}),
    ...(data !== undefined && isJsonObject(data) ? { data } : {}),
  };
  return { at: moment, actor, event: asked };
}

function momentOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? fromIso(value) : undefined;
}

const LISTS = ['done', 'opened', 'undone', 'asks'] as const;
const LIST_WORDS = {
  done: 'are done',
  opened: 'are open',
  undone: 'are to be done again',
  asks: 'are asked of the world',
};

/** What the line says otherwise than the engine, in words: what matters most to a reader first. */
function difference(line: JsonObject, now: JsonObject): string | undefined {
  if (line.outcome !== now.outcome) {
    const why = now.rejection === undefined ? '' : ` (${canonicalJson(now.rejection)})`;
    return `it was ${shown(line.outcome)} and is now ${shown(now.outcome)}${why}`;
  }
  for (const list of LISTS) {
    const [was, is] = [namesOf(line[list]), namesOf(now[list])];
    if (was.join() === is.join()) continue;
    const gone = was.filter((id) => !is.includes(id));
    const added = is.filter((id) => !was.includes(id));
    const parts = [
      ...(gone.length > 0 ? [`${gone.join(', ')} no more`] : []),
      ...(added.length > 0 ? [`${added.join(', ')} besides`] : []),
    ];
    return parts.length === 0
      ? `the same steps ${LIST_WORDS[list]}, in another order: ${is.join(', ')}`
      : `of what ${LIST_WORDS[list]} after it: ${parts.join('; ')}`;
  }
  if (canonicalJson(line.rejection ?? null) !== canonicalJson(now.rejection ?? null)) {
    return `it is rejected for other reasons: ${canonicalJson(now.rejection ?? null)} instead of ${canonicalJson(line.rejection ?? null)}`;
  }
  if (line.state === now.state) return undefined;
  return 'the same steps are open and done, but the state is another one';
}

function rejectionJson(rejection: Rejection): Json {
  return rejection as unknown as Json;
}

function namesOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function nameOf({ type, step }: IncidentEvent): string {
  return step === undefined ? type : `${type} ${step}`;
}

function shown(value: Json | undefined): string {
  return JSON.stringify(value ?? null);
}

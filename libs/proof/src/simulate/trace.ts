/**
 * A trace: what happened in a simulated incident, a line of JSON each, so that a change of the engine or of the playbook
 * shows as changed lines. Line 1 names the playbook and the opening, each further line an event:
 *
 *     {"trace":1,"playbook":"small","version":"1.0.0","digest":"…","language":1,"opening":{…},"opened":["a"],"state":"…"}
 *     {"at":"2026-01-05T01:00:00.000Z","by":"bob","roles":["responder"],"event":{"type":"step.complete","step":"a"},
 *      "outcome":"accepted","done":["a"],"opened":["b"],"state":"…"}
 *
 * `state` is the SHA-256 of the canonical JSON of the state (RFC 8785). `opened`, `done`, `undone` and `asks` (keys of
 * effects) are left out when empty. `by` is `cordon` where Cordon itself acts.
 */
import type { Effect, IncidentEvent } from '@cordon/engine';
import { toIso, type Json, type JsonObject } from '@cordon/kernel';
import { changesBetween, stateDigest } from './changes.js';
import type { Changes, SimulationOpening } from './model.js';
import type { Simulation } from './simulation.js';

/** Format of traces; another number is refused. */
export const TRACE_FORMAT = 1;

/** The trace as text, each line ended by a newline. */
export function traceOf({ machines, opening, opened, events }: Simulation): string {
  const { id, version, language } = machines.plan.playbook;
  const header: JsonObject = {
    ...{ trace: TRACE_FORMAT, playbook: id, version, digest: machines.digest, language },
    opening: openingJson(opening),
    ...outcomeJson(changesBetween(machines.plan, undefined, opened.state), opened.effects),
    state: stateDigest(opened.state),
  };
  const lines = events.map(
    ({ at, actor, event, outcome, rejection, effects, state, ...changes }): JsonObject => ({
      ...{ at: toIso(at), by: actor.id, roles: actor.roles },
      event: eventJson(event),
      outcome,
      ...(rejection ? { rejection: rejection as unknown as Json } : {}),
      ...outcomeJson(changes, effects),
      state,
    }),
  );
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function openingJson({ at, by, awareAt, onsetAt, facts, systems }: SimulationOpening): JsonObject {
  return {
    ...{ at: toIso(at), by, aware: toIso(awareAt) },
    ...(onsetAt === undefined ? {} : { onset: toIso(onsetAt) }),
    facts,
    systems: systems.map((system) => ({ ...system })),
  };
}

function eventJson({ type, step, data }: IncidentEvent): JsonObject {
  return { type, ...(step === undefined ? {} : { step }), ...(data === undefined ? {} : { data }) };
}

/** What an event did, as a line of a trace says it. */
export function outcomeJson({ done, opened, undone }: Changes, effects: readonly Effect[]): JsonObject {
  const lists = { done, opened, undone, asks: effects.map(({ key }) => key) };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

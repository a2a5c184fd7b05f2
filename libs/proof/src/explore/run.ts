/** Runs of the whole machine, event by event through `decide()`: what is replayed, shortened and handed out. */
import {
  armedTimers,
  decide,
  findInstance,
  openState,
  type Actor,
  type IncidentEvent,
  type IncidentState,
  type Machines,
} from '@cordon/engine';
import type { EpochMs, Json } from '@cordon/kernel';
import type { CaseEvent } from './model.js';
import { DOER } from './canonical.js';
import type { Edge } from './obligation.js';
import { nextRefused, NONE_REFUSED } from './refusals.js';

/** When the incidents of cases open; one minute lies between events. */
export const OPENED: EpochMs = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/** What is known when the incident opens. */
export interface Opening {
  readonly facts: Readonly<Record<string, Json>>;
  readonly systems: readonly string[];
}

/** Where a run stands. */
export interface Standing {
  readonly state: IncidentState;
  readonly refused: readonly string[];
  readonly at: EpochMs;
}

/** An incident that has just been opened so. */
export function opened(machines: Machines, { facts, systems }: Opening): Standing {
  const { state } = openState(machines, {
    at: OPENED,
    by: DOER,
    awareAt: OPENED,
    facts,
    systems: systems.map((id) => ({ id, name: id })),
  });
  return { state, refused: NONE_REFUSED, at: OPENED };
}

/** One event later; undefined when it is not accepted. */
export function after(
  machines: Machines,
  { state, refused }: Standing,
  { event, actor, at }: CaseEvent,
): Standing | undefined {
  const decision = decide(machines, state, event, actor, at);
  if (decision.outcome === 'rejected') return undefined;
  return { state: decision.state, refused: nextRefused(machines.plan, refused, event, state, decision), at };
}

/**
 * The event as it has to be sent now: a timer at its moment, a verdict with the key of the attempt it is about.
 * Undefined when there is no such timer.
 */
export function timed(
  machines: Machines,
  { state, at }: Standing,
  event: IncidentEvent,
  actor: Actor,
): CaseEvent | undefined {
  const next = at + MINUTE_MS;
  if (event.type === 'timer.fired') {
    const timer = armedTimers(machines.plan, state).get(
      typeof event.data?.timer === 'string' ? event.data.timer : '',
    );
    if (!timer) return undefined;
    const data = { timer: timer.id, fireAt: timer.fireAt };
    return { at: Math.max(next, timer.fireAt), actor, event: { ...event, data } };
  }
  if (event.type.startsWith('action.')) {
    const instance = findInstance(machines.plan, state, event.step ?? '');
    const rounds = instance?.system === undefined ? state.rounds : state.systems[instance.system]?.rounds;
    const round = rounds?.[instance?.planned.step.id ?? ''] ?? 0;
    return { at: next, actor, event: { ...event, data: { key: `action:${event.step ?? ''}#${round}` } } };
  }
  return { at: next, actor, event };
}

/** What happens on the way: the opening and every event; `ask` ends it by returning true. */
export interface Walked {
  readonly standing: Standing;
  /** Events that were accepted, as they were sent. */
  readonly events: readonly CaseEvent[];
  /** Ended by `ask`. */
  readonly hit: boolean;
}

/** Sends the events one after the other; those that are not accepted are left out. O(events) decisions. */
export function walk(
  machines: Machines,
  opening: Opening,
  events: readonly CaseEvent[],
  ask: (edge: Edge) => boolean,
): Walked {
  let standing = opened(machines, opening);
  const sent: CaseEvent[] = [];
  if (ask({ after: standing.state, refused: standing.refused })) return { standing, events: sent, hit: true };
  for (const { event, actor } of events) {
    const now = timed(machines, standing, event, actor);
    const next = now && after(machines, standing, now);
    if (!now || !next) continue;
    sent.push(now);
    const edge = { before: standing.state, event: now.event, after: next.state, refused: next.refused };
    standing = next;
    if (ask(edge)) return { standing, events: sent, hit: true };
  }
  return { standing, events: sent, hit: false };
}

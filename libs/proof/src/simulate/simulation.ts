/**
 * An incident that runs on the real engine without a database, on a clock that stands until it is moved. A simulation
 * is a value: every operation answers a new one and leaves the old one as it was, so going back is keeping the old one.
 * Same operations, same events, same states.
 */
import {
  armedTimers,
  decide,
  openState,
  type Actor,
  type Decision,
  type Effect,
  type IncidentEvent,
  type IncidentState,
  type Machines,
  type Timer,
} from '@cordon/engine';
import { invariant, type EpochMs, type JsonObject } from '@cordon/kernel';
import { changesBetween, stateDigest } from './changes.js';
import {
  MAX_SIMULATED_EVENTS,
  SimulationTooLong,
  SYSTEM_ACTOR,
  type ActionScript,
  type ActionVerdict,
  type SimulatedEvent,
  type SimulationOpening,
} from './model.js';

/** An incident and its clock at one moment, with all that has led there. Never changed. */
export interface Simulation {
  readonly machines: Machines;
  readonly opening: SimulationOpening;
  readonly actions: ActionScript;
  /** Where the clock stands. */
  readonly now: EpochMs;
  readonly state: IncidentState;
  /** Digest and effects of the state that the incident opened with. */
  readonly opened: { readonly state: IncidentState; readonly effects: readonly Effect[] };
  readonly events: readonly SimulatedEvent[];
}

/** A simulation after an event, and what the engine said to it. */
export interface Sent {
  readonly simulation: Simulation;
  readonly decision: Decision;
}

/**
 * Opens an incident. Actions that begin at once get their verdicts. Facts are taken as they are: whoever calls has
 * checked them against the playbook, as `readScript` does.
 */
export function openSimulation(
  machines: Machines,
  opening: SimulationOpening,
  actions: ActionScript = {},
): Simulation {
  const opened = openState(machines, opening);
  const first = { machines, opening, actions, now: opening.at, state: opened.state, opened, events: [] };
  return withVerdicts(first, opened.effects);
}

/**
 * Puts an event to the engine at the simulation's present moment. A rejection changes nothing but is kept among the
 * events. Actions that begin get their verdict from the script at the same moment. Throws `SimulationTooLong` at the
 * limit. Cost of `decide`, and O(steps × systems) to see what changed.
 */
export function send(simulation: Simulation, event: IncidentEvent, actor: Actor): Sent {
  if (simulation.events.length >= MAX_SIMULATED_EVENTS) throw new SimulationTooLong();
  const { machines, state: before, now } = simulation;
  const decision = decide(machines, before, event, actor, now);
  const state = decision.outcome === 'accepted' ? decision.state : before;
  const effects = decision.outcome === 'accepted' ? decision.effects : [];
  const kept: SimulatedEvent = {
    ...{ at: now, actor, event, outcome: decision.outcome, effects },
    ...(decision.outcome === 'rejected' ? { rejection: decision.rejection } : {}),
    state: stateDigest(state),
    ...changesBetween(machines.plan, before, state),
  };
  const next = { ...simulation, state, events: [...simulation.events, kept] };
  return { simulation: withVerdicts(next, effects), decision };
}

/** Moves the clock on, firing what is due on the way; see `advanceTo`. */
export function advance(simulation: Simulation, ms: number): Simulation {
  return advanceTo(simulation, simulation.now + ms);
}

/**
 * Moves the clock to a moment, never back. Timers that fall due until then fire in the order of their moments, and of
 * their ids at the same moment; a timer overdue already fires at once. Throws `SimulationTooLong` at the limit.
 */
export function advanceTo(simulation: Simulation, at: EpochMs): Simulation {
  let current = simulation;
  const refused = new Set<string>();
  for (;;) {
    const timer = nextTimer(current, refused);
    if (!timer || timer.fireAt > at) break;
    current = { ...current, now: Math.max(current.now, timer.fireAt) };
    const data: JsonObject = { timer: timer.id, fireAt: timer.fireAt };
    const sent = send(current, { type: 'timer.fired', data }, SYSTEM_ACTOR);
    if (sent.decision.outcome === 'rejected') refused.add(markOf(timer));
    current = sent.simulation;
  }
  return current.now >= at ? current : { ...current, now: at };
}

/** The timer that fires next; undefined when the incident waits for none. */
export function nextTimer(
  { machines, state }: Simulation,
  except: ReadonlySet<string> = new Set(),
): Timer | undefined {
  const armed = [...armedTimers(machines.plan, state).values()].filter((timer) => !except.has(markOf(timer)));
  for (const { id, fireAt } of armed)
    invariant(Number.isFinite(fireAt), `the timer ${id} has a moment to fire at`);
  return armed.sort((a, b) => a.fireAt - b.fireAt || (a.id < b.id ? -1 : 1))[0];
}

function markOf({ id, fireAt }: Timer): string {
  return `${id}@${fireAt}`;
}

/** Brings the verdicts of the actions that have just begun. */
function withVerdicts(simulation: Simulation, effects: readonly Effect[]): Simulation {
  return effects.reduce((current, effect) => {
    if (effect.kind !== 'action') return current;
    const verdict = verdictOf(current, effect);
    return verdict === 'pending' ? current : endAction(current, effect, verdict).simulation;
  }, simulation);
}

/** Brings the verdict of one action. One that the flow no longer waits for is rejected, as in a real incident. */
export function endAction(
  simulation: Simulation,
  { key, step }: Pick<Effect, 'key' | 'step'>,
  verdict: Exclude<ActionVerdict, 'pending'>,
): Sent {
  return send(simulation, { type: `action.${verdict}`, step, data: { key } }, SYSTEM_ACTOR);
}

function verdictOf({ actions, opened, events }: Simulation, { key, step }: Effect): ActionVerdict {
  const [base = step] = step.split('@');
  const script = ownOf(actions, step) ?? ownOf(actions, base) ?? [];
  const begun = [opened, ...events].flatMap(({ effects }) =>
    effects.filter((effect) => effect.kind === 'action' && effect.step === step).map((effect) => effect.key),
  );
  return script[begun.indexOf(key)] ?? 'succeeded';
}

function ownOf(actions: ActionScript, id: string): readonly ActionVerdict[] | undefined {
  return Object.hasOwn(actions, id) ? actions[id] : undefined;
}

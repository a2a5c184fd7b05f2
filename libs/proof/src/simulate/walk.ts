/** Walks an incident on by itself: what is open is done, what is asked is answered, until a step or the end is reached. */
import {
  closeBlockers,
  decide,
  findInstance,
  instances,
  isOpen,
  isReadyToClose,
  statusOf,
  type Actor,
  type Blocker,
  type IncidentEvent,
  type Instance,
} from '@cordon/engine';
import { settling, valueOf, type AnswerContext, type Choices } from './answers.js';
import type { Chance } from './random.js';
import { advance, advanceTo, nextTimer, send, type Simulation } from './simulation.js';
import { eventsFor } from './walk-events.js';
import { blockerWords, rejectionWords } from './words.js';

/** Where a walk goes, and how. */
export interface Walk {
  /** `closed`, or the step, or step instance, that is to become open. */
  readonly until: string;
  /** Who acts; the first who may do it does it. */
  readonly people: readonly Actor[];
  readonly choices: Choices;
  /** Steps that nobody touches, whatever falls due. */
  readonly hold: readonly string[];
  /** With chance, answers vary and things go wrong; without it everything goes as smoothly as the choices allow. */
  readonly chance?: Chance;
}

/** Where a walk has come to. */
export interface Walked {
  readonly simulation: Simulation;
  /** Why the walk could not go on; absent when it got where it was sent. */
  readonly stuck?: string;
}

const MAX_ROUNDS = 3_000;
const PAUSE_MS = 300_000;
const MAX_PAUSE_MS = 1_800_000;

/**
 * Walks. Everything goes through the engine, so a walk cannot do what a person could not. It ends after 3,000 events
 * of its own at the latest. Throws `SimulationTooLong` when timers go on for ever.
 */
export function walk(start: Simulation, options: Walk): Walked {
  let simulation = start;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (isThere(simulation, options.until)) return { simulation };
    if (simulation.state.status === 'closed') {
      return { simulation, stuck: `the incident is closed and "${options.until}" has not become open` };
    }
    const pause = options.chance ? Math.ceil(options.chance.next() * MAX_PAUSE_MS) : PAUSE_MS;
    const next = stepOn(advance(simulation, pause), options);
    if (typeof next === 'string') return { simulation, stuck: next };
    simulation = next;
  }
  return { simulation, stuck: `it is not at "${options.until}" after ${MAX_ROUNDS} events` };
}

function isThere({ machines, state }: Simulation, until: string): boolean {
  if (until === 'closed') return state.status === 'closed';
  return instances(machines.plan, state).some(
    ({ id, planned, record }) => (id === until || planned.step.id === until) && isOpen(statusOf(record)),
  );
}

/** The simulation one event on, or why there is none. */
function stepOn(simulation: Simulation, options: Walk): Simulation | string {
  const { machines, state } = simulation;
  const open = instances(machines.plan, state).filter(
    ({ id, planned, record }) =>
      isOpen(statusOf(record)) &&
      !planned.anytime &&
      !options.hold.includes(id) &&
      !options.hold.includes(planned.step.id),
  );
  const waiting = open.filter(isWaiting);
  const workable = open.filter((one) => !isWaiting(one));
  const order = options.chance ? options.chance.shuffled(workable) : workable;
  for (const one of order) {
    const next = tried(simulation, eventsFor(simulation, one, contextOf(simulation, options)), options);
    if (next) return next;
  }
  if (workable.length === 0 && isReadyToClose(machines.plan, state)) {
    const closed = tried(simulation, [{ type: 'incident.close' }], options);
    return closed ?? 'nobody among the people may close the incident: give one the role coordinator';
  }
  return (
    unblocked(simulation, options) ??
    waited(simulation, waiting, options) ??
    whyStuck(simulation, order, options)
  );
}

/** Steps that end by themselves, or when the world answers. */
function isWaiting({ planned, record }: Instance): boolean {
  const { kind } = planned.step;
  return kind === 'wait' || (kind === 'action' && record?.status === 'in_progress');
}

/** The first event that the engine takes from anybody; whose step it is is asked before those who may do every step. */
function tried(
  simulation: Simulation,
  events: readonly IncidentEvent[],
  { people }: Walk,
): Simulation | undefined {
  const { machines, state, now } = simulation;
  for (const event of events) {
    const roles = findInstance(machines.plan, state, event.step ?? '')?.planned.step.roles ?? [];
    const own = people.filter((one) => one.roles.some((role) => roles.includes(role)));
    const actor = [...own, ...people].find(
      (one) => decide(machines, state, event, one, now).outcome === 'accepted',
    );
    if (actor) return send(simulation, event, actor).simulation;
  }
  return undefined;
}

/** Nothing can be worked on: time passes, or what is waited for is ended by hand. */
function waited(simulation: Simulation, waiting: readonly Instance[], options: Walk): Simulation | undefined {
  const timer = nextTimer(simulation);
  if (timer) return advanceTo(simulation, timer.fireAt);
  const events = waiting.flatMap((one) => eventsFor(simulation, one, contextOf(simulation, options)));
  return tried(simulation, events, options);
}

/** An unknown fact is answered, a duty that was left out is done after all, a condition of closing is made to hold. */
function unblocked(simulation: Simulation, options: Walk): Simulation | undefined {
  for (const blocker of closeBlockers(simulation.machines.plan, simulation.state)) {
    const event = unblocking(simulation, blocker, options);
    const next = event && tried(simulation, event, options);
    if (next) return next;
  }
  return undefined;
}

function unblocking(
  simulation: Simulation,
  { code, fact, step, condition }: Blocker,
  options: Walk,
): readonly IncidentEvent[] | undefined {
  const { machines, state } = simulation;
  const { facts, closure } = machines.plan.playbook;
  const context = contextOf(simulation, options);
  const set = (id: string, value: ReturnType<typeof valueOf>): readonly IncidentEvent[] =>
    value === undefined ? [] : [{ type: 'fact.set', data: { fact: id, value } }];
  if (code === 'fact_unknown') {
    const asked = facts.find(({ id }) => id === fact);
    return asked && set(asked.id, valueOf(asked, context));
  }
  if (code === 'closure_condition') {
    const when = closure.find(({ id }) => id === condition)?.when;
    const settled = when && settling(when, facts, context);
    return settled && set(settled.fact, settled.value);
  }
  if (code !== 'duty_open' || step === undefined) return undefined;
  const instance = findInstance(machines.plan, state, step);
  if (!instance) return undefined;
  if (isOpen(statusOf(instance.record)))
    return eventsFor(simulation, instance, { ...context, chance: undefined });
  return [{ type: 'step.reopen', step, data: { reason: 'Simulated: the duty is still open' } }];
}

function contextOf({ state, now }: Simulation, { choices, chance }: Walk): AnswerContext {
  return { state, now, choices, chance };
}

/** What stands before closing, and how the engine answered what was tried on the first open step. */
function whyStuck(simulation: Simulation, open: readonly Instance[], options: Walk): string {
  const { machines, state, now } = simulation;
  const blockers = closeBlockers(machines.plan, state).map(blockerWords);
  const [first] = open;
  const [event] = first ? eventsFor(simulation, first, contextOf(simulation, options)) : [];
  const answers = event
    ? options.people.flatMap((one) => {
        const decision = decide(machines, state, event, one, now);
        return decision.outcome === 'rejected' ? [decision.rejection] : [];
      })
    : [];
  const answer = answers.find(({ code }) => code !== 'forbidden') ?? answers[0];
  const tried =
    event && answer ? `; ${event.type} ${event.step ?? ''} is refused: ${rejectionWords(answer)}` : '';
  return `nothing can be done: ${blockers.slice(0, 5).join('; ')}${tried}`;
}

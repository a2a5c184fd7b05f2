/** The incident's machine and the systems' machines, kept in step with each other until nothing moves. */
import { invariant, InvariantError, type EpochMs } from '@cordon/kernel';
import type { MachineContext, MachineEvent } from '@cordon/playbook';
import type { Instance } from './instances.js';
import { lifeOf } from './lives.js';
import type { Machines } from './machines.js';
import type { IncidentState, SystemState } from './model.js';

/**
 * Rounds of mutual adjustment; each one needs a gate to open, a system to finish or a decision to answer itself, so few
 * are ever used. A playbook has at most 20 decisions that set facts by themselves, in each system if they stand there.
 */
const MAX_ROUNDS = 200;
const MAX_ROUNDS_PER_SYSTEM = 20;

/** One step of the incident's machine; undefined when it does not accept the event. */
export function stepIncident(
  machines: Machines,
  state: IncidentState,
  event: MachineEvent,
): IncidentState | undefined {
  const next = machines.incident.step({ value: state.value, context: state }, event);
  if (!next) return undefined;
  // The machine's actions replace only members that MachineContext names; the rest of the state rides along.
  return { ...(next.context as IncidentState), value: next.value };
}

/** One step of one system's machine; undefined when it does not accept the event. */
export function stepSystem(
  machines: Machines,
  state: IncidentState,
  id: string,
  event: MachineEvent,
): IncidentState | undefined {
  const system = state.systems[id];
  invariant(system, `the incident has the system ${id}`);
  const next = machines.system.step({ value: system.value, context: systemContext(state, system) }, event);
  if (!next) return undefined;
  const { steps, rounds, turns, fired, facts } = next.context;
  const moved: SystemState = {
    ...system,
    value: next.value,
    steps,
    rounds,
    ...(turns ? { turns } : {}),
    ...(fired ? { fired } : {}),
    life: lifeOf(machines.plan, steps),
  };
  return { ...state, facts, systems: { ...state.systems, [id]: moved } };
}

/** One step of whichever machine the step instance belongs to; undefined when it does not accept the event. */
export function stepInstance(
  machines: Machines,
  state: IncidentState,
  { system }: Pick<Instance, 'system'>,
  event: MachineEvent,
): IncidentState | undefined {
  return system === undefined
    ? stepIncident(machines, state, event)
    : stepSystem(machines, state, system, event);
}

function systemContext(
  state: IncidentState,
  { steps, rounds, turns, fired }: Pick<SystemState, 'steps' | 'rounds' | 'turns' | 'fired'>,
): MachineContext {
  const own = { facts: state.facts, steps, systems: {}, gates: state.gates, rounds };
  return { ...own, ...(turns ? { turns } : {}), ...(fired ? { fired } : {}) };
}

/** Lets changed facts, opened gates and moved systems take effect everywhere. Pure and bounded. */
export function settle(
  machines: Machines,
  before: IncidentState,
  after: IncidentState,
  at: EpochMs,
): IncidentState {
  let seen = before;
  let state = after;
  const most = MAX_ROUNDS + MAX_ROUNDS_PER_SYSTEM * Object.keys(after.systems).length;
  for (let round = 0; round < most; round += 1) {
    const factsChanged = state.facts !== seen.facts;
    const gatesChanged = state.gates !== seen.gates;
    const systemsChanged = state.systems !== seen.systems;
    if (!factsChanged && !gatesChanged && !systemsChanged) return state;
    seen = state;
    if (factsChanged) state = stepIncident(machines, state, { type: 'facts.changed', at }) ?? state;
    if (systemsChanged)
      state = stepIncident(machines, state, { type: 'systems.changed', at, systems: state.systems }) ?? state;
    if (factsChanged || gatesChanged || state.gates !== seen.gates) {
      const type = factsChanged ? 'facts.changed' : 'gates.changed';
      for (const id of Object.keys(state.systems)) state = tickSystem(machines, state, id, { type, at });
    }
  }
  throw new InvariantError('the machines of the incident do not come to rest');
}

function tickSystem(
  machines: Machines,
  state: IncidentState,
  id: string,
  event: MachineEvent,
): IncidentState {
  const next = stepSystem(machines, state, id, event);
  const moved = next && JSON.stringify(next.systems[id]) !== JSON.stringify(state.systems[id]);
  return moved ? next : state;
}

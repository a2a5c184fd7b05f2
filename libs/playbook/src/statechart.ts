/** Compiled configuration to XState machines. With the engine's stepping, the only place that knows XState. */
import { assign, createMachine, type AnyStateMachine } from 'xstate';
import type { StateConfig } from './state-config.js';
import type { MachineContext, MachineEvent } from './context.js';
import { actions } from './machine-actions.js';
import { guards } from './machine-guards.js';

type Logic<R> = (ctx: MachineContext, event: MachineEvent, params: never) => R;
interface Args {
  context: MachineContext;
  event: MachineEvent;
}

/** A loop of eventless transitions ends after this many; a playbook cannot hang the process. */
const MAX_MICROSTEPS = 4000;

/** Builds the machine. Same configuration, same behaviour: guards and actions are pure and looked up by name. */
export function buildMachine(config: StateConfig): AnyStateMachine {
  const guardTable = Object.fromEntries(
    Object.entries(guards).map(([name, guard]) => [
      name,
      ({ context, event }: Args, params: unknown) =>
        (guard as Logic<boolean>)(context, event, params as never),
    ]),
  );
  const actionTable = Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      assign(({ context, event }: Args, params: unknown) =>
        (action as Logic<Partial<MachineContext>>)(context, timed(event, context), (params ?? {}) as never),
      ),
    ]),
  );
  const implementations = { guards: guardTable, actions: actionTable };
  return createMachine(
    {
      ...config,
      context: ({ input }: { input: unknown }) => (input ?? EMPTY) as MachineContext,
      options: { maxIterations: MAX_MICROSTEPS },
    } as never,
    implementations as never,
  );
}

/**
 * When the regions of a parallel state have all ended, XState takes an event of its own, which knows no time: what
 * happens then happens at the time of the event that ended them.
 */
function timed(event: MachineEvent, { now }: MachineContext): MachineEvent {
  const { at = now } = event as Partial<MachineEvent>;
  return at === undefined || at === event.at ? event : { ...event, at };
}

const EMPTY: MachineContext = { facts: {}, steps: {}, systems: {}, gates: [], rounds: {} };

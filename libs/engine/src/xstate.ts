/** XState as a pure function over JSON. With the playbook's machine builder, the only place that knows XState. */
import { createActor, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import { InvariantError, type Json } from '@cordon/kernel';
import type { MachineContext, MachineEvent } from '@cordon/playbook';

export interface MachineState {
  readonly value: Json;
  readonly context: MachineContext;
}

/** A compiled machine that can be stepped. Stateless: the same input gives the same output. */
export interface Stepper {
  /** The next state, or undefined when the machine does not accept the event. */
  step(state: MachineState, event: MachineEvent): MachineState | undefined;
}

/**
 * XState's own `transition()` builds the machine's whole initial state again on every call; one inert, never started
 * actor per machine is scope enough for machines without child actors, and about four times as fast. A test holds the
 * two against each other.
 */
export function createStepper(machine: AnyStateMachine): Stepper {
  const self = createActor(machine, { input: NOTHING });
  const scope = {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: ignore,
    defer: ignore,
    stopChild: ignore,
    emit: ignore,
    actionExecutor: ignore,
  } as unknown as AnyActorScope;
  const restore = ({ value, context }: MachineState): AnyMachineSnapshot =>
    machine.resolveState({ value: value as never, context }) as AnyMachineSnapshot;
  return {
    step(state, event) {
      const before = restore(state);
      const after = machine.transition(before as never, event, scope) as AnyMachineSnapshot;
      return after === before ? undefined : read(after);
    },
  };
}

const NOTHING: MachineContext = { facts: {}, steps: {}, systems: {}, gates: [], rounds: {} };

function ignore(): void {
  // Compiled machines have no actors, so there is nothing to defer, stop or emit.
}

function read(snapshot: AnyMachineSnapshot): MachineState {
  if (snapshot.status === 'error')
    throw new InvariantError('a guard or an action of the machine failed', { cause: snapshot.error });
  return { value: snapshot.value as Json, context: snapshot.context };
}

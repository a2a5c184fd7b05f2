/** What a simulation is given, and what it keeps of each event. */
import type { Actor, Effect, IncidentEvent, NewSystem, Rejection } from '@cordon/engine';
import type { EpochMs, Json } from '@cordon/kernel';

/** What becomes of an action: carried out, refused by the world, or no answer. */
export type ActionVerdict = 'succeeded' | 'failed' | 'pending';

/** How the incident opens; as the `Opening` of the engine, whose checks are the caller's. */
export interface SimulationOpening {
  readonly at: EpochMs;
  /** Id of the person who opens the incident. */
  readonly by: string;
  readonly awareAt: EpochMs;
  readonly onsetAt?: EpochMs;
  readonly facts: Readonly<Record<string, Json>>;
  readonly systems: readonly NewSystem[];
}

/** Verdicts of an action's attempts in their order, by step or step instance; later attempts succeed. */
export type ActionScript = Readonly<Record<string, readonly ActionVerdict[]>>;

/** What an event did to the steps: ids of step instances, in flow order. */
export interface Changes {
  /** Open now and not before. */
  readonly opened: readonly string[];
  /** Completed, skipped by a person, or failed for good by this event. */
  readonly done: readonly string[];
  /** Done before, and to be done again. */
  readonly undone: readonly string[];
}

/** One event as it was decided. */
export interface SimulatedEvent extends Changes {
  readonly at: EpochMs;
  readonly actor: Actor;
  readonly event: IncidentEvent;
  readonly outcome: 'accepted' | 'rejected';
  readonly rejection?: Rejection;
  /** Hex SHA-256 of the canonical JSON of the state after the event. */
  readonly state: string;
  readonly effects: readonly Effect[];
}

/** Cordon itself: it fires timers and brings verdicts. */
export const SYSTEM_ACTOR: Actor = { type: 'system', id: 'cordon', roles: [] };

/** As many events as one simulation takes; a playbook whose timers lead in a circle would go on for ever. */
export const MAX_SIMULATED_EVENTS = 20_000;

/** The simulation has come to its limit of events. The message says what to look for. */
export class SimulationTooLong extends Error {
  override readonly name = 'SimulationTooLong';

  constructor() {
    super(
      `the simulation stops after ${MAX_SIMULATED_EVENTS} events: advance the clock less far, or look for timers that lead in a circle`,
    );
  }
}

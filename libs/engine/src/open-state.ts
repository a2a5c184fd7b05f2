/** The first state of an incident, and a system's entry into it. */
import { invariant, type EpochMs, type Json } from '@cordon/kernel';
import type { FactRecord } from '@cordon/playbook';
import { effectsOf } from './effects.js';
import type { Machines } from './machines.js';
import type { Effect, IncidentState, SystemState } from './model.js';
import type { Tlp } from './tlp.js';
import { settle, stepIncident, stepSystem } from './settle.js';

export interface NewSystem {
  readonly id: string;
  readonly name: string;
  readonly kind?: string;
  readonly foundLater?: boolean;
}

export interface Opening {
  readonly at: EpochMs;
  readonly by: string;
  readonly awareAt: EpochMs;
  readonly onsetAt?: EpochMs;
  /** Checked and in their one spelling. */
  readonly facts: Readonly<Record<string, Json>>;
  readonly systems: readonly NewSystem[];
  readonly tlp?: Tlp;
}

/** The state an incident opens with, the first steps ready, and what it asks of the world at once. Pure. */
export function openState(
  machines: Machines,
  opening: Opening,
): { readonly state: IncidentState; readonly effects: readonly Effect[] } {
  const facts: Record<string, FactRecord> = {};
  for (const [id, value] of Object.entries(opening.facts))
    facts[id] = { value, at: opening.at, by: opening.by };
  const blank: IncidentState = {
    format: 1,
    status: 'open',
    value: 'new',
    openedAt: opening.at,
    members: [opening.by],
    ...(opening.tlp === undefined ? {} : { tlp: opening.tlp }),
    awareAt: opening.awareAt,
    ...(opening.onsetAt === undefined ? {} : { onsetAt: opening.onsetAt }),
    facts,
    steps: {},
    systems: {},
    gates: [],
    rounds: {},
  };
  let state = blank;
  for (const system of opening.systems) state = withSystem(machines, state, system, opening.at);
  const opened = stepIncident(machines, state, { type: 'incident.open', at: opening.at });
  invariant(opened, 'a new incident opens');
  const settled = settle(machines, blank, opened, opening.at);
  return { state: settled, effects: effectsOf(machines.plan, blank, settled) };
}

/** The state with one more affected system, its own machine at the first gate. */
export function withSystem(
  machines: Machines,
  state: IncidentState,
  system: NewSystem,
  at: EpochMs,
): IncidentState {
  const fresh: SystemState = {
    name: system.name,
    ...(system.kind === undefined ? {} : { kind: system.kind }),
    ...(system.foundLater ? { foundLater: true as const } : {}),
    addedAt: at,
    life: 'affected',
    value: 'new',
    steps: {},
    rounds: {},
  };
  const added = { ...state, systems: { ...state.systems, [system.id]: fresh } };
  const joined = stepSystem(machines, added, system.id, { type: 'system.join', at });
  invariant(joined, 'a new system joins');
  return joined;
}

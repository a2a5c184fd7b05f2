/** What can be asked of an incident in a state, by a person, a timer or the verdict of an action. */
import {
  acceptedBy,
  armedTimers,
  findInstance,
  instanceId,
  isReadyToClose,
  type Actor,
  type IncidentEvent,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import type { Json, JsonObject } from '@cordon/kernel';
import type { Domain } from './fact-values.js';
import { outputsOf } from './outputs.js';
import { approverName, DOER } from './canonical.js';

/** `forward` brings the incident on, `idle` leaves it where it is, `back` undoes what was done. */
export type Direction = 'forward' | 'idle' | 'back';

/** Something that can be asked of the incident. */
export interface Move {
  readonly event: IncidentEvent;
  readonly actor: Actor;
  readonly direction: Direction;
  /** Facts of the exploration that the event itself sets. */
  readonly sets?: Readonly<Record<string, Json>>;
  /** It is about a step that counts as done, or about a fact that no guard sees change. */
  readonly beside?: true;
  /** Either value of the fact does: the one that it does not have. */
  readonly values?: readonly [Json, Json];
}

/** Who acts: people who may do everything, so that only the two-person rule can refuse them, and Cordon itself. */
export interface People {
  readonly doer: Actor;
  readonly approver: (index: number) => Actor;
  readonly cordon: Actor;
}

/** The people of this playbook: each may play every role that it declares. */
export function peopleOf({ plan }: Machines): People {
  const roles = [...new Set([...plan.playbook.roles.map(({ id }) => id), 'coordinator', 'administrator'])];
  const person = (id: string): Actor => ({ type: 'person', id, roles });
  return {
    doer: person(DOER),
    approver: (index) => person(approverName(index)),
    cordon: { type: 'system', id: 'cordon', roles: [] },
  };
}

const BECAUSE = 'because';

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  'step.start': 'idle',
  'step.problem': 'idle',
  'step.reopen': 'back',
  'approval.refuse': 'back',
};

/** Events on these steps, timers and verdicts included. O(steps × systems). */
export function stepMoves(
  machines: Machines,
  people: People,
  state: IncidentState,
  steps: Iterable<string>,
  domains: readonly Domain[],
): readonly Move[] {
  const moves: Move[] = [];
  const wanted = new Set<string>();
  for (const step of steps) {
    const perSystem = machines.plan.steps.get(step)?.each !== undefined;
    for (const system of perSystem ? Object.keys(state.systems) : [undefined]) {
      const instance = findInstance(machines.plan, state, instanceId(step, system));
      if (!instance) continue;
      wanted.add(instance.id);
      for (const type of acceptedBy(instance, state))
        if (!type.startsWith('task.')) moves.push(...asked(people, instance, type, domains));
      moves.push(...evidence(people, state, instance), ...verdicts(people, state, instance));
    }
  }
  for (const { id, fireAt, kind, instance } of armedTimers(machines.plan, state).values()) {
    if (!wanted.has(instance.id) || kind === 'due' || kind === 'remind' || kind === 'escalate') continue;
    const event = { type: 'timer.fired', data: { timer: id, fireAt } };
    moves.push({ event, actor: people.cordon, direction: 'forward' });
  }
  return moves;
}

/** The event on the step in every way that matters. A kind of event that is new here is asked with a reason and nothing else. */
function asked(
  people: People,
  instance: Instance,
  type: string,
  domains: readonly Domain[],
): readonly Move[] {
  const { planned, id, record, system } = instance;
  const { step } = planned;
  const direction = DIRECTIONS[type] ?? 'forward';
  const move = (data: JsonObject, actor = people.doer): Move => ({
    event: { type, step: id, data },
    actor,
    direction,
  });
  if (type === 'step.complete') {
    return outputsOf(step, domains).map(({ output, sets }) => ({ ...move(output ? { output } : {}), sets }));
  }
  if (type === 'step.start') return [move({})];
  if (type === 'step.skip') return [move({ reason: step.skip?.reasons[0]?.id ?? BECAUSE })];
  if (type.startsWith('approval.'))
    return [move({ reason: BECAUSE }, people.approver(record?.approvedBy?.length ?? 0))];
  if (type.startsWith('system.')) return [move({ system: system ?? '' })];
  return [move({ reason: BECAUSE })];
}

/** Evidence that the step still needs. */
function evidence(people: People, state: IncidentState, { planned, id }: Instance): readonly Move[] {
  const { evidence: needed } = planned.step;
  const counts = 'evidence' in state ? state.evidence : {};
  if (!needed || state.status === 'closed' || (counts[id] ?? 0) >= needed.min) return [];
  const event = { type: 'evidence.add', step: id, data: { name: 'item' } };
  return [{ event, actor: people.doer, direction: 'idle' }];
}

/** What may become of an action that is under way, even while the flow has gone back. */
function verdicts(people: People, state: IncidentState, instance: Instance): readonly Move[] {
  const { planned, record, system, id } = instance;
  if (planned.step.kind !== 'action' || record?.status !== 'in_progress' || state.status === 'closed')
    return [];
  const rounds = (system === undefined ? state.rounds : state.systems[system]?.rounds) ?? {};
  const key = `action:${id}#${rounds[planned.step.id] ?? 0}`;
  const verdict = (type: string, direction: Direction): Move => ({
    event: { type, step: id, data: { key } },
    actor: people.cordon,
    direction,
  });
  return [verdict('action.succeeded', 'forward'), verdict('action.failed', 'idle')];
}

/** How many systems there may be, and which phases are opened again. */
export interface IncidentMoves {
  readonly systems: number;
  readonly phases: readonly string[];
}

/** Events on the incident as a whole, facts aside. */
export function incidentMoves(
  { plan }: Machines,
  people: People,
  state: IncidentState,
  { systems, phases }: IncidentMoves,
): readonly Move[] {
  const move = (type: string, data: JsonObject, direction: Direction): Move => ({
    event: { type, data },
    actor: people.doer,
    direction,
  });
  if (state.status === 'closed') return [move('incident.reopen', { reason: BECAUSE }, 'back')];
  const closing = isReadyToClose(plan, state) ? [move('incident.close', {}, 'forward')] : [];
  const known = Object.keys(state.systems).length;
  const found = known < systems ? [move('system.add', systemData(known), 'back')] : [];
  return [
    ...closing,
    ...found,
    ...phases.map((phase) => move('phase.reopen', { phase, reason: BECAUSE }, 'back')),
  ];
}

/** The affected systems, counted from 0. */
export function systemName(index: number): string {
  return `system-${index + 1}`;
}

function systemData(index: number): JsonObject {
  return { id: systemName(index), name: systemName(index) };
}

/** Somebody sets the fact; without a value, to unknown. */
export function factMove(people: People, fact: string, value: Json | undefined): Move {
  const event = { type: 'fact.set', data: { fact, value: value ?? 'unknown' } };
  return { event, actor: people.doer, direction: 'idle' };
}

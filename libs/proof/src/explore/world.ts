/**
 * The machine as an exploration sees it: some steps are followed, every other counts as done, and facts are classes of
 * combinations. With all steps followed and every combination apart it is the whole machine. Every transition is one of
 * `decide()`.
 */
import { decide, openState, type IncidentEvent, type IncidentState, type Machines } from '@cordon/engine';
import { invariant } from '@cordon/kernel';
import {
  factsOf,
  type Facts,
  type Guard,
  type Plan,
  type StepRecord,
  type StepRecords,
} from '@cordon/playbook';
import { canonical, canonOf, isHardDone, keyOf, knownFacts, type Canon, type Names } from './canonical.js';
import { domainsOf, stepGuards, type Domain } from './fact-values.js';
import { factMove, incidentMoves, peopleOf, stepMoves, systemName, type Move, type People } from './moves.js';
import { lapseMoves } from './lapses.js';
import { leanMachines } from './lean.js';
import { nextRefused, NONE_REFUSED, subjectsOf } from './refusals.js';
import { dependenciesOf, type Structure } from './structure.js';
import { factsAt, indexOf, valuationsOf, type Valuations } from './valuations.js';

/** A slice of the machine, or the whole of it, ready to be explored. */
export interface World {
  readonly machines: Machines;
  /** The same machines as far as the world can tell, without the gates of steps that it takes as done. */
  readonly lean: Machines;
  readonly structure: Structure;
  readonly people: People;
  readonly canon: Canon;
  readonly names: Names;
  readonly valuations: Valuations;
  /** Affected systems at most. */
  readonly systems: number;
  readonly phases: readonly string[];
  /** Whether the latest verdicts on approvals are part of the state. */
  readonly verdicts: boolean;
  /** What came of changed facts, by all that it depends on. */
  readonly changed: Map<string, Taken> | undefined;
}

/** A state of the world: canonical, its facts those that stand for their class. */
export interface Spot {
  readonly state: IncidentState;
  /** Class of its facts. */
  readonly facts: number;
  /** Approvals whose latest verdict is a refusal, or that have lapsed since. */
  readonly refused: readonly string[];
}

/** How a spot was reached: the combination of facts it was done with, and what was done. */
export interface Via {
  readonly from: number;
  readonly move: Move;
}

/** None, those that differ in a fact that the steps of the slice read, or all. */
export type Apart = 'none' | 'own' | 'all';

/** What a world is made from. */
export interface Seed {
  readonly structure: Structure;
  readonly machines: Machines;
  readonly names: Names;
  readonly systems: number;
  readonly steps: Iterable<string>;
  readonly guards: readonly Guard[];
  readonly verdicts: boolean;
  /** Combinations of facts that are told apart although no guard does; none unless told. */
  readonly apart?: Apart;
  /** Leave out what closing asks beside the steps: the slice may then not come to closing. */
  readonly open?: boolean;
  /** False: walk through the gate of every step, and remember nothing. Slower; for tests. */
  readonly shortcuts?: boolean;
}

/** The slice of these steps and all they depend on. */
export function sliceOf(seed: Seed): World {
  const { structure, machines, guards } = seed;
  const { plan } = machines;
  const steps = dependenciesOf(structure, seed.steps);
  const followed = [...plan.steps.values()].filter(({ step }) => steps.has(step.id));
  const own = followed.flatMap(({ step }) => stepGuards(step));
  const read = [...own, ...guards, ...(seed.open ? [] : closingGuards(plan, steps))];
  const domains = domainsOf(plan.playbook, read);
  const setsItself = followed.some(
    ({ step }) =>
      step.kind === 'decision' && step.answers.some((answer) => answer.when && setsAny(answer.set, domains)),
  );
  const perSystem = followed.some(({ each }) => each !== undefined);
  const canon = canonOf(plan, steps);
  const told = new Set([...boundFacts(plan, steps), ...(seed.apart === 'own' ? own.flatMap(factsOf) : [])]);
  return {
    machines,
    // Where a refusal leads is asked of the machine before what is not followed is got by.
    lean: seed.verdicts || seed.shortcuts === false ? machines : leanMachines(machines, canon.done),
    structure,
    people: peopleOf(machines),
    canon,
    names: seed.names,
    valuations: valuationsOf(domains, read, setsItself || seed.apart === 'all' || told),
    systems: perSystem ? seed.systems : 0,
    phases: perSystem ? [...plan.phases.keys()] : [],
    verdicts: seed.verdicts,
    changed: seed.shortcuts === false ? undefined : new Map(),
  };
}

/** Conditions of closing that the steps of the slice, or none at all, can settle. */
function closingGuards({ playbook, steps }: Plan, followed: ReadonlySet<string>): readonly Guard[] {
  const duties = playbook.duties.filter(({ id }) => {
    const settling = settlersOf(steps, id);
    return settling.length === 0 || settling.some((step) => followed.has(step));
  });
  return [...playbook.closure.map(({ when }) => when), ...duties.flatMap(({ when }) => when ?? [])];
}

/** Steps that perform the duty, and decisions that may waive it. */
export function settlersOf(steps: Plan['steps'], duty: string): readonly string[] {
  return [...steps.values()]
    .filter(
      ({ step }) =>
        step.duty === duty ||
        (step.kind === 'decision' && step.answers.some(({ waives }) => waives === duty)),
    )
    .map(({ step }) => step.id);
}

function setsAny(set: Readonly<Record<string, unknown>>, domains: readonly Domain[]): boolean {
  return domains.some(({ fact }) => fact in set);
}

/** The facts that any guard of the playbook reads, and these. */
export function everyDomain({ plan }: Machines, guards: readonly Guard[]): readonly Domain[] {
  const read = [...plan.steps.values()].flatMap(({ step }) => stepGuards(step));
  const closing = closingGuards(plan, new Set(plan.steps.keys()));
  return domainsOf(plan.playbook, [...read, ...guards, ...closing]);
}

/** The whole machine, without reduction. */
export function wholeOf(seed: Omit<Seed, 'steps'>): World {
  const { plan } = seed.machines;
  return {
    machines: seed.machines,
    lean: seed.machines,
    structure: seed.structure,
    people: peopleOf(seed.machines),
    canon: canonOf(plan, new Set(plan.steps.keys())),
    names: seed.names,
    valuations: valuationsOf(everyDomain(seed.machines, seed.guards), [], true),
    systems: plan.eaches.size > 0 ? seed.systems : 0,
    phases: [...plan.phases.keys()],
    verdicts: seed.verdicts,
    changed: seed.shortcuts === false ? undefined : new Map(),
  };
}

/** Every way in which an incident may open. */
export function* openings(world: World): Generator<Spot & { readonly from: number }> {
  const { valuations, machines } = world;
  for (const [facts, members] of valuations.members.entries()) {
    const from = members[0] ?? 0;
    for (let systems = 0; systems <= world.systems; systems += 1) {
      const { state } = openState(machines, {
        at: 0,
        by: world.people.doer.id,
        awareAt: 0,
        facts: plainFacts(factsAt(valuations, from)),
        systems: Array.from({ length: systems }, (_, i) => ({ id: systemName(i), name: systemName(i) })),
      });
      yield { ...project(world, state, NONE_REFUSED), facts, from };
    }
  }
}

/** The values alone, as an incident is opened with them. */
export function plainFacts(facts: Facts): Record<string, NonNullable<Facts[string]>['value']> {
  return Object.fromEntries(Object.entries(facts).map(([id, { value }]) => [id, value]));
}

/** The spot that a state of the whole machine is seen as. */
export function project(world: World, state: IncidentState, refused: readonly string[]): Spot {
  const { valuations } = world;
  const facts = valuations.classOf[indexOf(valuations, state.facts)] ?? 0;
  const standing = {
    ...state,
    facts: factsAt(valuations, valuations.members[facts]?.[0] ?? 0),
    // A slice that follows no step of a system does not see that there are any: all of them are through.
    ...(world.systems === 0 ? { systems: {} } : {}),
  };
  const through = state.status === 'closed' ? standing : passedThrough(world, standing);
  const followed = world.verdicts
    ? refused.filter((id) => world.canon.steps.has(id.split('@')[0] ?? id))
    : NONE_REFUSED;
  return { state: canonical(world.canon, through), facts: classOfFacts(world, through), refused: followed };
}

/** The same for two spots exactly when they are the same; see `keyOf`. */
export function spotKey(world: World, { state, facts, refused }: Spot): string {
  const key = keyOf(world.canon, world.names, facts, state);
  return refused.length === 0 ? key : `${key} ${refused.join()}`;
}

/** One transition: `raw` is the state as `decide()` leaves it, before what is not followed is got by. */
export interface Taken {
  readonly after: Spot;
  readonly raw: IncidentState;
  /** An approval that is followed has lapsed. */
  readonly lapses: boolean;
}

/** A transition with what led to it. */
export interface Step extends Taken {
  readonly via: Via;
}

/** Everything that can be done, with what comes of it; refused events are left out. */
export function* steps(world: World, spot: Spot): Generator<Step> {
  const { valuations, people, machines, canon } = world;
  const { domains } = valuations;
  const moves = [
    ...stepMoves(machines, people, spot.state, canon.steps, domains),
    ...incidentMoves(machines, people, spot.state, world),
  ];
  for (const move of moves) {
    for (const from of standingFor(world, spot, move)) {
      const taken = take(world, spot, { from, move });
      if (taken) yield { via: { from, move }, ...taken };
    }
  }
  if (spot.state.status === 'closed') return;
  const [standing = 0] = valuations.members[spot.facts] ?? [];
  for (const move of lapseMoves(machines, people, spot.state, canon.steps, domains)) {
    const via = { from: standing, move };
    const taken = take(world, spot, via);
    invariant(taken, `an approval can lapse by ${move.event.type}`);
    yield { via, ...taken };
  }
  // Facts aside: what a changed fact does depends on the facts there are then, not on those there were; but an approval
  // that is bound to it lapses.
  const beside = world.changed && spotKey(world, { ...spot, facts: 0 });
  const bound = boundFacts(machines.plan, canon.steps);
  for (const { from, to, fact, value } of valuations.crossings[spot.facts] ?? []) {
    const via = { from, move: factMove(people, fact, value) };
    const key = `${valuations.classOf[to]} ${bound.includes(fact) ? fact : ''} ${beside}`;
    const taken = world.changed?.get(key) ?? take(world, spot, via);
    invariant(taken, `the fact ${fact} can be set while the incident is open`);
    if (world.changed) remember(world.changed, key, taken);
    yield { via, ...taken };
  }
}

/** A change of these is noticed though no guard does: an approval that is followed lapses. */
function boundFacts(plan: Plan, followed: ReadonlySet<string>): readonly string[] {
  return [...subjectsOf(plan)].flatMap(([id, { facts }]) => (followed.has(id) ? facts : []));
}

/** Transitions remembered per world: each is a state. */
const MAX_REMEMBERED = 20_000;

function remember(changed: Map<string, Taken>, key: string, taken: Taken): void {
  if (changed.size >= MAX_REMEMBERED) changed.clear();
  changed.set(key, taken);
}

/** Members of the class from which the event leads to different classes; one for each. */
function standingFor({ valuations }: World, spot: Spot, { sets }: Move): readonly number[] {
  const members = valuations.members[spot.facts] ?? [];
  const first = members.slice(0, 1);
  if (!sets || Object.keys(sets).length === 0 || members.length === 1) return first;
  const assigned = Object.fromEntries(Object.entries(sets).map(([id, value]) => [id, { value, at: 0 }]));
  const found = new Map<number, number>();
  for (const member of members) {
    const to = valuations.classOf[indexOf(valuations, { ...factsAt(valuations, member), ...assigned })] ?? 0;
    if (!found.has(to)) found.set(to, member);
  }
  return [...found.values()];
}

/** Everything in a spot was done at 0. What is done over is another outcome, though it be the same: it is of another time. */
const LATER = 1;

/** What comes of it; undefined when the incident does not accept the event. */
export function take(world: World, spot: Spot, { from, move }: Via): Taken | undefined {
  const { valuations, canon } = world;
  // Only the machine as it was compiled can open a step again that counts as done.
  const machines = move.beside ? world.machines : world.lean;
  const standing =
    from === valuations.members[spot.facts]?.[0]
      ? spot.state
      : { ...spot.state, facts: factsAt(valuations, from) };
  const decision = decide(machines, standing, move.event, move.actor, LATER);
  if (decision.outcome === 'rejected') return undefined;
  const refused = world.verdicts
    ? nextRefused(machines.plan, spot.refused, move.event, standing, decision)
    : NONE_REFUSED;
  const lapses = Object.keys(decision.lapsed ?? {}).some((id) => canon.steps.has(id.split('@')[0] ?? id));
  return { after: project(world, decision.state, refused), raw: decision.state, lapses };
}

function classOfFacts({ valuations }: World, { facts }: Pick<IncidentState, 'facts'>): number {
  return valuations.classOf[indexOf(valuations, knownFacts(facts))] ?? 0;
}

/** The flow gets by everything that is not followed: those steps are done, and it is entered anew. */
function passedThrough(world: World, state: IncidentState): IncidentState {
  const own = withDone(world.canon, state.steps, false);
  let changed = own !== state.steps;
  const systems = Object.fromEntries(
    Object.entries(state.systems).map(([id, system]) => {
      const records = withDone(world.canon, system.steps, true);
      if (records === system.steps) return [id, system];
      changed = true;
      const { gates, facts } = state;
      const context = { facts, gates, steps: records, systems: {}, rounds: system.rounds, ...pick(system) };
      const next = world.machines.system.step(
        { value: system.value, context },
        { type: 'step.reopen', at: 0, clear: [] },
      );
      invariant(next, `the system ${id} enters its flow anew`);
      return [id, { ...system, value: next.value, steps: next.context.steps }];
    }),
  );
  if (!changed) return state;
  const closed = { ...state, steps: own, systems, status: 'closed', value: 'closed', closedAt: 0 } as const;
  const event: IncidentEvent = { type: 'incident.reopen', data: { reason: 'the flow is entered anew' } };
  const decision = decide(world.machines, closed, event, world.people.doer, 0);
  invariant(decision.outcome === 'accepted', 'the flow is entered anew');
  return passedThrough(world, decision.state);
}

function pick(system: object): object {
  return 'turns' in system ? { turns: system.turns } : {};
}

function withDone({ plan, done }: Canon, records: StepRecords, perSystem: boolean): StepRecords {
  let to: Record<string, StepRecord> | undefined;
  for (const [id, record] of done) {
    if (records[id] === record) continue;
    const planned = plan.steps.get(id);
    if (planned?.anytime || (planned?.each !== undefined) !== perSystem || isHardDone(records[id])) continue;
    to ??= { ...records };
    to[id] = record;
  }
  return to ?? records;
}

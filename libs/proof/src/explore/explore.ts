/** Every property of a playbook, proved or broken by a case; see docs/adr/0007. */
import type { IncidentState, Machines } from '@cordon/engine';
import { Names } from './canonical.js';
import { lift, type Lifted } from './lift.js';
import type { Case, ExploreOptions, ExploreReport, Progress, PropertyVerdict } from './model.js';
import { isOfSlice, type Edge, type Named, type Obligation } from './obligation.js';
import { propertiesOf } from './properties.js';
import { OPENED, walk, type Walked } from './run.js';
import { isAlone, isSpent, search, type Broken, type Budget, type Searched } from './search.js';
import { shrink } from './shrink.js';
import { shorterThan, type Effort, type Goal } from './shortest.js';
import { slicesOf, wholeWorldOf, worldOf, type Ground, type Slice } from './slices.js';
import { structureOf } from './structure.js';
import { combinationsOf, TooManyCombinations } from './valuations.js';
import { everyDomain, project, spotKey, type World } from './world.js';

const DEFAULT_STATES = 1_000_000;
const DEFAULT_EFFORT = 20_000;
/** Runs that break the same property, tried from the shortest until one can be had in the whole machine. */
const MAX_TRIED = 6;

/** What came of one slice, or of the whole machine. */
interface Explored {
  readonly world: World;
  readonly searched: Searched;
  readonly obligations: readonly Obligation[];
}

interface Exploration {
  readonly ground: Ground;
  readonly options: ExploreOptions;
  readonly budget: Budget;
  readonly obligations: readonly Obligation[];
  readonly explored: readonly Explored[];
}

/** Explores a compiled playbook to its end; see `exploring`. */
export function explore(machines: Machines, options: ExploreOptions = {}): ExploreReport {
  const run = exploring(machines, options);
  for (let next = run.next(); ; next = run.next()) if (next.done) return next.value;
}

/**
 * Explores a compiled playbook, and yields before each slice, so that the caller can show how far it is and let go of
 * it. Pure but for the caller's clock in `options`; a bound that is hit is named in the report, and what it left open
 * is `unknown`. Cost: the sum of the slices, not the product of the steps; without reduction, the product.
 */
export function* exploring(
  machines: Machines,
  options: ExploreOptions = {},
): Generator<Progress, ExploreReport, undefined> {
  const now = options.now ?? (() => 0);
  const began = now();
  const structure = structureOf(machines.plan);
  const ground: Ground = { machines, structure, names: new Names(), systems: options.systems ?? 1 };
  const { named, obligations, notices } = propertiesOf(structure, options.explain === true);
  const budget: Budget = {
    states: 0,
    transitions: 0,
    maxStates: options.maxStates ?? DEFAULT_STATES,
    expired: options.expired ?? (() => false),
  };
  const outcome =
    options.reduction === 'none'
      ? whole(ground, obligations, budget)
      : yield* sliced(ground, obligations, budget);
  const exploration: Exploration = { ground, options, budget, ...outcome };
  const properties = named.map((property) => verdictOn(exploration, property));
  const { id, version } = machines.plan.playbook;
  return {
    playbook: { id, version, digest: machines.digest },
    properties,
    notices,
    ...boundOf(budget),
    figures: {
      slices: outcome.explored.length,
      states: budget.states,
      transitions: budget.transitions,
      factCombinations: combinationsOf(
        everyDomain(
          machines,
          obligations.flatMap(({ guards }) => guards),
        ),
      ),
      systems: machines.plan.eaches.size > 0 ? ground.systems : 0,
      elapsedMs: Math.round(now() - began),
    },
  };
}

function boundOf({ bound, leftOut }: Budget): Pick<ExploreReport, 'bound'> {
  const hit = bound ?? leftOut;
  return hit === undefined ? {} : { bound: hit };
}

/** What was explored, and what was asked. */
interface Outcome {
  readonly explored: readonly Explored[];
  readonly obligations: readonly Obligation[];
}

function whole(ground: Ground, obligations: readonly Obligation[], budget: Budget): Outcome {
  const one = tried(() => wholeWorldOf({ ...ground, shortcuts: false }, obligations), obligations, budget);
  return { obligations, explored: one ? [one] : [] };
}

function* sliced(
  ground: Ground,
  obligations: readonly Obligation[],
  budget: Budget,
): Generator<Progress, Outcome, undefined> {
  const slices = slicesOf(ground, obligations);
  const explored: Explored[] = [];
  const add = (slice: Slice): void => {
    const one = isSpent(budget) ? undefined : tried(() => worldOf(ground, slice), slice.obligations, budget);
    if (one) explored.push(one);
  };
  for (const [done, slice] of slices.entries()) {
    yield { done, of: slices.length, states: budget.states };
    add(slice);
  }
  const together = fragileTogether(obligations, explored);
  slicesOf(ground, together).forEach(add);
  yield { done: slices.length, of: slices.length, states: budget.states };
  return { explored, obligations: [...obligations, ...together] };
}

/** Undefined when the part is too large to begin with; the report then says so. */
function tried(world: () => World, obligations: readonly Obligation[], budget: Budget): Explored | undefined {
  try {
    const found = world();
    const searched = search(found, obligations, budget);
    // What only the search needs is let go of: slices are many.
    return { world: { ...found, lean: found.machines, changed: undefined }, obligations, searched };
  } catch (error) {
    if (!(error instanceof TooManyCombinations)) throw error;
    budget.leftOut = error.message;
    return undefined;
  }
}

/**
 * Steps that some state can only get by when they do not apply: the facts that let one by may hold another, so
 * whether the incident can go on is asked of all of them at once.
 */
function fragileTogether(
  obligations: readonly Obligation[],
  explored: readonly Explored[],
): readonly Obligation[] {
  const steps = new Set<string>();
  for (const { searched, obligations: own } of explored) {
    if (!searched.fragile) continue;
    for (const { ask, steps: at } of own) if (ask.kind === 'closes') at.forEach((step) => steps.add(step));
  }
  if (steps.size < 2) return [];
  return obligations
    .filter(({ ask, steps: at }) => at.length === 0 && (ask.kind === 'closes' || ask.kind === 'goes-on'))
    .map((obligation) => ({
      ...obligation,
      breaks: `${obligation.breaks} (${[...steps].join(', ')} are in the way)`,
      steps: [...steps],
    }));
}

function verdictOn(exploration: Exploration, property: Named): PropertyVerdict {
  const { id } = property;
  const { budget, obligations, explored } = exploration;
  const asked = new Set(
    explored.filter(({ searched }) => searched.complete).flatMap((one) => one.obligations),
  );
  const open = obligations.filter((one) => one.property === id && !asked.has(one));
  const broken = explored.flatMap(({ world, searched }) =>
    searched.broken
      .filter(({ obligation }) => obligation.property === id)
      .map((one) => ({ ...one, world, searched })),
  );
  if (broken.length > 0) {
    const found = caseOf(exploration, property, broken);
    // The slice could do what the whole machine cannot: every transition of that was looked at.
    const ofTransitions = broken.every(({ obligation }) => obligation.ask.kind === 'never');
    if (found === 'none' && ofTransitions && open.length === 0) return { ...property, verdict: 'holds' };
    if (found && found !== 'none') return { ...property, verdict: 'violated', case: found };
    return {
      ...property,
      verdict: 'unknown',
      reason: 'a slice breaks it, and no run of the whole machine was found that does',
    };
  }
  if (open.length === 0) return { ...property, verdict: 'holds' };
  return {
    ...property,
    verdict: 'unknown',
    reason: `not explored to the end: ${boundOf(budget).bound ?? 'a bound was hit'}`,
  };
}

interface Candidate extends Broken {
  readonly world: World;
  readonly searched: Searched;
}

/** The shortest run that breaks the property, as far as it can be had. */
function caseOf(
  exploration: Exploration,
  property: Named,
  broken: readonly Candidate[],
): Case | 'none' | undefined {
  const { machines } = exploration.ground;
  const sorted = [...broken].sort((a, b) => a.run.vias.length - b.run.vias.length);
  let best: { readonly run: Lifted; readonly obligation: Obligation } | undefined;
  for (const { obligation, run, world, searched } of sorted.slice(0, MAX_TRIED)) {
    const asks = asking(obligation, world, searched);
    const lifted = lift(world, run, asks.reached);
    if (!lifted || !asks.breaks(walk(machines, lifted.opening, lifted.events, asks.ask))) continue;
    const short = shrink(machines, lifted, asks.ask, asks.breaks);
    if (!best || short.events.length < best.run.events.length) best = { run: short, obligation };
  }
  const shorter = shorterRun(exploration, broken, best?.run.events.length);
  if (shorter.run) best = shorter.run;
  if (!best) return shorter.proved ? 'none' : undefined;
  const { id, version } = machines.plan.playbook;
  return {
    format: 1,
    playbook: { id, version, digest: machines.digest },
    property: property.id,
    title: property.title,
    breaks: best.obligation.breaks,
    about: exploration.options.reduction === 'none' ? [...machines.plan.steps.keys()] : best.obligation.steps,
    opening: { at: OPENED, ...best.run.opening },
    events: best.run.events,
    // What is said of a step where others are open was not asked of the whole machine.
    shortest: shorter.proved && (best.obligation.ask.kind !== 'unlocks' || best.obligation.ask.atAll),
  };
}

interface Asking {
  /** Ends a walk. */
  readonly ask: (edge: Edge) => boolean;
  /** The walk does what it is to show. */
  readonly breaks: (walked: Walked) => boolean;
  /** A run that has come here shows it. */
  readonly reached: (edge: Edge) => boolean;
}

function asking(obligation: Obligation, world: World, searched: Searched): Asking {
  const { ask } = obligation;
  if (ask.kind === 'never') return { ask: ask.broken, breaks: ({ hit }) => hit, reached: ask.broken };
  const bad = badIn(world, searched, obligation);
  return {
    ask: () => false,
    breaks: ({ standing }) => bad(standing.state),
    reached: ({ after }) => bad(after),
  };
}

/**
 * Whether a state of the whole machine breaks an obligation that is asked of states. From where the slice cannot close
 * the whole cannot either; but nothing is left to do only where nothing is left beside the slice.
 */
function badIn(
  world: World,
  { bad }: Searched,
  { ask, breaks, property }: Obligation,
): (state: IncidentState) => boolean {
  const keys = [...bad].find(([one]) => one.property === property && one.breaks === breaks)?.[1];
  return (state) => {
    const spot = project(world, state, []);
    return keys?.has(spotKey(world, spot)) === true && (isOfSlice(ask) || isAlone(state, spot.state));
  };
}

interface Shortened {
  readonly run?: { readonly run: Lifted; readonly obligation: Obligation };
  /** No run is shorter. */
  readonly proved: boolean;
}

/** Looks for a shorter run in the whole machine, breadth first, for as long as the effort lasts. */
function shorterRun(
  { ground, options, budget }: Exploration,
  broken: readonly Candidate[],
  events: number | undefined,
): Shortened {
  const obligations = broken.map(({ obligation }) => obligation);
  const asks = broken
    .filter(({ obligation }) => obligation.ask.kind !== 'never')
    .map(({ obligation, world, searched }) => badIn(world, searched, obligation));
  const goal: Goal = { obligations, isBad: (state) => asks.some((ask) => ask(state)) };
  const effort: Effort = {
    transitions: options.shortestEffort ?? DEFAULT_EFFORT,
    expired: budget.expired,
  };
  if (combinationsOf(everyDomain(ground.machines, [])) > effort.transitions) return { proved: false };
  const world = wholeWorldOf(ground, obligations);
  const shorter = shorterThan(world, goal, events ?? Infinity, effort);
  if (shorter === 'none') return { proved: true };
  if (shorter === 'unknown') return { proved: false };
  const run = lift(world, shorter.found);
  const end =
    run &&
    walk(ground.machines, run.opening, run.events, (edge) =>
      obligations.some(({ ask }) => ask.kind === 'never' && ask.broken(edge)),
    );
  const obligation = broken.find(
    ({ obligation: one, ...from }) =>
      end &&
      asking(one, from.world, from.searched).breaks(
        walk(ground.machines, run.opening, end.events, asking(one, from.world, from.searched).ask),
      ),
  )?.obligation;
  return run && obligation
    ? { run: { run: { ...run, events: end?.events ?? run.events }, obligation }, proved: true }
    : { proved: false };
}

/** Breadth-first through a world, asking its obligations of every transition, and of the whole graph at the end. */
import { isOpen, statusOf, type IncidentState } from '@cordon/engine';
import { canonicalJson } from '@cordon/kernel';
import { factValue } from '@cordon/playbook';
import { isOfSlice, type Edge, type Obligation } from './obligation.js';
import { Unlocking } from './unlocking.js';
import { factsAt } from './valuations.js';
import { openings, project, spotKey, steps, type Spot, type Via, type World } from './world.js';

/** What may be spent, shared by all searches of an exploration. */
export interface Budget {
  states: number;
  transitions: number;
  readonly maxStates: number;
  readonly expired: () => boolean;
  /** Set when a bound ends the exploration. */
  bound?: string;
  /** Set when a part was left out because it is too large to begin with. */
  leftOut?: string;
}

/** A run inside a world: how the incident opens, and what is done. */
export interface Run {
  readonly from: number;
  readonly systems: number;
  readonly vias: readonly Via[];
}

/** An obligation, and a shortest run inside the world that breaks it. */
export interface Broken {
  readonly obligation: Obligation;
  readonly run: Run;
}

/** What a search has found. */
export interface Searched {
  readonly broken: readonly Broken[];
  /** False when a bound ended the search. */
  readonly complete: boolean;
  /** Keys of the states that break an obligation which is asked of states. */
  readonly bad: ReadonlyMap<Obligation, ReadonlySet<string>>;
  /** Some state cannot be left by doing a step of the slice, only by its not applying. */
  readonly fragile: boolean;
}

/**
 * Between states: 0 forward, 1 idle, 2 back, 3 a fact that was unknown becomes known, 4 a known fact changes; 5 and 6 the
 * same, and an approval lapses; 7 an approval is given or left out, 8 its time is up.
 */
type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const KINDS = { forward: 0, idle: 1, back: 2 } as const;

interface Graph {
  readonly keys: string[];
  readonly ids: Map<string, number>;
  readonly parents: number[];
  readonly vias: (Via | undefined)[];
  readonly roots: (Pick<Run, 'from' | 'systems'> | undefined)[];
  readonly edgeFrom: number[];
  readonly edgeTo: number[];
  readonly edgeKind: Kind[];
  readonly closed: number[];
  /** Closed, and every step in question done for good. */
  readonly closedFirmly: number[];
}

/**
 * Explores until nothing new is found or the budget is spent. With `starts`, from these states instead of every
 * opening. O(states × events), each a `decide()`.
 */
export function search(
  world: World,
  obligations: readonly Obligation[],
  budget: Budget,
  starts?: readonly Spot[],
): Searched {
  const graph: Graph = {
    keys: [],
    ids: new Map(),
    parents: [],
    vias: [],
    roots: [],
    edgeFrom: [],
    edgeTo: [],
    edgeKind: [],
    closed: [],
    closedFirmly: [],
  };
  const watch = watching(graph, obligations);
  const unlocking = new Unlocking(world.machines.plan, obligations);
  const asked = [...new Set(obligations.flatMap((obligation) => obligation.steps))];
  const queue: (Spot | undefined)[] = [];
  const reach = (spot: Spot, parent: number, via?: Via, root?: Pick<Run, 'from' | 'systems'>): number => {
    const key = spotKey(world, spot);
    const known = graph.ids.get(key);
    if (known !== undefined) return known;
    const id = graph.keys.length;
    graph.ids.set(key, id);
    graph.keys.push(key);
    graph.parents.push(parent);
    graph.vias.push(via);
    graph.roots.push(root);
    queue.push(spot);
    budget.states += 1;
    if (spot.state.status === 'closed') graph.closed.push(id);
    if (spot.state.status === 'closed' && isFirm(world, spot.state, asked)) graph.closedFirmly.push(id);
    return id;
  };
  if (starts) for (const spot of starts) reach(spot, -1, undefined, { from: 0, systems: 0 });
  else
    for (const { from, ...spot } of openings(world)) {
      const id = reach(spot, -1, undefined, { from, systems: Object.keys(spot.state.systems).length });
      watch({ after: spot.state, refused: spot.refused }, id);
    }
  for (let at = 0; at < queue.length; at += 1) {
    if (isSpent(budget)) return { broken: watch.broken, complete: false, bad: new Map(), fragile: true };
    const spot = queue[at];
    queue[at] = undefined;
    if (!spot) continue;
    unlocking.standing(at, spot.state);
    for (const { via, after, raw, lapses } of steps(world, spot)) {
      budget.transitions += 1;
      const id = reach(after, at, via);
      graph.edgeFrom.push(at);
      graph.edgeTo.push(id);
      graph.edgeKind.push(kindOf(world, via, lapses));
      unlocking.leads(via.move.event, id);
      const edge = { before: spot.state, event: via.move.event, refused: after.refused };
      watch({ ...edge, after: after.state }, at, via);
      if (world.verdicts && after.refused.length > 0) watch({ ...edge, after: raw }, at, via);
    }
  }
  return judged(graph, obligations, watch.broken, unlocking);
}

/** Whether a bound ends the exploration; says which in `bound`. */
export function isSpent(budget: Budget): boolean {
  if (budget.bound !== undefined) return true;
  if (budget.states > budget.maxStates) budget.bound = `more than ${budget.maxStates} states`;
  else if (budget.expired()) budget.bound = 'the time given for it was over';
  return budget.bound !== undefined;
}

function kindOf({ valuations, machines }: World, { move, from }: Via, lapses: boolean): Kind {
  const { type, data, step } = move.event;
  if (type === 'fact.set') {
    const fact = data?.fact;
    const wasUnknown = typeof fact === 'string' && factValue(factsAt(valuations, from), fact) === undefined;
    return lapses ? (wasUnknown ? 5 : 6) : wasUnknown ? 3 : 4;
  }
  if (move.direction !== 'forward') return KINDS[move.direction];
  const of = type === 'timer.fired' && typeof data?.timer === 'string' ? data.timer.split(':')[1] : step;
  const isApproval = machines.plan.steps.get(of?.split('@')[0] ?? '')?.step.kind === 'approval';
  return isApproval ? (type === 'timer.fired' ? 8 : 7) : 0;
}

/** The steps in question have been done, so that no fact undoes it. */
function isFirm({ machines }: World, state: IncidentState, asked: readonly string[]): boolean {
  const all = Object.values(state.systems);
  return asked.every((id) => {
    const perSystem = machines.plan.steps.get(id)?.each !== undefined;
    const records = perSystem ? all.map(({ steps: own }) => own[id]) : [state.steps[id]];
    return records.every(
      (record) => record !== undefined && record.status !== 'ready' && record.notApplicable !== true,
    );
  });
}

interface Watch {
  (edge: Edge, at: number, via?: Via): void;
  readonly broken: Broken[];
}

/** Asks what is asked of transitions; the first that breaks an obligation is at the end of a shortest way there. */
function watching(graph: Graph, obligations: readonly Obligation[]): Watch {
  const broken: Broken[] = [];
  let open = obligations.filter(({ ask }) => ask.kind === 'never');
  const watch = (edge: Edge, at: number, via?: Via): void => {
    const found = open.filter(({ ask }) => ask.kind === 'never' && ask.broken(edge));
    for (const obligation of found) {
      const run = runTo(graph, at);
      broken.push({ obligation, run: via ? { ...run, vias: [...run.vias, via] } : run });
    }
    if (found.length > 0) open = open.filter((one) => !found.includes(one));
  };
  return Object.assign(watch, { broken });
}

function runTo(graph: Graph, id: number): Run {
  const vias: Via[] = [];
  let at = id;
  for (let via = graph.vias[at]; via !== undefined; via = graph.vias[at]) {
    vias.push(via);
    at = graph.parents[at] ?? 0;
  }
  return { from: 0, systems: 0, ...graph.roots[at], vias: vias.reverse() };
}

/** Asks what is asked of the whole graph. O(transitions). */
function judged(
  graph: Graph,
  obligations: readonly Obligation[],
  found: readonly Broken[],
  unlocking: Unlocking,
): Searched {
  const broken = [...found];
  const bad = new Map<Obligation, ReadonlySet<string>>();
  const into = reversed(graph);
  const size = graph.keys.length;
  for (const obligation of obligations) {
    const { ask } = obligation;
    if (ask.kind === 'never') continue;
    const isFine = fineIn(graph, into, obligation, unlocking);
    const keys = new Set<string>();
    for (let id = 0; id < size; id += 1) {
      if (isFine(id)) continue;
      if (keys.size === 0) broken.push({ obligation, run: runTo(graph, id) });
      keys.add(graph.keys[id] ?? '');
    }
    bad.set(obligation, keys);
  }
  const firm = backFrom(graph, into, graph.closedFirmly, () => true);
  return { broken, complete: true, bad, fragile: firm.includes(0) };
}

function fineIn(
  graph: Graph,
  into: Reversed,
  obligation: Obligation,
  unlocking: Unlocking,
): (id: number) => boolean {
  const { ask } = obligation;
  if (ask.kind === 'unlocks') {
    const locked = unlocking.bad(obligation, (goals) => backFrom(graph, into, goals, () => true));
    return (id) => !locked.has(id);
  }
  const fine =
    ask.kind === 'goes-on'
      ? goingOn(graph, into, ask.factsStand)
      : backFrom(graph, into, graph.closed, () => true);
  return (id) => fine[id] === 1;
}

/** Edges by where they lead to: first edge of each state, next edge with the same end. */
interface Reversed {
  readonly first: Int32Array;
  readonly next: Int32Array;
}

function reversed({ keys, edgeTo }: Graph): Reversed {
  const first = new Int32Array(keys.length).fill(-1);
  const next = new Int32Array(edgeTo.length);
  edgeTo.forEach((to, edge) => {
    next[edge] = first[to] ?? -1;
    first[to] = edge;
  });
  return { first, next };
}

function backFrom(
  graph: Graph,
  into: Reversed,
  targets: readonly number[],
  along: (kind: Kind) => boolean,
): Uint8Array {
  const marked = new Uint8Array(graph.keys.length);
  const left: number[] = [];
  for (const id of targets) {
    marked[id] = 1;
    left.push(id);
  }
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (let edge = into.first[id] ?? -1; edge >= 0; edge = into.next[edge] ?? -1) {
      const from = graph.edgeFrom[edge] ?? 0;
      if (marked[from] === 1 || !along(graph.edgeKind[edge] ?? 0)) continue;
      marked[from] = 1;
      left.push(from);
    }
  }
  return marked;
}

/**
 * States in which something brings the incident on, at once or after what changes nothing else. Where a changed fact has
 * voided an approval, giving it again brings the incident back to where it was, not on: what counts is what comes then.
 */
function goingOn(graph: Graph, into: Reversed, factsStand: boolean): Uint8Array {
  const known: readonly Kind[] = factsStand ? [] : [4];
  const voiding: readonly Kind[] = factsStand ? [5] : [5, 6];
  const again = new Set(graph.closed);
  const moving = new Set(graph.closed);
  graph.edgeKind.forEach((kind, edge) => {
    if (kind === 0) again.add(graph.edgeFrom[edge] ?? 0);
    if (kind === 0 || kind === 7 || kind === 8) moving.add(graph.edgeFrom[edge] ?? 0);
  });
  const alongAgain: readonly Kind[] = [1, 3, 7, ...known, ...voiding];
  const after = backFrom(graph, into, [...again], (kind) => alongAgain.includes(kind));
  graph.edgeKind.forEach((kind, edge) => {
    if (voiding.includes(kind) && after[graph.edgeTo[edge] ?? 0] === 1) moving.add(graph.edgeFrom[edge] ?? 0);
  });
  const along: readonly Kind[] = [1, 3, ...known];
  return backFrom(graph, into, [...moving], (kind) => along.includes(kind));
}

/** Whether the state breaks the obligation: what can be reached from it is explored. */
export function isBad(world: World, obligation: Obligation, state: IncidentState, budget: Budget): boolean {
  const spot = project(world, state, []);
  if (!isOfSlice(obligation.ask) && !isAlone(state, spot.state)) return false;
  const { bad, complete } = search(world, [obligation], budget, [spot]);
  return complete && (bad.get(obligation)?.has(spotKey(world, spot)) ?? false);
}

/** The whole machine stands where the slice does: beside what the slice follows, nothing is open and nothing waits. */
export function isAlone(state: IncidentState, seen: IncidentState): boolean {
  if (canonicalJson(state.value) !== canonicalJson(seen.value)) return false;
  return Object.entries(state.systems).every(([id, { value, steps: records }]) => {
    const same = seen.systems[id];
    if (same) return canonicalJson(value) === canonicalJson(same.value);
    return !Object.values(records).some((record) => isOpen(statusOf(record)));
  });
}

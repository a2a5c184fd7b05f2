/** What the plan says of each step: on whose outcome it depends whether it is reached at all, and what always comes before it. */
import type { Plan, PlanNode, PlannedNode, PlannedStep, Step } from '@cordon/playbook';
import { stepGuards } from './fact-values.js';

/** A step stands on this answer of a decision, on the failure of a step, or in this block of a graph. */
export type Owner =
  | { readonly kind: 'answer'; readonly step: string; readonly answer: string }
  | { readonly kind: 'failed'; readonly step: string }
  | { readonly kind: 'node'; readonly graph: string; readonly node: PlannedNode };

/** Where a step stands in the flow. */
export interface Place {
  readonly owners: readonly Owner[];
  /** Steps that the flow has passed, one way or another, before it comes to this one; in flow order. */
  readonly earlier: readonly string[];
}

/** The places of all steps. */
export interface Structure {
  readonly plan: Plan;
  readonly places: ReadonlyMap<string, Place>;
  /** Blocks of graphs by their id. */
  readonly nodes: ReadonlyMap<string, PlannedNode>;
}

/** O(steps × depth). */
export function structureOf(plan: Plan): Structure {
  const places = new Map<string, Place>();
  const nodes = new Map<string, PlannedNode>();
  walk({ plan, places, nodes }, plan.root, { owners: [], earlier: [] });
  for (const [id, { anytime }] of plan.steps) if (anytime) places.set(id, { owners: [], earlier: [] });
  return { plan, places, nodes };
}

interface Walk {
  readonly plan: Plan;
  readonly places: Map<string, Place>;
  readonly nodes: Map<string, PlannedNode>;
}

/** Gives every step below its place; returns those that the flow cannot get by. */
function walk(to: Walk, node: PlanNode, place: Place): readonly string[] {
  switch (node.kind) {
    case 'step':
      return walkStep(to, node, place);
    case 'sequence': {
      const passed: string[] = [];
      for (const item of node.items)
        passed.push(...walk(to, item, { ...place, earlier: [...place.earlier, ...passed] }));
      return passed;
    }
    case 'parallel':
      return node.branches.flatMap((branch) => walk(to, branch, place));
    case 'phase':
    case 'group':
      return walk(to, node.body, place);
    case 'graph':
      walkGraph(to, node, place);
      return [];
    case 'each':
      walkEach(to, node.id, place);
      return [];
  }
}

function walkStep(to: Walk, node: Extract<PlanNode, { kind: 'step' }>, place: Place): readonly string[] {
  const { id } = node;
  to.places.set(id, place);
  const earlier = [...place.earlier, id];
  for (const [answer, body] of node.branches)
    walk(to, body, { owners: [...place.owners, { kind: 'answer', step: id, answer }], earlier });
  if (node.failed)
    walk(to, node.failed, { owners: [...place.owners, { kind: 'failed', step: id }], earlier });
  return [id];
}

/** Per system: what comes before the block, and the system's own earlier steps. */
function walkEach({ plan, places }: Walk, id: string, place: Place): void {
  const before = [...places]
    .filter(([step]) => plan.steps.get(step)?.each !== undefined)
    .map(([step]) => step);
  const earlier = [...place.earlier, ...before];
  for (const { id: step } of plan.eaches.get(id)?.each.steps ?? []) {
    places.set(step, { owners: place.owners, earlier: [...earlier] });
    earlier.push(step);
  }
}

function walkGraph(to: Walk, graph: Extract<PlanNode, { kind: 'graph' }>, place: Place): void {
  const byId = new Map(graph.nodes.map((node) => [node.node.id, node]));
  const passed = new Map<string, readonly string[]>();
  const earlierOf = (id: string): readonly string[] => passed.get(id) ?? enter(id);
  const enter = (id: string): readonly string[] => {
    const node = byId.get(id);
    if (!node) return [];
    const ways = node.after.map(({ step, outcome }) => {
      const before = earlierOf(step);
      return outcome === 'failed' || outcome === 'refused' ? before.filter((one) => one !== step) : before;
    });
    const [first = [], ...others] = ways;
    const always = first.filter((step) => others.every((way) => way.includes(step)));
    to.nodes.set(id, node);
    const owners = [...place.owners, { kind: 'node', graph: graph.id, node } as const];
    const own = walk(to, node.node, { owners, earlier: [...place.earlier, ...always] });
    passed.set(id, [...always, ...own]);
    return [...always, ...own];
  };
  for (const { node } of graph.nodes) earlierOf(node.id);
}

/** Steps that can only be reached once this approval has been given, or does not apply. */
export function onlyAfter({ places, plan }: Structure, approval: string): readonly string[] {
  const each = plan.steps.get(approval)?.each;
  return [...places]
    .filter(
      ([step, { earlier }]) =>
        earlier.includes(approval) && (each === undefined || plan.steps.get(step)?.each !== undefined),
    )
    .map(([step]) => step);
}

/** The first of the steps that come only after it: what would open if it were got by. */
export function nextAfter(structure: Structure, approval: string): readonly string[] {
  const after = onlyAfter(structure, approval);
  return after.filter((step) => {
    const earlier = structure.places.get(step)?.earlier ?? [];
    const between = earlier.filter((one) => after.includes(one) && isBarrier(structure, one));
    return between.length === 0;
  });
}

/** Nothing gets by it: it applies always, and nobody may leave it out. */
function isBarrier({ plan }: Structure, id: string): boolean {
  const planned = plan.steps.get(id);
  return planned !== undefined && planned.each === undefined && planned.step.mandatory && !planned.step.when;
}

/** The steps moves by itself: the machine begins, ends or answers it when the flow comes to it. */
function movesByItself(step: Step): boolean {
  return (
    step.kind === 'action' ||
    (step.kind === 'wait' && step.until !== undefined) ||
    (step.kind === 'decision' && step.answers.some(({ when }) => when !== undefined))
  );
}

/**
 * The steps, and all on which it depends whether and when these are reached: decisions and failures that they stand
 * on, ends that their graph waits for, and before one that moves by itself a step that can hold the flow back.
 */
export function dependenciesOf(structure: Structure, seeds: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [...seeds];
  const add = (id: string): void => void (found.has(id) || left.push(id));
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    const planned = structure.plan.steps.get(id);
    const place = structure.places.get(id);
    if (found.has(id) || !planned || !place) continue;
    found.add(id);
    for (const owner of place.owners) ownerSteps(structure, owner).forEach(add);
    coveredBeyond(structure.plan, planned).forEach(add);
    if (movesByItself(planned.step)) {
      const holder = holderBefore(structure, place);
      if (holder !== undefined) add(holder);
    }
  }
  return found;
}

/** Steps that the approval covers and that cannot be opened again as long as they only count as done; see `lapseMoves`. */
function coveredBeyond({ steps }: Plan, { step, each }: PlannedStep): readonly string[] {
  if (step.kind !== 'approval') return [];
  return step.covers.filter((id) => {
    const covered = steps.get(id);
    return covered?.anytime === true || (covered?.each !== undefined && each === undefined);
  });
}

function ownerSteps(structure: Structure, owner: Owner): readonly string[] {
  if (owner.kind !== 'node') return [owner.step];
  const steps = new Set<string>();
  const seen = new Set<string>();
  const visit = (node: PlannedNode): void => {
    if (seen.has(node.node.id)) return;
    seen.add(node.node.id);
    for (const { step, outcome, answer } of node.after) {
      if (outcome !== 'done' || answer !== undefined || mayEndOtherwise(structure, step)) steps.add(step);
      const before = structure.nodes.get(step);
      if (before) visit(before);
    }
  };
  visit(owner.node);
  return [...steps];
}

/** It may come to an end that is neither completed nor skipped. */
function mayEndOtherwise({ plan }: Structure, id: string): boolean {
  const step = plan.steps.get(id)?.step;
  return plan.steps.get(id)?.failable === true || (step?.kind === 'approval' && step.refused === undefined);
}

/** The nearest earlier step that waits for a person whatever the facts are; else the nearest that waits at all. */
function holderBefore({ plan }: Structure, { earlier }: Place): string | undefined {
  const waiting = earlier.filter((id) => {
    const step = plan.steps.get(id)?.step;
    return step !== undefined && !movesByItself(step);
  });
  return (
    waiting.findLast((id) => stepGuards(plan.steps.get(id)?.step as Step).length === 0) ?? waiting.at(-1)
  );
}

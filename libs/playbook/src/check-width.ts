/**
 * How many steps of a flow can be open at once, by its structure. Answers and failures exclude one another and
 * conditions pass steps over, so an incident may never have that many open: it is a bound, and never too small.
 */
import { invariant } from '@cordon/kernel';
import type { Plan, PlanNode, PlannedNode } from './plan.js';

/** How many, and an example of so many. */
export interface Width {
  readonly count: number;
  /** So many steps that nothing in the structure keeps from being open together, in the order of the plan. */
  readonly steps: readonly string[];
}

const NONE: Width = { count: 0, steps: [] };

/**
 * The largest number of steps that can be ready at once. Branches and tracks add up; of a sequence, of a decision with
 * its answers and of a step with what follows its failure the widest part counts; in a graph, the heaviest set of blocks
 * of which none comes after another. An `each` block counts as one affected system has it: one step. Steps beside the
 * flow are not counted. Throws an InvariantError for a graph with a circle or with an end that is not there, which
 * `parsePlaybook` refuses. O(steps³) at worst, for a graph that holds them all; 500 steps take some 50 ms.
 */
export function widestOpen(plan: Plan): Width {
  return widthOf(plan.root, plan);
}

/** The same for one node of the flow. */
export function widthOf(node: PlanNode, plan: Plan): Width {
  switch (node.kind) {
    case 'sequence':
      return widest(node.items.map((item) => widthOf(item, plan)));
    case 'parallel':
      return together(node.branches.map((branch) => widthOf(branch, plan)));
    case 'phase':
    case 'group':
      return widthOf(node.body, plan);
    case 'step': {
      const parts = [...node.branches.values(), ...(node.failed ? [node.failed] : [])];
      const itself = { count: 1, steps: [node.id] };
      return widest([itself, ...parts.map((part) => widthOf(part, plan))]);
    }
    case 'each': {
      const [first] = plan.eaches.get(node.id)?.each.steps ?? [];
      return first ? { count: 1, steps: [first.id] } : NONE;
    }
    case 'graph':
      return graphWidth(node.nodes, plan);
  }
}

/** The first of the widest. */
function widest(widths: readonly Width[]): Width {
  return widths.reduce((best, width) => (width.count > best.count ? width : best), NONE);
}

function together(widths: readonly Width[]): Width {
  const steps = widths.flatMap((width) => width.steps);
  return { count: steps.length, steps };
}

/**
 * The heaviest antichain of the graph, a block as heavy as it is wide. Every block is laid out as so many copies of
 * itself, which no order connects; then, by Dilworth's theorem, the largest antichain is as large as the smallest set
 * of chains that holds all copies, and a largest matching of each copy with a later one gives both (Fulkerson 1956,
 * König 1931).
 */
function graphWidth(nodes: readonly PlannedNode[], plan: Plan): Width {
  const widths = nodes.map(({ node }) => widthOf(node, plan));
  const later = laterOf(nodes);
  const copies = widths.flatMap(({ count }, node) => Array.from({ length: count }, () => node));
  const copiesOf = nodes.map((_, node) => copies.flatMap((of, copy) => (of === node ? [copy] : [])));
  const laterCopies = copies.map((node) => [...(later[node] ?? [])].flatMap((next) => copiesOf[next] ?? []));
  const free = uncovered(laterCopies);
  const taken = new Set(copies.filter((_, copy) => free.has(copy)));
  return together(widths.filter((_, node) => taken.has(node)));
}

/** For each block those that can only start after it has ended, directly or not. */
function laterOf(nodes: readonly PlannedNode[]): readonly ReadonlySet<number>[] {
  const indexOf = new Map(nodes.map(({ node }, index) => [node.id, index]));
  const next = nodes.map((): number[] => []);
  for (const [index, { after }] of nodes.entries()) {
    for (const { step } of after) {
      const before = next[indexOf.get(step) ?? -1];
      invariant(before, `a block of the graph comes after ${step}, which is none of its blocks`);
      before.push(index);
    }
  }
  return nodes.map((_, start) => {
    const reached = new Set<number>();
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const following of next[node] ?? []) {
        if (reached.has(following)) continue;
        reached.add(following);
        open.push(following);
      }
    }
    invariant(!reached.has(start), `the block ${nodes[start]?.node.id} of a graph comes after itself`);
    return reached;
  });
}

/**
 * The vertices that neither side of a smallest vertex cover takes: a largest antichain. `later` is the order, with
 * everything that follows from it. O(vertices × edges).
 */
function uncovered(later: readonly (readonly number[])[]): ReadonlySet<number> {
  /** The vertex that each one is matched with as its follower. */
  const before = new Map<number, number>();
  const matched = new Set<number>();
  const augment = (vertex: number, tried: Set<number>): boolean =>
    (later[vertex] ?? []).some((follower) => {
      if (tried.has(follower)) return false;
      tried.add(follower);
      const holder = before.get(follower);
      if (holder !== undefined && !augment(holder, tried)) return false;
      before.set(follower, vertex);
      return true;
    });
  for (const vertex of later.keys()) if (augment(vertex, new Set())) matched.add(vertex);

  // König: whatever an unmatched vertex reaches over an edge outside the matching and then one within it.
  const left = new Set([...later.keys()].filter((vertex) => !matched.has(vertex)));
  const right = new Set<number>();
  for (const vertex of left) {
    for (const follower of later[vertex] ?? []) {
      right.add(follower);
      const holder = before.get(follower);
      if (holder !== undefined) left.add(holder);
    }
  }
  return new Set([...left].filter((vertex) => !right.has(vertex)));
}

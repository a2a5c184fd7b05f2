/**
 * One Cordon graph for a region that no nesting can say: every node comes after the ends that lead to it. A choice that
 * is not taken passes over what depends on it alone; a parallel is nothing but several nodes after the same ends, and
 * what follows it comes after the ends of all its branches.
 */
import { END, type FlowNode } from './flow.js';
import { onwardOf, wayId } from './graph.js';
import type { Edge, GraphItem, Placed, Region } from './items.js';

/** The region from the node to its nearest common post-dominator, as a graph. O(nodes × depth). */
export function flatten(layout: Region, root: FlowNode): Placed {
  return new Flattening(layout, root).run();
}

class Flattening {
  private readonly items: GraphItem[] = [];
  /** What each node waits for; a node that is here and not yet done is pending. */
  private readonly waiting = new Map<string, Edge[]>();
  private readonly exits = new Set<string>();
  private readonly failures: { readonly from: FlowNode; readonly to: string; readonly inside: boolean }[] =
    [];

  constructor(
    private readonly layout: Region,
    private readonly root: FlowNode,
  ) {}

  run(): Placed {
    this.waiting.set(this.root.id, []);
    for (;;) {
      const next = this.nextPending();
      if (next === undefined) break;
      if (next !== this.root.id && this.waiting.size === 1 && this.exits.size === 0) {
        this.acknowledge(next);
        return { items: [this.graph()], exits: new Set(), onward: next };
      }
      const after = this.waiting.get(next) ?? [];
      this.waiting.delete(next);
      this.put(this.layout.node(next), distinct(after));
    }
    this.acknowledge(undefined);
    return { items: [this.graph()], exits: this.exits };
  }

  private graph() {
    return { kind: 'graph', node: this.root, items: this.items } as const;
  }

  /** The first in order: everything that leads to it has been put. */
  private nextPending(): string | undefined {
    let first: string | undefined;
    const rank = (id: string): number => this.layout.rank.get(id) ?? Number.MAX_SAFE_INTEGER;
    for (const id of this.waiting.keys()) if (first === undefined || rank(id) < rank(first)) first = id;
    return first;
  }

  private put(node: FlowNode, after: readonly Edge[]): void {
    const done: Edge = { from: node.id, outcome: 'done' };
    if (node.failure !== undefined) {
      this.items.push({ item: { kind: 'node', node }, after });
      this.lead(node, wayId(node.id, 'done'), node.next, [done]);
      this.lead(node, wayId(node.id, 'failed'), node.failure, [{ from: node.id, outcome: 'failed' }]);
      return;
    }
    if (node.kind === 'task' || node.kind === 'wait' || node.kind === 'loop') {
      const [item] = node.kind === 'loop' ? this.layout.place(node.id).items : [this.single(node)];
      if (item) this.items.push({ item, after });
      this.lead(node, node.id, onwardOf(node), [done]);
      return;
    }
    if (this.nested(node, after, done)) return;
    if (node.kind === 'fork') {
      for (const way of node.branches) this.lead(node, wayId(node.id, way.key), way.target, after);
      if (node.branches.length === 0) this.lead(node, wayId(node.id, ''), END, after);
      return;
    }
    this.items.push({ item: { kind: 'choice', node, ways: new Map() }, after });
    for (const { key, target } of node.branches) {
      this.lead(node, wayId(node.id, key), target, [{ ...done, way: key }]);
    }
  }

  private single(node: FlowNode) {
    // Going back to itself needs a sequence, and a graph is none.
    if (node.retry === node.id) return { kind: 'node', node, repeat: node.id, alone: true } as const;
    return { kind: 'node', node } as const;
  }

  /** A construct inside that can be nested stays nested; its inner nodes are then not nodes of this graph. */
  private nested(node: FlowNode, after: readonly Edge[], done: Edge): boolean {
    if (node === this.root || this.layout.flat) return false;
    const placed = this.layout.place(node.id);
    const [item, ...more] = placed.items;
    if (!item || item.kind === 'graph' || more.length > 0) return false;
    // A parallel without a step is nothing that anything could come after.
    if (item.kind === 'fork' && item.branches.every((branch) => branch.length === 0)) return false;
    const [exit = END] = placed.exits;
    this.items.push({ item, after });
    const target = placed.onward ?? exit;
    this.lead(node, node.id, target, [done]);
    return true;
  }

  /** Says what an end leads to. `place` is the node or the way that it is an end of. */
  private lead(from: FlowNode, place: string, target: string, edges: readonly Edge[]): void {
    const to = target === END ? this.returnOf(place) : target;
    const inside = to !== END && this.layout.isUnder(to, this.root.id);
    if (edges[0]?.outcome === 'failed') this.failures.push({ from, to, inside });
    if (!inside) {
      this.exits.add(to);
      return;
    }
    const list = this.waiting.get(to);
    if (list) list.push(...edges);
    else this.waiting.set(to, [...edges]);
  }

  /** A failure that leads out of the graph, or to what comes after it, has nothing in it that would wait for it. */
  private acknowledge(meeting: string | undefined): void {
    for (const { from, to, inside } of this.failures) {
      if (inside && to !== meeting) continue;
      const after = [{ from: from.id, outcome: 'failed' }] as const;
      this.items.push({ item: { kind: 'acknowledge', node: from }, after });
    }
  }

  /** Where the end of a branch returns to: on from the innermost construct of this graph that goes on. */
  private returnOf(place: string): string {
    for (let at: string | undefined = place; at !== undefined; at = this.layout.dominator(at)) {
      if (!at.includes('>')) {
        if (at === this.root.id) return END;
        continue;
      }
      const owner = this.layout.node(at.slice(0, at.indexOf('>')));
      // A construct that goes on to an end is itself the end of what is around it.
      const onward = owner.kind === 'loop' ? END : onwardOf(owner);
      if (onward !== END) return onward;
      if (owner === this.root) return END;
    }
    return END;
  }
}

function distinct(edges: readonly Edge[]): readonly Edge[] {
  const seen = new Set<string>();
  return edges.filter(({ from, outcome, way }) => {
    const key = `${from} ${outcome} ${way ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

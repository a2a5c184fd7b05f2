/**
 * From a graph without circles to nested blocks. Between a split and its nearest common post-dominator branches are
 * nested; where branches share steps, or end in different places, that region becomes one Cordon graph.
 */
import { END, type FlowNode } from './flow.js';
import { flatten } from './flatten.js';
import { onwardOf, wayId, waysOf } from './graph.js';
import type { Item, Placed, Region, Sequence } from './items.js';
import type { Prepared } from './prepare.js';

export class Layout implements Region {
  readonly rank: ReadonlyMap<string, number>;
  /** Parallels whose branches meet on a step that the document does not name as their continuation. */
  readonly joins = new Map<string, string>();
  private readonly placed = new Map<string, Placed>();

  /** `flat` keeps nothing nested but loops: for documents whose nesting is deeper than a playbook's may be. */
  constructor(
    readonly prepared: Prepared,
    readonly flat: boolean,
  ) {
    this.rank = new Map(prepared.order.map((id, i) => [id, i]));
  }

  get nodes(): ReadonlyMap<string, FlowNode> {
    return this.prepared.nodes;
  }

  whole(): readonly Item[] {
    return this.prepared.entry === END ? [] : this.from(this.prepared.entry).items;
  }

  dominator(id: string): string | undefined {
    return this.prepared.dominators.get(id);
  }

  /** Whether every path to the node passes the dominator. */
  isUnder(id: string, dominator: string): boolean {
    for (let at: string | undefined = id; at !== undefined; at = this.dominator(at)) {
      if (at === dominator) return true;
    }
    return false;
  }

  /** The blocks from a node to where the region that it opens is left. */
  from(start: string): Sequence {
    const items: Item[] = [];
    for (let at = start; ;) {
      const placed = this.place(at);
      items.push(...placed.items);
      if (placed.onward === undefined) return { items: withRepeats(items), exits: placed.exits };
      at = placed.onward;
    }
  }

  /** The blocks of one way out of a node. */
  way(node: string, { key, target }: { readonly key: string; readonly target: string }): Sequence {
    if (target === END || this.dominator(target) !== wayId(node, key)) {
      return { items: [], exits: new Set([target]) };
    }
    return this.from(target);
  }

  /** One node with what is nested in it, and the node of the same region that comes next, if one does. */
  place(id: string): Placed {
    const known = this.placed.get(id);
    if (known) return known;
    const node = this.node(id);
    const placed = this.placeNode(node);
    this.placed.set(id, placed);
    return placed;
  }

  node(id: string): FlowNode {
    const node = this.nodes.get(id);
    if (!node) throw new Error(`the flow has no node ${id}`);
    return node;
  }

  private placeNode(node: FlowNode): Placed {
    if (node.kind === 'loop') {
      const [body] = node.branches;
      const items = body ? this.way(node.id, body).items : [];
      return this.thenOn(node, [{ kind: 'loop', node, body: items }], onwardOf(node));
    }
    if (waysOf(node).length === 0 && node.kind !== 'fork' && node.kind !== 'choice') {
      return this.thenOn(node, [{ kind: 'node', node }], node.next);
    }
    return (this.flat ? undefined : this.nest(node)) ?? flatten(this, node);
  }

  /** The split as nested branches, if they all end in one place. */
  private nest(node: FlowNode): Placed | undefined {
    // What success leads to alone cannot be nested beside what a failure leads to.
    if (node.failure !== undefined && this.dominator(node.next) === wayId(node.id, 'done')) return undefined;
    const ways = waysOf(node).map((way) => ({ key: way.key, ...this.way(node.id, way) }));
    const after = onwardOf(node);
    const exits = new Set(ways.flatMap((way) => [...way.exits]).map((exit) => (exit === after ? END : exit)));
    if (ways.length === 0) exits.add(END);
    const [meeting = END] = exits;
    if (exits.size > 1) return undefined;
    const item = this.nested(node, ways);
    if (!item) return undefined;
    if (meeting === END) return this.thenOn(node, [item], after);
    if (node.kind === 'fork') this.joins.set(node.id, meeting);
    if (after === END) return this.thenOn(node, [item], meeting);
    if (this.dominator(meeting) !== node.id) return undefined;
    const shared = this.from(meeting);
    const left = [...shared.exits].filter((exit) => exit !== after && exit !== END);
    if (left.length > 0) return undefined;
    return this.thenOn(node, [item, ...shared.items], after);
  }

  private nested(node: FlowNode, ways: readonly (Sequence & { readonly key: string })[]): Item | undefined {
    if (node.failure !== undefined) {
      const [done, failed] = ways;
      if (done === undefined || failed === undefined || done.items.length > 0) return undefined;
      const handling = failed.items.length > 0 ? failed.items : [{ kind: 'acknowledge', node } as const];
      return { kind: 'node', node, failed: handling };
    }
    if (node.kind === 'fork') return { kind: 'fork', node, branches: ways.map(({ items }) => items) };
    return { kind: 'choice', node, ways: new Map(ways.map(({ key, items }) => [key, items])) };
  }

  /** Goes on in the same sequence where the next node belongs to it, and leaves it otherwise. */
  private thenOn(node: FlowNode, items: readonly Item[], target: string): Placed {
    if (target !== END && this.dominator(target) === node.id)
      return { items, exits: new Set(), onward: target };
    return { items, exits: new Set([target]) };
  }
}

/** A retry stands where the step that it goes back to is an earlier step of the same sequence. */
function withRepeats(items: readonly Item[]): readonly Item[] {
  const seen = new Set<string>();
  return items.map((item) => {
    if (item.kind === 'node' || item.kind === 'choice' || item.kind === 'loop') seen.add(item.node.id);
    if (item.kind !== 'node' || item.node.retry === undefined || !seen.has(item.node.retry)) return item;
    return { ...item, repeat: item.node.retry };
  });
}

/** The flow as nodes and edges: what is reached, in which order, and who dominates whom. */
import { END, type FlowNode } from './flow.js';

/** The start of one way out of a node: so that what only that way leads to is told from what several lead to. */
export function wayId(node: string, key: string): string {
  return `${node}>${key}`;
}

export interface Way {
  readonly key: string;
  readonly target: string;
}

/** Ways that exclude each other or run side by side; a node with one way on has none. */
export function waysOf(node: FlowNode): readonly Way[] {
  if (node.failure !== undefined) {
    return [
      { key: 'done', target: node.next },
      { key: 'failed', target: node.failure },
    ];
  }
  return node.branches;
}

/** Where the node goes on beside its ways; `END` where it does not. */
export function onwardOf(node: FlowNode): string {
  if (node.failure !== undefined) return END;
  if (node.kind === 'task' || node.kind === 'wait' || node.kind === 'loop') return node.next;
  return node.returns ? node.next : END;
}

/** Targets in the order in which a search visits them: what is visited last comes first in the order that results. */
function targetsOf(node: FlowNode): readonly string[] {
  const ways = waysOf(node).map(({ target }) => target);
  return [onwardOf(node), ...ways.reverse()].filter((target) => target !== END);
}

/** Everything that can be come to from the node, itself included, without passing `barrier`. */
export function reachFrom(
  nodes: ReadonlyMap<string, FlowNode>,
  from: string,
  barrier?: string,
  skips: (node: FlowNode, target: string) => boolean = () => false,
): Set<string> {
  const found = new Set<string>();
  const left = [from];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    const node = nodes.get(id);
    if (!node || id === barrier || found.has(id)) continue;
    found.add(id);
    for (const target of targetsOf(node)) if (!skips(node, target)) left.push(target);
  }
  return found;
}

export type Ordered =
  | { readonly order: readonly string[] }
  /** The nodes of a circle, in its order. */
  | { readonly circle: readonly string[] };

/** Nodes in an order in which each comes after all that lead to it, or a circle. Depth-first with a stack of its own. */
export function orderOf(nodes: ReadonlyMap<string, FlowNode>, entries: readonly string[]): Ordered {
  const done = new Set<string>();
  const open: string[] = [];
  const opened = new Set<string>();
  const finished: string[] = [];
  for (const entry of entries) {
    const stack: { readonly id: string; readonly left: string[] }[] = [];
    const visit = (id: string): void => {
      const node = nodes.get(id);
      if (!node || done.has(id)) return;
      opened.add(id);
      open.push(id);
      stack.push({ id, left: [...targetsOf(node)].reverse() });
    };
    visit(entry);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        stack.pop();
        open.pop();
        opened.delete(top.id);
        done.add(top.id);
        finished.push(top.id);
      } else if (opened.has(next)) {
        return { circle: open.slice(open.indexOf(next)) };
      } else {
        visit(next);
      }
    }
  }
  return { order: finished.reverse() };
}

/** The nearest node or way that every path from the entry to a node passes. */
export type Dominators = ReadonlyMap<string, string>;

/**
 * One pass in order is enough, because there are no circles. `lifted` is a node that is to hang higher than it would:
 * under a node that dominates all that leads to it. O(edges × depth).
 */
export function dominatorsOf(
  nodes: ReadonlyMap<string, FlowNode>,
  order: readonly string[],
  entry: string,
  lifted?: { readonly node: string; readonly under: string },
): Dominators {
  const above = new Map<string, string>();
  const depth = new Map<string, number>([[entry, 0]]);
  const meet = (a: string, b: string): string => {
    let [x, y] = [a, b];
    while (x !== y) {
      if ((depth.get(x) ?? 0) >= (depth.get(y) ?? 0)) x = above.get(x) ?? entry;
      else y = above.get(y) ?? entry;
    }
    return x;
  };
  const arrive = (from: string, target: string): void => {
    if (target === END) return;
    const known = above.get(target) ?? (target === lifted?.node ? lifted.under : undefined);
    const dominator = known === undefined ? from : meet(known, from);
    above.set(target, dominator);
    depth.set(target, (depth.get(dominator) ?? 0) + 1);
  };
  for (const id of order) {
    const node = nodes.get(id);
    if (!node) continue;
    for (const { key, target } of waysOf(node)) {
      arrive(id, wayId(id, key));
      arrive(wayId(id, key), target);
    }
    arrive(id, onwardOf(node));
  }
  return above;
}

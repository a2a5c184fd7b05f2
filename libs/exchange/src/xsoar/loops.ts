/**
 * Circles of a flow. A circle that one condition leaves, and nothing else, can be said here: the condition is a decision
 * whose answer does the rest of the circle and asks again. Any other circle has no counterpart.
 */
import { grouped } from '../draft/shapes.js';
import { reachable, type Edge, type Tasks } from './tasks.js';

/** One answer that comes round. */
interface Round {
  readonly label: string;
  /** Tasks done before the decision is asked again, in the order of the file. */
  readonly body: readonly string[];
  /** Of those, the ones that the answer leads to. */
  readonly entries: readonly string[];
}

/** A condition and its answers that come round. */
export interface Loop {
  readonly decision: string;
  readonly rounds: readonly Round[];
}

/** A flow without its circles, and what became of them. */
export interface Unrolled {
  readonly loops: ReadonlyMap<string, Loop>;
  /** What the first pass goes through, without circles. */
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
  /** Circles that cannot be said, as the tasks in them. */
  readonly refused: readonly (readonly string[])[];
}

/** Takes the circles out of what the flow reaches. O(tasks × edges) at worst. */
export function unroll(tasks: Tasks, entries: readonly string[]): Unrolled {
  const all = [...tasks.values()].flatMap((task) => task.edges);
  const reached = reachable(entries, all, tasks.keys());
  const inReach = new Set(reached);
  const edges = all.filter((edge) => inReach.has(edge.from));
  const loops = new Map<string, Loop>();
  const refused: (readonly string[])[] = [];
  for (const circle of circlesOf(reached, edges)) {
    const loop = loopOf(tasks, circle, edges);
    if (loop) loops.set(loop.decision, loop);
    else refused.push(circle);
  }
  const onward = edges.filter(
    (edge) => !loops.get(edge.from)?.rounds.some((round) => round.label === edge.label),
  );
  return { loops, refused, edges: onward, nodes: reachable(entries, onward, tasks.keys()) };
}

function loopOf(tasks: Tasks, circle: readonly string[], edges: readonly Edge[]): Loop | undefined {
  const inside = new Set(circle);
  const leaving = new Set(
    edges.filter((edge) => inside.has(edge.from) && !inside.has(edge.to)).map((edge) => edge.from),
  );
  for (const decision of circle) {
    if (!tasks.get(decision)?.isCondition) continue;
    if ([...leaving].some((key) => key !== decision)) continue;
    const within = edges.filter(
      (edge) =>
        inside.has(edge.from) && inside.has(edge.to) && edge.from !== decision && edge.to !== decision,
    );
    const rest = circle.filter((key) => key !== decision);
    if (circlesOf(rest, within).length > 0) continue;
    const rounds = roundsOf(decision, inside, edges, within, rest);
    if (rounds) return { decision, rounds };
  }
  return undefined;
}

/** The answers that stay in the circle. Undefined where one of them also leads out of it, or is no answer at all. */
function roundsOf(
  decision: string,
  inside: ReadonlySet<string>,
  edges: readonly Edge[],
  within: readonly Edge[],
  rest: readonly string[],
): readonly Round[] | undefined {
  const own = [
    ...grouped(
      edges.filter((edge) => edge.from === decision),
      (edge) => edge.label,
    ),
  ];
  const staying = own.filter(([, outs]) => outs.some((edge) => inside.has(edge.to)));
  const mixed = staying.some(
    ([label, outs]) =>
      (label.startsWith('#') && label !== '#default#') || outs.some((edge) => !inside.has(edge.to)),
  );
  if (mixed) return undefined;
  return staying.map(([label, outs]) => {
    const heads = outs.map((edge) => edge.to).filter((to) => to !== decision);
    return { label, entries: heads, body: reachable(heads, within, rest) };
  });
}

/** Sets of tasks that lead to each other, and tasks that lead to themselves (Tarjan, without recursion). */
function circlesOf(nodes: readonly string[], edges: readonly Edge[]): readonly (readonly string[])[] {
  const known = new Set(nodes);
  const out = grouped(
    edges.filter((edge) => known.has(edge.from) && known.has(edge.to)),
    (edge) => edge.from,
  );
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open = new Set<string>();
  const circles: string[][] = [];
  const lower = (key: string, value: number) => low.set(key, Math.min(low.get(key) ?? value, value));
  for (const root of nodes) {
    const path: { readonly key: string; next: number }[] = index.has(root) ? [] : [{ key: root, next: 0 }];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { key } = top;
      if (!index.has(key)) {
        low.set(key, index.size);
        index.set(key, index.size);
        open.add(key);
      }
      const edge = out.get(key)?.[top.next];
      top.next += 1;
      if (edge && !index.has(edge.to)) path.push({ key: edge.to, next: 0 });
      else if (edge && open.has(edge.to)) lower(key, index.get(edge.to) ?? 0);
      if (edge) continue;
      path.pop();
      const above = path.at(-1);
      if (above) lower(above.key, low.get(key) ?? 0);
      if (low.get(key) === index.get(key)) circles.push(closed(open, key));
    }
  }
  const self = (key: string) => out.get(key)?.some((edge) => edge.to === key) === true;
  return circles
    .filter((circle) => circle.length > 1 || circle.some(self))
    .map((circle) => nodes.filter((key) => circle.includes(key)));
}

/** The tasks opened since this one, taken out. */
function closed(open: Set<string>, key: string): string[] {
  const members = [...open];
  const circle = members.slice(members.indexOf(key));
  for (const member of circle) open.delete(member);
  return circle;
}

/**
 * How much the machine may have to do for one event. Every way back enters the flow from its start, so the longest event
 * passes every step that is done or does not apply, in one macrostep.
 */
import type { Plan, PlanNode } from './plan.js';
import { widthOf } from './check-width.js';
import type { Step } from './model.js';

export interface Walk {
  /** Microsteps from the start of the flow to its end, those of branches side by side counted once. */
  readonly long: number;
  /** Ends of branches and of graphs, each of which is an event of its own. */
  readonly ends: number;
  /** Regions and ends that stand by on each microstep. */
  readonly idle: number;
  /** Transitions that are compared with each other, and guards that are asked, over all microsteps. */
  readonly work: number;
}

/** So many guards that are asked take as long as one comparison of transitions. */
const STANDING_BY = 4;

const NOTHING: Walk = { long: 0, ends: 0, idle: 0, work: 0 };

/** The longest walk through the flow. An upper bound by structure; O(steps), and the matching of the widest graph. */
export function longestWalk(plan: Plan): Walk {
  return walkOf(plan.root, plan);
}

function walkOf(node: PlanNode, plan: Plan): Walk {
  switch (node.kind) {
    case 'phase':
    case 'group':
      return walkOf(node.body, plan);
    case 'sequence':
      return inTurn(node.items.map((item) => walkOf(item, plan)));
    case 'each':
      return { ...NOTHING, long: 1, work: 1 };
    case 'step': {
      const own = passing(plan.steps.get(node.id)?.step);
      const branches = [...node.branches.values(), ...(node.failed ? [node.failed] : [])];
      const long = own + 2 * branches.length;
      return inTurn([{ ...NOTHING, long, work: long }, ...branches.map((branch) => walkOf(branch, plan))]);
    }
    case 'parallel':
      return sideBySide(
        node.branches.map((branch) => walkOf(branch, plan)),
        { width: widthOf(node, plan).count, standing: node.branches.length },
      );
    case 'graph':
      return graphWalk(node, plan);
  }
}

/** Through its gate; and what answers or ends by itself through it again. */
function passing(step: Step | undefined): number {
  const byItself =
    (step?.kind === 'decision' && step.answers.some(({ when }) => when)) ||
    (step?.kind === 'wait' && step.until !== undefined);
  return byItself ? 3 : 1;
}

function inTurn(walks: readonly Walk[]): Walk {
  return walks.reduce(
    (sum, walk) => ({
      long: sum.long + walk.long,
      ends: sum.ends + walk.ends,
      idle: Math.max(sum.idle, walk.idle),
      work: sum.work + walk.work,
    }),
    NOTHING,
  );
}

/** All take a step at once, and each of these is compared with each other. */
function sideBySide(
  walks: readonly Walk[],
  {
    width,
    standing,
    long: along,
  }: { readonly width: number; readonly standing: number; readonly long?: number },
): Walk {
  const sum = inTurn(walks);
  const long = 2 + (along ?? Math.max(0, ...walks.map((walk) => walk.long)));
  const ends = sum.ends + walks.length + 1;
  const idle = standing + walks.reduce((all, walk) => all + walk.idle, 0);
  // Whichever is smaller: as wide as it gets all the way, or by the Cauchy–Schwarz inequality.
  const compared = Math.min(long * width * width, walks.length * sum.work);
  return { long, ends, idle, work: compared + Math.round((long * idle) / STANDING_BY) };
}

/** As long as its longest way; all its blocks and ends stand by from the beginning. */
function graphWalk(graph: Extract<PlanNode, { kind: 'graph' }>, plan: Plan): Walk {
  const walks = graph.nodes.map(({ node }) => walkOf(node, plan));
  const index = new Map(graph.nodes.map(({ node }, i) => [node.id, i]));
  const known = new Map<number, number>();
  const upTo = (at: number): number => {
    const found = known.get(at);
    if (found !== undefined) return found;
    const before = graph.nodes[at]?.after.map(({ step }) => upTo(index.get(step) ?? -1)) ?? [];
    const own = Math.max(0, ...before) + 2 + (walks[at]?.long ?? 0);
    known.set(at, own);
    return own;
  };
  const long = Math.max(0, ...walks.map((_, at) => upTo(at)));
  const standing = graph.nodes.reduce((sum, { after }) => sum + 1 + after.length, 0);
  return sideBySide(walks, { width: widthOf(graph, plan).count, standing, long });
}

/** Decisions that may answer themselves and set facts by it: each may make the flow start over once more. */
export function ownFactSetters({ steps }: Plan): readonly string[] {
  return [...steps.values()].flatMap(({ step }) =>
    step.kind === 'decision' && step.answers.some(({ when, set }) => when && Object.keys(set).length > 0)
      ? [step.id]
      : [],
  );
}

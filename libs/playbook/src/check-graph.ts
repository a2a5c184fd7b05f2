/** What is checked of a graph: ends that exist, and no circles. */
import type { CheckScope } from './check-scope.js';
import type { After, Block, Graph } from './model.js';
import { isStep, walkBlocks } from './plan.js';
import type { Path } from './issue.js';

export function checkGraph(scope: CheckScope, graph: Graph): void {
  const path = scope.at(graph);
  const blocks = new Map(graph.nodes.map(({ block }) => [block.id, block]));
  const refusals = new Set<string>();
  for (const { block, after } of graph.nodes) {
    const at = [...scope.at(block), 'after'];
    for (const end of after) {
      if (end.outcome === 'refused') refusals.add(end.step);
      checkEnd(scope, graph.id, block.id, end, blocks.get(end.step), at);
    }
    walkBlocks([block], (inner) => {
      if (inner.kind === 'each')
        scope.add(scope.at(inner), `"${inner.id}" repeats for every system, so it cannot stand in a graph`);
    });
  }
  for (const block of blocks.values()) {
    if (block.kind !== 'approval' || block.refused !== undefined || refusals.has(block.id)) continue;
    scope.add(
      scope.at(block),
      `${block.id} does not say where a refusal leads: write "after: [{step: ${block.id}, outcome: refused}]" on a block of ${graph.id}`,
    );
  }
  const circle = circleIn(graph);
  if (circle) scope.add(path, `${circle.join(' → ')} wait for each other: a graph has no circles`);
}

function checkEnd(
  scope: CheckScope,
  graph: string,
  who: string,
  { step, outcome, answer }: After,
  block: Block | undefined,
  path: Path,
): void {
  if (!block) {
    scope.add(path, `${who} comes after "${step}", which does not stand directly in the graph ${graph}`);
    return;
  }
  if (answer !== undefined) {
    const given = block.kind === 'decision' ? block.answers.find(({ id }) => id === answer) : undefined;
    if (!given)
      scope.add(path, `${who} comes after the answer "${answer}" of ${step}, which has no such answer`);
    else if (given.repeat !== undefined || given.again)
      scope.add(
        path,
        `${who} comes after the answer "${answer}" of ${step}, which goes back: it is never the last`,
      );
  }
  if ((outcome === 'approved' || outcome === 'refused') && block.kind !== 'approval') {
    scope.add(path, `${who} comes after ${step} ${outcome}, and ${step} is no approval`);
  }
  if (outcome === 'refused' && block.kind === 'approval' && block.refused !== undefined) {
    scope.add(path, `${who} comes after ${step} refused, but a refusal of ${step} leads back`);
  }
  const inTime = block.kind !== 'approval' || block.timeoutMs !== undefined;
  const fails = isStep(block) && block.kind !== 'wait' && inTime;
  if (outcome === 'failed' && !fails) {
    scope.add(path, `${who} comes after ${step} failed, and ${step} is nothing that fails`);
  }
}

/** Ids along one circle, first and last alike; undefined when there is none. O(blocks + ends). */
function circleIn({ nodes }: Graph): readonly string[] | undefined {
  const after = new Map(nodes.map((node) => [node.block.id, node.after.map(({ step }) => step)]));
  const finished = new Set<string>();
  const visit = (id: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(id)) return [...way.slice(way.indexOf(id)), id].reverse();
    if (finished.has(id)) return undefined;
    for (const before of after.get(id) ?? []) {
      const circle = visit(before, [...way, id]);
      if (circle) return circle;
    }
    finished.add(id);
    return undefined;
  };
  for (const id of after.keys()) {
    const circle = visit(id, []);
    if (circle) return circle;
  }
  return undefined;
}

/** What can only come after a step. */
import type { Plan, PlanNode } from '@cordon/playbook';

/**
 * Steps that the flow reaches only when this one is over: those behind it in its sequence and in the sequences around
 * it. In a graph, those of blocks that come after its block. Steps beside it, and at any time, are not among them.
 */
export function stepsBehind(plan: Plan, step: string): ReadonlySet<string> {
  const behind = new Set<string>();
  const planned = plan.steps.get(step);
  if (!planned || planned.anytime) return behind;
  if (planned.each !== undefined) {
    const steps = plan.eaches.get(planned.each)?.each.steps.map(({ id }) => id) ?? [];
    for (const id of steps.slice(steps.indexOf(step) + 1)) behind.add(id);
  }
  collect(plan, plan.root, planned.each ?? step, behind);
  return behind;
}

/** Whether the target is in the node; what comes behind it there is added on the way out. */
function collect(plan: Plan, node: PlanNode, target: string, behind: Set<string>): boolean {
  switch (node.kind) {
    case 'each':
      return node.id === target;
    case 'phase':
    case 'group':
      return collect(plan, node.body, target, behind);
    case 'parallel':
      return node.branches.some((branch) => collect(plan, branch, target, behind));
    case 'sequence': {
      const at = node.items.findIndex((item) => collect(plan, item, target, behind));
      if (at >= 0) for (const item of node.items.slice(at + 1)) addAll(plan, item, behind);
      return at >= 0;
    }
    case 'graph': {
      const found = node.nodes.find((one) => collect(plan, one.node, target, behind));
      if (found) addFollowers(plan, node, found.node.id, behind);
      return found !== undefined;
    }
    case 'step': {
      if (node.id === target) {
        for (const branch of branchesOf(node)) addAll(plan, branch, behind);
        return true;
      }
      return branchesOf(node).some((branch) => collect(plan, branch, target, behind));
    }
  }
}

function branchesOf({ branches, failed }: Extract<PlanNode, { kind: 'step' }>): readonly PlanNode[] {
  return [...branches.values(), ...(failed ? [failed] : [])];
}

function addFollowers(
  plan: Plan,
  graph: Extract<PlanNode, { kind: 'graph' }>,
  id: string,
  behind: Set<string>,
): void {
  const reached = new Set([id]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { node, after } of graph.nodes) {
      if (reached.has(node.id) || !after.some((end) => reached.has(end.step))) continue;
      reached.add(node.id);
      addAll(plan, node, behind);
      grown = true;
    }
  }
}

function addAll(plan: Plan, node: PlanNode, into: Set<string>): void {
  switch (node.kind) {
    case 'each':
      for (const { id } of plan.eaches.get(node.id)?.each.steps ?? []) into.add(id);
      return;
    case 'phase':
    case 'group':
      return addAll(plan, node.body, into);
    case 'parallel':
      for (const branch of node.branches) addAll(plan, branch, into);
      return;
    case 'sequence':
      for (const item of node.items) addAll(plan, item, into);
      return;
    case 'graph':
      for (const one of node.nodes) addAll(plan, one.node, into);
      return;
    case 'step':
      into.add(node.id);
      for (const branch of branchesOf(node)) addAll(plan, branch, into);
  }
}

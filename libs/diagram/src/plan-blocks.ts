/** What a plan's tree leaves to the playbook: titles of groups, and the steps of an `each` as nodes. */
import { type Group, type Plan, type PlanNode, walkBlocks } from '@cordon/playbook';

/** Nodes one after the other. */
export type Sequence = Extract<PlanNode, { kind: 'sequence' }>;
/** A graph of the tree. */
export type GraphPlan = Extract<PlanNode, { kind: 'graph' }>;
/** A block of a graph with what it comes after. */
export type GraphMember = GraphPlan['nodes'][number];

/** Every group of the playbook by its id. O(blocks). */
export function groupsOf(plan: Plan): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const phase of plan.playbook.phases) {
    walkBlocks(phase.blocks, (block) => {
      if (block.kind === 'group') groups.set(block.id, block);
    });
  }
  return groups;
}

/** The steps of an `each` block as a sequence of the tree. */
export function eachSequence(plan: Plan, id: string): Sequence {
  const steps = plan.eaches.get(id)?.each.steps ?? [];
  return { kind: 'sequence', items: steps.map((step) => stepNode(step.id)) };
}

/** A step without branches as a node of the tree. */
export function stepNode(id: string): Extract<PlanNode, { kind: 'step' }> {
  return { kind: 'step', id, branches: new Map() };
}

/** What stands in a node, one after the other; anything but a sequence stands alone. */
export function itemsOf(node: PlanNode): readonly PlanNode[] {
  return node.kind === 'sequence' ? node.items : [node];
}

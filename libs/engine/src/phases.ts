import { isJsonObject, type Json } from '@cordon/kernel';
import { phasesIn, type Plan, type PlanNode } from '@cordon/playbook';

export type PhaseStatus = 'not_started' | 'active' | 'completed';

/** Every phase in flow order with its status, read off the machine's value: before, at, or after where the flow stands. */
export function phaseStatuses(plan: Plan, value: Json): ReadonlyMap<string, PhaseStatus> {
  const statuses = new Map<string, PhaseStatus>();
  const open = isJsonObject(value) ? value.open : undefined;
  if (open === undefined || open === 'ready-to-close') markAll(plan.root, 'completed', statuses);
  else mark(plan.root, open, statuses);
  return statuses;
}

/** `at` is the machine's value below the node. */
function mark(node: PlanNode, at: Json, statuses: Map<string, PhaseStatus>): void {
  if (node.kind === 'phase') statuses.set(node.id, 'active');
  if (node.kind === 'sequence') markSequence(node.items, at, statuses);
  if (node.kind === 'parallel') {
    node.branches.forEach((branch, i) => {
      const below = isJsonObject(at) ? at[`branch-${i + 1}`] : undefined;
      if (below === 'done') markAll(branch, 'completed', statuses);
      else mark(branch, below ?? null, statuses);
    });
  }
}

/** One item of a sequence is active: what comes before it is over, what comes after has not begun. */
function markSequence(items: readonly PlanNode[], at: Json, statuses: Map<string, PhaseStatus>): void {
  const active = isJsonObject(at) ? Object.keys(at)[0] : at;
  const index = items.findIndex((item) => item.kind !== 'sequence' && item.id === active);
  items.forEach((item, i) => {
    if (i === index)
      mark(item, isJsonObject(at) ? (at[item.kind === 'sequence' ? '' : item.id] ?? null) : at, statuses);
    else markAll(item, i < index ? 'completed' : 'not_started', statuses);
  });
}

function markAll(node: PlanNode, status: PhaseStatus, statuses: Map<string, PhaseStatus>): void {
  for (const id of phasesIn(node)) statuses.set(id, status);
}

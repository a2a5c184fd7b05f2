import { isJsonObject, type Json } from '@cordon/kernel';
import type { Plan, PlanNode } from '@cordon/playbook';
import { phasesIn } from '@cordon/playbook';

export type PhaseStatus = 'not_started' | 'active' | 'completed';

/** Every phase in flow order with its status, read off the machine's value: before, at, or after where the flow stands. */
export function phaseStatuses(plan: Plan, value: Json): ReadonlyMap<string, PhaseStatus> {
  const statuses = new Map<string, PhaseStatus>();
  const open = isJsonObject(value) ? value.open : undefined;
  mark(plan.root, open === undefined || open === 'ready-to-close' ? 'completed' : open, statuses);
  return statuses;
}

/** `at` is the machine's value below the node, or a verdict for all of it. */
function mark(node: PlanNode, at: Json | 'completed' | 'not_started', statuses: Map<string, PhaseStatus>): void {
  if (at === 'completed' || at === 'not_started' || at === 'done') {
    for (const id of phasesIn(node)) statuses.set(id, at === 'not_started' ? 'not_started' : 'completed');
    return;
  }
  if (node.kind === 'phase') statuses.set(node.id, 'active');
  if (node.kind === 'sequence') {
    const active = isJsonObject(at) ? Object.keys(at)[0] : String(at);
    const index = node.items.findIndex((item) => item.kind !== 'sequence' && item.id === active);
    node.items.forEach((item, i) => {
      const below = isJsonObject(at) ? (at[active ?? ''] ?? 'not_started') : at;
      mark(item, i < index ? 'completed' : i > index ? 'not_started' : below, statuses);
    });
  }
  if (node.kind === 'parallel') {
    node.branches.forEach((branch, i) => {
      const below = isJsonObject(at) ? at[`branch-${i + 1}`] : undefined;
      mark(branch, below ?? 'not_started', statuses);
    });
  }
}

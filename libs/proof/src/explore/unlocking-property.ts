/** Every locked step says what unlocks it. */
import type { Plan, PlanNode } from '@cordon/playbook';
import type { Obligation, Part } from './obligation.js';
import type { Structure } from './structure.js';

/**
 * Each step is asked where everything it does not depend on is done, and together with each step right before it, so
 * that every step is seen in the way of another.
 */
export function unlocks({ plan }: Structure): Part {
  const before = stepsBefore(plan);
  const obligations = [...plan.steps].flatMap(([step, { anytime }]): Obligation[] => {
    if (anytime) return [];
    const sets = [[step], ...(before.get(step) ?? []).map((one) => [step, one])];
    return sets.flatMap((steps) => [asked(step, steps, false), asked(step, steps, true)]);
  });
  return {
    named: [
      { id: 'explained', title: 'Doing what is said of a locked step unlocks it' },
      { id: 'reached', title: 'From every state each step can be come to' },
    ],
    obligations,
  };
}

function asked(step: string, steps: readonly string[], atAll: boolean): Obligation {
  return {
    property: atAll ? 'reached' : 'explained',
    breaks: atAll ? `from here no run unlocks ${step}` : `doing what is said of ${step} does not unlock it`,
    steps,
    guards: [],
    ...(steps.length > 1 ? { open: true } : {}),
    ask: { kind: 'unlocks', step, atAll },
  };
}

/** For each step the ones that the flow may come from. O(steps²) at most. */
function stepsBefore(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  let systems: readonly string[] = [];
  /** Gives every step below what comes before it; returns the steps with which the node may end. */
  const visit = (node: PlanNode, from: readonly string[]): readonly string[] => {
    switch (node.kind) {
      case 'step': {
        found.set(node.id, from);
        const inner = [...node.branches.values(), ...(node.failed ? [node.failed] : [])];
        return [node.id, ...inner.flatMap((branch) => visit(branch, [node.id]))];
      }
      case 'phase':
      case 'group':
        return visit(node.body, from);
      case 'sequence':
        return node.items.reduce((last, item) => visit(item, last), from);
      case 'parallel':
        return node.branches.flatMap((branch) => visit(branch, from));
      case 'graph': {
        const ends = node.nodes.map(({ node: inner, after }) => {
          const steps = after.map(({ step }) => step).filter((step) => plan.steps.has(step));
          return visit(inner, steps.length > 0 ? steps : from);
        });
        return ends.flat();
      }
      case 'each': {
        let last = [...from, ...systems];
        for (const { id } of plan.eaches.get(node.id)?.each.steps ?? []) {
          found.set(id, [...new Set(last)]);
          last = [id];
        }
        systems = last;
        return last;
      }
    }
  };
  visit(plan.root, []);
  return found;
}

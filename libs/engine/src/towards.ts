/** Which outcome of a step leads to another: the answer, the failure or the verdict that the flow needs to come there. */
import {
  endTaken,
  evaluate,
  factsOf,
  factValue,
  type After,
  type Answer,
  type Guard,
  type Plan,
  type PlanNode,
  type PlannedNode,
  type Step,
  type Truth,
} from '@cordon/playbook';
import type { IncidentState } from './model.js';

/** Any way on will do, or only these answers, or only a failure, a refusal or an approval. */
export type Outcome =
  | { readonly kind: 'any' }
  | { readonly kind: 'answer'; readonly answers: readonly string[] }
  | { readonly kind: 'failed' | 'refused' | 'approved' };

const ANY: Outcome = { kind: 'any' };

/** The step, or the block repeated per system, stands at the node or below it. */
function holds(node: PlanNode, target: string): boolean {
  switch (node.kind) {
    case 'each':
      return node.id === target;
    case 'phase':
    case 'group':
      return holds(node.body, target);
    case 'parallel':
      return node.branches.some((branch) => holds(branch, target));
    case 'sequence':
      return node.items.some((item) => holds(item, target));
    case 'graph':
      return node.nodes.some((one) => holds(one.node, target));
    case 'step':
      return (
        node.id === target ||
        [...node.branches.values()].some((branch) => holds(branch, target)) ||
        (node.failed !== undefined && holds(node.failed, target))
      );
  }
}

/** What must become of `step` for the flow to come to `target`, a step or a block repeated per system. O(plan). */
export function outcomeTowards(plan: Plan, state: IncidentState, step: string, target: string): Outcome {
  let found: Outcome = ANY;
  const visit = (node: PlanNode): void => {
    if (node.kind === 'step') {
      if (node.id === step) found = belowStep(node, target) ?? found;
      for (const branch of [...node.branches.values(), ...(node.failed ? [node.failed] : [])])
        if (holds(branch, target)) visit(branch);
    } else if (node.kind === 'graph') {
      const on = node.nodes.find((one) => holds(one.node, target));
      if (!on) return;
      found = inGraph(node.nodes, state, step, on) ?? found;
      visit(on.node);
    } else childrenOf(node).forEach((child) => holds(child, target) && visit(child));
  };
  visit(plan.root);
  return found;
}

function childrenOf(node: PlanNode): readonly PlanNode[] {
  if (node.kind === 'sequence') return node.items;
  if (node.kind === 'parallel') return node.branches;
  return node.kind === 'phase' || node.kind === 'group' ? [node.body] : [];
}

function belowStep(
  { branches, failed }: Extract<PlanNode, { kind: 'step' }>,
  target: string,
): Outcome | undefined {
  const answers = [...branches].filter(([, body]) => holds(body, target)).map(([answer]) => answer);
  if (answers.length > 0) return { kind: 'answer', answers };
  return failed && holds(failed, target) ? { kind: 'failed' } : undefined;
}

/** What the ends ask of the step before this block, where no other end lets the flow come there. */
function inGraph(
  nodes: readonly PlannedNode[],
  state: IncidentState,
  step: string,
  to: PlannedNode,
): Outcome | undefined {
  const seen = new Set<string>();
  const ask = (one: PlannedNode): Outcome | undefined => {
    if (seen.has(one.node.id)) return undefined;
    seen.add(one.node.id);
    const own = one.after.filter((end) => end.step === step);
    const elsewhere = one.after.some((end) => end.step !== step && endTaken(state, end) !== 'dead');
    if (own.length > 0 && !elsewhere) return outcomeOf(own);
    for (const end of one.after) {
      const before = nodes.find(({ node }) => node.id === end.step);
      const found = before && ask(before);
      if (found) return found;
    }
    return undefined;
  };
  return ask(to);
}

function outcomeOf(ends: readonly After[]): Outcome {
  const answers = ends.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  if (answers.length > 0) return { kind: 'answer', answers };
  if (ends.some(({ outcome }) => outcome === 'done')) return ANY;
  if (ends.some(({ outcome }) => outcome === 'approved')) return { kind: 'approved' };
  return { kind: ends.some(({ outcome }) => outcome === 'refused') ? 'refused' : 'failed' };
}

/** The answers of a decision that may be given now and lead there; where their turns are spent, any that go on. */
export function answersTowards(
  state: IncidentState,
  step: Extract<Step, { kind: 'decision' }>,
  outcome: Outcome,
  system: string | undefined,
): readonly string[] {
  const turns = (system === undefined ? state : state.systems[system])?.turns?.[step.id] ?? 0;
  const may = step.answers.filter(({ max }) => max === undefined || turns < max);
  const wanted = outcome.kind === 'answer' ? may.filter(({ id }) => outcome.answers.includes(id)) : [];
  const onward = may.filter(({ repeat, again }) => repeat === undefined && again === undefined);
  return (wanted.length > 0 ? wanted : onward).map(({ id }) => id);
}

/**
 * Facts that make the machine bring the step to another outcome by itself, as soon as it is opened again. Empty when a
 * person decides.
 */
export function factsDeciding(
  plan: Plan,
  state: IncidentState,
  id: string,
  outcome: Outcome,
): readonly string[] {
  const step = plan.steps.get(id)?.step;
  if (step?.kind === 'wait' && step.until && outcome.kind === 'failed')
    return evaluate(step.until, state.facts) === 'yes' ? factsOf(step.until) : [];
  if (step?.kind !== 'decision') return [];
  const own = answersItself(step.answers, state);
  if (!own?.when || (outcome.kind === 'answer' && outcome.answers.includes(own.id))) return [];
  return outcome.kind === 'any' ? [] : factsOf(own.when);
}

/** The answer that the machine gives when it comes to the decision, its turns as they are after reopening. */
function answersItself(answers: readonly Answer[], state: IncidentState): Answer | undefined {
  for (const answer of answers) {
    if (!answer.when) continue;
    const truth = evaluate(answer.when, state.facts);
    if (truth === 'yes') return answer;
    if (truth === 'unknown') return undefined;
  }
  return undefined;
}

/** The facts by which the condition is not what is wanted: only these can change it. */
export function factsAgainst(
  guard: Guard,
  facts: IncidentState['facts'],
  wanted: Truth = 'yes',
): readonly string[] {
  if (evaluate(guard, facts) === wanted) return [];
  if ('not' in guard) return factsAgainst(guard.not, facts, wanted === 'yes' ? 'no' : 'yes');
  if (!('all' in guard) && !('any' in guard)) return [guard.fact];
  const parts = 'all' in guard ? guard.all : guard.any;
  return [...new Set(parts.flatMap((part) => factsAgainst(part, facts, wanted)))];
}

/** The unknown facts for want of which nobody can say whether the condition holds. */
export function factsMissing(guard: Guard, facts: IncidentState['facts']): readonly string[] {
  return factsOfUnknown(guard, facts).filter((fact) => factValue(facts, fact) === undefined);
}

function factsOfUnknown(guard: Guard, facts: IncidentState['facts']): readonly string[] {
  if (evaluate(guard, facts) !== 'unknown') return [];
  if ('not' in guard) return factsOfUnknown(guard.not, facts);
  if (!('all' in guard) && !('any' in guard)) return [guard.fact];
  const parts = 'all' in guard ? guard.all : guard.any;
  return [...new Set(parts.flatMap((part) => factsOfUnknown(part, facts)))];
}

/** Where the flow stands: what is open, and what must be done before something else. Read off the plan and the records. */
import {
  evaluate,
  factsOf,
  factValue,
  isDone,
  type Guard,
  type Plan,
  type PlanNode,
  type StepRecord,
} from '@cordon/playbook';
import { instanceId, statusOf, isOpen, type Instance } from './instances.js';
import type { Blocker, IncidentState } from './model.js';

/** What stands between now and this node being done; empty when it is done. The first thing of every branch, not the whole way. */
export function frontier(plan: Plan, state: IncidentState, node: PlanNode): readonly Blocker[] {
  switch (node.kind) {
    case 'sequence':
      return first(node.items.map((item) => () => frontier(plan, state, item)));
    case 'phase':
      return frontier(plan, state, node.body);
    case 'parallel':
      return node.branches.flatMap((branch) => frontier(plan, state, branch));
    case 'each':
      return eachFrontier(plan, state, node.id);
    case 'step': {
      const own = stepBlockers(plan, state, node.id, state.steps[node.id]);
      if (own.length > 0) return own;
      const taken = node.branches.get(state.steps[node.id]?.answer ?? '');
      return taken ? frontier(plan, state, taken) : [];
    }
  }
}

/** What must be done before this instance can start; empty when the flow is at it. */
export function before(plan: Plan, state: IncidentState, of: Instance): readonly Blocker[] {
  const inFlow = ahead(plan, state, plan.root, of.planned.each ?? of.planned.step.id) ?? [];
  if (inFlow.length > 0 || of.system === undefined) return inFlow;
  return systemBefore(plan, state, of);
}

/** The unknown facts that keep the step at its gate, or that it does not apply; empty when its condition holds. */
export function conditionBlockers(
  state: IncidentState,
  when: Guard | undefined,
  step: string,
): readonly Blocker[] {
  const applies = when ? evaluate(when, state.facts) : 'yes';
  if (!when || applies === 'yes') return [];
  const facts = factsOf(when);
  if (applies === 'no') return facts.map((fact) => ({ code: 'not_applicable', step, fact }));
  return facts
    .filter((fact) => factValue(state.facts, fact) === undefined)
    .map((fact) => ({ code: 'fact_unknown', step, fact }));
}

/** Blockers on the way to `target` below `node`; undefined when the target is not below it. */
function ahead(
  plan: Plan,
  state: IncidentState,
  node: PlanNode,
  target: string,
): readonly Blocker[] | undefined {
  switch (node.kind) {
    case 'each':
      return node.id === target ? [] : undefined;
    case 'phase':
      return ahead(plan, state, node.body, target);
    case 'parallel':
      return firstDefined(node.branches, (branch) => ahead(plan, state, branch, target));
    case 'sequence': {
      for (const [index, item] of node.items.entries()) {
        const below = ahead(plan, state, item, target);
        if (below === undefined) continue;
        const earlier = first(node.items.slice(0, index).map((one) => () => frontier(plan, state, one)));
        return earlier.length > 0 ? earlier : below;
      }
      return undefined;
    }
    case 'step': {
      if (node.id === target) return [];
      for (const [answer, branch] of node.branches) {
        const below = ahead(plan, state, branch, target);
        if (below === undefined) continue;
        const own = stepBlockers(plan, state, node.id, state.steps[node.id]);
        if (own.length > 0) return own;
        return state.steps[node.id]?.answer === answer
          ? below
          : [{ code: 'branch_not_taken', step: node.id }];
      }
      return undefined;
    }
  }
}

function systemBefore(plan: Plan, state: IncidentState, of: Instance): readonly Blocker[] {
  for (const [id, { each }] of plan.eaches) {
    for (const step of each.steps) {
      if (step.id === of.planned.step.id) return [];
      const record = state.systems[of.system ?? '']?.steps[step.id];
      const blockers = stepBlockers(plan, state, step.id, record, of.system);
      if (blockers.length > 0) return blockers;
    }
    if (id === of.planned.each) return [];
  }
  return [];
}

function eachFrontier(plan: Plan, state: IncidentState, id: string): readonly Blocker[] {
  const steps = plan.eaches.get(id)?.each.steps ?? [];
  return Object.entries(state.systems).flatMap(([system, { steps: records }]) =>
    first(steps.map((step) => () => stepBlockers(plan, state, step.id, records[step.id], system))),
  );
}

/** The step itself as a blocker of what comes after it; empty when it is done. */
function stepBlockers(
  plan: Plan,
  state: IncidentState,
  id: string,
  record: StepRecord | undefined,
  system?: string,
): readonly Blocker[] {
  const step = plan.steps.get(id)?.step;
  if (!step || isDone(record, step.when ? evaluate(step.when, state.facts) : 'yes')) return [];
  const named = { step: instanceId(id, system), ...(system === undefined ? {} : { system }) };
  const status = statusOf(record);
  const role = step.roles[0] === undefined ? {} : { role: step.roles[0] };
  if (record && isOpen(status)) {
    const who = record.assignee === undefined ? {} : { by: record.assignee };
    return [{ code: 'step_open', ...named, ...role, ...who, status, since: record.at }];
  }
  const condition = conditionBlockers(state, step.when, named.step);
  if (condition.some((blocker) => blocker.code === 'fact_unknown')) return condition;
  return [{ code: 'step_open', ...named, ...role, status: 'cannot_start' }];
}

function first(parts: readonly (() => readonly Blocker[])[]): readonly Blocker[] {
  return (
    firstDefined(parts, (part) => {
      const blockers = part();
      return blockers.length > 0 ? blockers : undefined;
    }) ?? []
  );
}

function firstDefined<A, B>(items: readonly A[], pick: (item: A) => B | undefined): B | undefined {
  for (const item of items) {
    const found = pick(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where the flow stands: what is open, and what must be done before something else. Read off the plan and the records. */
import {
  endTaken,
  evaluate,
  isDone,
  type After,
  type Guard,
  type Plan,
  type PlanNode,
  type StepRecord,
} from '@cordon/playbook';
import { instanceId, statusOf, isOpen, type Instance } from './instances.js';
import type { Blocker, IncidentState } from './model.js';
import { factsAgainst, factsDeciding, factsMissing, outcomeTowards } from './towards.js';

/** What stands between now and this node being done; empty when it is done. The first thing of every branch, not the whole way. */
export function frontier(plan: Plan, state: IncidentState, node: PlanNode): readonly Blocker[] {
  switch (node.kind) {
    case 'sequence':
      return first(node.items.map((item) => () => frontier(plan, state, item)));
    case 'phase':
    case 'group':
      return frontier(plan, state, node.body);
    case 'parallel':
      return node.branches.flatMap((branch) => frontier(plan, state, branch));
    case 'graph':
      return node.nodes
        .filter(({ node: { id }, after }) => state.ends?.[id] === undefined && mayStart(state, after))
        .flatMap((one) => frontier(plan, state, one.node));
    case 'each':
      return eachFrontier(plan, state, node.id);
    case 'step': {
      const own = stepBlockers(plan, state, node.id, state.steps[node.id]);
      if (own.length > 0) return own;
      const taken = branchTaken(node, state.steps[node.id]);
      return taken ? frontier(plan, state, taken) : [];
    }
  }
}

/** All that a block of a graph waits for has ended, one way or another. */
function mayStart(state: IncidentState, after: readonly After[]): boolean {
  return after.every((end) => endTaken(state, end) !== 'open');
}

/** Where the outcome of a step leads before the flow goes on. */
function branchTaken(
  { branches, failed }: Extract<PlanNode, { kind: 'step' }>,
  record: StepRecord | undefined,
): PlanNode | undefined {
  return record?.status === 'failed' ? failed : branches.get(record?.answer ?? '');
}

/** What must be done before this instance can start; empty when the flow is at it. */
export function before(plan: Plan, state: IncidentState, of: Instance): readonly Blocker[] {
  const inFlow = ahead(plan, state, plan.root, of.planned.each ?? of.planned.step.id) ?? [];
  if (inFlow.length > 0 || of.system === undefined) return inFlow;
  return systemBefore(plan, state, of);
}

/** The facts that keep the step at its gate, or by which it does not apply; empty when its condition holds. */
export function conditionBlockers(
  state: IncidentState,
  when: Guard | undefined,
  step: string,
): readonly Blocker[] {
  const applies = when ? evaluate(when, state.facts) : 'yes';
  if (!when || applies === 'yes') return [];
  if (applies === 'no')
    return factsAgainst(when, state.facts).map((fact) => ({ code: 'not_applicable', step, fact }));
  return factsMissing(when, state.facts).map((fact) => ({ code: 'fact_unknown', step, fact }));
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
    case 'group':
      return ahead(plan, state, node.body, target);
    case 'parallel':
      return firstDefined(node.branches, (branch) => ahead(plan, state, branch, target));
    case 'graph':
      return aheadInGraph(plan, state, node, target);
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
      const record = state.steps[node.id];
      for (const branch of [...node.branches.values(), ...(node.failed ? [node.failed] : [])]) {
        const below = ahead(plan, state, branch, target);
        if (below === undefined) continue;
        const own = stepBlockers(plan, state, node.id, record);
        if (own.length > 0) return own;
        return branchTaken(node, record) === branch ? below : notTaken(plan, state, node.id, target);
      }
      return undefined;
    }
  }
}

/** In a graph: what is open of all it comes after, nearest first; or the end that it waited for in vain. */
function aheadInGraph(
  plan: Plan,
  state: IncidentState,
  graph: Extract<PlanNode, { kind: 'graph' }>,
  target: string,
): readonly Blocker[] | undefined {
  for (const { node, after } of graph.nodes) {
    const below = ahead(plan, state, node, target);
    if (below === undefined) continue;
    if (!mayStart(state, after)) return waitedFor(plan, state, graph, after, new Set());
    const taken = after.length === 0 || after.some((end) => endTaken(state, end) === 'taken');
    return taken ? below : inVain(plan, state, graph, after, target);
  }
  return undefined;
}

/** The end that would have led there: of the first step before it that was done at all, and ended another way. */
function inVain(
  plan: Plan,
  state: IncidentState,
  graph: Extract<PlanNode, { kind: 'graph' }>,
  after: readonly After[],
  target: string,
): readonly Blocker[] {
  const ended = after.find(({ step }) => state.ends?.[step] !== 'dead');
  if (ended) return notTaken(plan, state, ended.step, target);
  const [first] = after;
  const before = first && graph.nodes.find(({ node }) => node.id === first.step);
  return before ? inVain(plan, state, graph, before.after, target) : [];
}

/**
 * The step ended in a way that does not lead to the target: it did not apply, or the machine decides it by facts and
 * would decide it alike again, or somebody has to open it again and answer otherwise.
 */
function notTaken(plan: Plan, state: IncidentState, step: string, target: string): readonly Blocker[] {
  if (state.steps[step]?.notApplicable) {
    const condition = conditionBlockers(state, plan.steps.get(step)?.step.when, step);
    if (condition.length > 0) return condition;
  }
  const facts = factsDeciding(plan, state, step, outcomeTowards(plan, state, step, target));
  if (facts.length === 0) return [{ code: 'branch_not_taken', step }];
  return facts.map((fact) => ({ code: 'branch_not_taken', step, fact }));
}

function waitedFor(
  plan: Plan,
  state: IncidentState,
  graph: Extract<PlanNode, { kind: 'graph' }>,
  after: readonly After[],
  seen: Set<string>,
): readonly Blocker[] {
  return after
    .filter((end) => endTaken(state, end) === 'open' && !seen.has(end.step))
    .flatMap(({ step }) => {
      seen.add(step);
      const found = graph.nodes.find(({ node }) => node.id === step);
      if (!found) return [];
      return mayStart(state, found.after)
        ? frontier(plan, state, found.node)
        : waitedFor(plan, state, graph, found.after, seen);
    });
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

/**
 * The graph without circles: what comes back to a loop is the end of a round, what a failure takes back to an earlier
 * step is a retry, and any other circle refuses the document. Failures that nobody handles lead to the exception
 * handling of the playbook where that can be said.
 */
import { nameOf, stepPointer, type Findings } from './document.js';
import { delayId, END, type FlowNode, type Workflow } from './flow.js';
import { dominatorsOf, onwardOf, orderOf, reachFrom, waysOf, type Dominators } from './graph.js';

export interface Prepared {
  readonly nodes: ReadonlyMap<string, FlowNode>;
  readonly entry: string;
  readonly order: readonly string[];
  readonly dominators: Dominators;
  /** Exception handling that no failure leads to by itself: laid out after the flow, behind a question. */
  readonly aside?: Prepared;
}

/** Undefined when a circle refuses the document; the findings name its steps. O(loops × edges). */
export function prepare(workflow: Workflow, findings: Findings): Prepared | undefined {
  const { nodes } = workflow;
  for (const node of nodes.values()) if (node.kind === 'loop') cutLoop(workflow, node, findings);
  for (const node of nodes.values()) if (node.failure !== undefined) turnToRetry(workflow, node);
  const ordered = orderOf(nodes, [
    workflow.entry,
    ...(workflow.exception === undefined ? [] : [workflow.exception]),
  ]);
  if ('circle' in ordered) {
    refuseCircle(workflow, ordered.circle, findings);
    return undefined;
  }
  const plain = arrange(nodes, workflow.entry);
  const { exception } = workflow;
  if (exception === undefined || plain.order.includes(exception)) {
    if (exception !== undefined) notePartOfFlow(workflow, exception, findings);
    return plain;
  }
  const wired = wireException(workflow, plain, exception, findings);
  if (wired) return lift(arrange(nodes, workflow.entry), exception);
  return { ...plain, aside: asideOf(workflow, plain, exception, findings) };
}

function arrange(nodes: ReadonlyMap<string, FlowNode>, entry: string): Prepared {
  const ordered = orderOf(nodes, [entry]);
  if ('circle' in ordered) throw new Error('a graph without circles has one');
  return { nodes, entry, order: ordered.order, dominators: dominatorsOf(nodes, ordered.order, entry) };
}

/**
 * The exception handling is the end of the workflow, not of the branch that it was called from: it hangs under the
 * outermost construct around everything that leads to it, so that its end does not go back to one inside.
 */
function lift(prepared: Prepared, exception: string): Prepared {
  const { nodes, order, entry, dominators } = prepared;
  let under: string | undefined;
  for (let at = dominators.get(exception); at !== undefined; at = dominators.get(at)) {
    const owner = at.includes('>') ? nodes.get(at.slice(0, at.indexOf('>'))) : undefined;
    if (owner && owner.failure === undefined) under = owner.id;
  }
  if (under === undefined) return prepared;
  return { ...prepared, dominators: dominatorsOf(nodes, order, entry, { node: exception, under }) };
}

/** Within a round of the loop, ways back to the loop end the round, and so do ways out of it. */
function cutLoop({ nodes, steps }: Workflow, loop: FlowNode, findings: Findings): void {
  const [body] = loop.branches;
  if (!body || body.target === END) return;
  const again = new Set([loop.id, delayId(loop.id)]);
  const inside = reachFrom(nodes, body.target, loop.id);
  const outside = loop.next === END ? new Set<string>() : reachFrom(nodes, loop.next, loop.id);
  const cut = (from: FlowNode | undefined, target: string): string => {
    if (again.has(target)) return END;
    if (!outside.has(target)) return target;
    const step = from?.step ?? loop.step;
    const message = `${nameOf(steps.get(step), step)} leads out of the loop ${nameOf(steps.get(loop.step), loop.step)}: read as the end of its round`;
    findings.add('warning', stepPointer(step), message);
    return END;
  };
  body.target = cut(undefined, body.target);
  for (const id of inside) {
    const node = nodes.get(id);
    if (!node || outside.has(id) || id === loop.id) continue;
    for (const branch of node.branches) branch.target = cut(node, branch.target);
    if (node.next !== END) node.next = cut(node, node.next);
    if (node.failure === undefined || node.failure === END) continue;
    if (again.has(node.failure)) node.failure = END;
    else if (outside.has(node.failure)) {
      delete node.failure;
      const message = `a failure of ${nameOf(steps.get(node.step), node.step)} leads out of its loop: it stays a problem that a coordinator resolves`;
      findings.add('warning', `${stepPointer(node.step)}/on_failure`, message);
    }
  }
}

/** A failure that leads to the step itself, or to one that always comes before it, is another try. */
function turnToRetry({ nodes, entry, exception }: Workflow, node: FlowNode): void {
  const target = node.failure;
  if (target === undefined || target === END) return;
  const own = (from: FlowNode, to: string): boolean => from === node && to === target && to !== node.next;
  if (target !== node.id && !reachFrom(nodes, target, undefined, own).has(node.id)) return;
  const comesFirst = [entry, exception ?? END].some((from) =>
    reachFrom(nodes, from, undefined, own).has(target),
  );
  if (target !== node.id && !comesFirst) return;
  node.retry = target;
  delete node.failure;
}

function refuseCircle({ nodes, steps }: Workflow, circle: readonly string[], findings: Findings): void {
  const ids = [...new Set(circle.map((id) => nodes.get(id)?.step ?? id))];
  const names = ids.slice(0, 20).map((id) => nameOf(steps.get(id), id));
  const more = ids.length > names.length ? ` and ${ids.length - names.length} more` : '';
  const message = `the workflow goes round without an end through ${names.join(', ')}${more}: only a while-condition may come round`;
  findings.add('error', stepPointer(ids[0] ?? ''), message);
}

/**
 * Leads failures that nothing handles to the exception handling. Not from inside a loop or a branch of a parallel:
 * there a failure for good would leave what runs beside it without a join. False if there is nobody to lead from.
 */
function wireException(workflow: Workflow, plain: Prepared, exception: string, findings: Findings): boolean {
  const { nodes, steps } = workflow;
  const handling = reachFrom(nodes, exception);
  const inside: string[] = [];
  let wired = 0;
  for (const id of plain.order) {
    const node = nodes.get(id);
    if (node?.kind !== 'task' || node.cannotFail || node.failure !== undefined || node.retry !== undefined)
      continue;
    if (handling.has(id)) continue;
    if (isInside(plain, id)) {
      inside.push(node.step);
      continue;
    }
    node.failure = exception;
    wired += 1;
  }
  if (inside.length > 0) {
    const names = inside.slice(0, 10).map((id) => nameOf(steps.get(id), id));
    const message = `inside a loop or a parallel a failure does not lead to the exception handling by itself, it stays a problem that a coordinator resolves: ${names.join(', ')}`;
    findings.add('note', '/workflow_exception', message);
  }
  return wired > 0;
}

function isInside({ nodes, dominators }: Prepared, id: string): boolean {
  for (let at = dominators.get(id); at !== undefined; at = dominators.get(at)) {
    const owner = at.includes('>') ? nodes.get(at.slice(0, at.indexOf('>'))) : undefined;
    if (owner?.kind === 'loop' || owner?.kind === 'fork') return true;
  }
  return false;
}

function notePartOfFlow({ steps, nodes }: Workflow, exception: string, findings: Findings): void {
  const step = nodes.get(exception)?.step ?? exception;
  const message = `the exception handling ${nameOf(steps.get(step), step)} is part of the workflow itself: a failure that nothing handles stays a problem that a coordinator resolves`;
  findings.add('note', '/workflow_exception', message);
}

/** The exception handling as a flow of its own; where it joins the workflow it ends. */
function asideOf(workflow: Workflow, plain: Prepared, exception: string, findings: Findings): Prepared {
  const main = new Set(plain.order);
  for (const id of reachFrom(workflow.nodes, exception)) {
    const node = workflow.nodes.get(id);
    if (!node || main.has(id)) continue;
    const joins = [...waysOf(node).map(({ target }) => target), onwardOf(node)].filter((to) => main.has(to));
    if (joins.length === 0) continue;
    for (const branch of node.branches) if (main.has(branch.target)) branch.target = END;
    if (main.has(node.next)) node.next = END;
    if (node.failure !== undefined && main.has(node.failure)) delete node.failure;
    const message = 'the exception handling leads back into the workflow: it ends there';
    findings.add('warning', stepPointer(node.step), message);
  }
  const message =
    'no failure leads to the exception handling by itself: the playbook asks at its end whether it is needed';
  findings.add('note', '/workflow_exception', message);
  return arrange(workflow.nodes, exception);
}

/**
 * The workflow as a graph of what people will see: starts are passed through, ends are `END`, a delay is a node of its
 * own before its step, and a construct that asks for success or failure is followed by the question.
 */
import type { JsonObject } from '@cordon/kernel';
import { nameOf, pointerOf, stepPointer, textOf, STEP_TYPES, type Findings } from './document.js';
import { allPointers, readSuccessors, type Pointer, type Successors } from './successors.js';

/** The end of a branch, or of the workflow where no branch is open. */
export const END = '';

export type NodeKind = 'task' | 'wait' | 'choice' | 'outcome' | 'loop' | 'fork';

export interface FlowBranch {
  readonly key: string;
  target: string;
}

/** Mutable while the graph is prepared; the layout reads it. */
export interface FlowNode {
  readonly id: string;
  /** The step of the document that it shows. */
  readonly step: string;
  readonly kind: NodeKind;
  /** Ways that return to the node; see `Successors`. */
  readonly branches: FlowBranch[];
  /** Where it goes on; `END` too where a construct has no continuation of its own: see `returns`. */
  next: string;
  /** A construct whose branches come back to it and go on to `next`. Without it, a branch's end ends what is around. */
  returns: boolean;
  /** Where a failure leads. */
  failure?: string;
  /** The failure goes back to this node. */
  retry?: string;
  /** It becomes a block of steps, which has no failure of its own. */
  readonly cannotFail?: true;
}

export interface Workflow {
  readonly steps: ReadonlyMap<string, JsonObject>;
  readonly reached: ReadonlySet<string>;
  readonly nodes: Map<string, FlowNode>;
  /** The first node, `END` if nothing is to be done. */
  readonly entry: string;
  /** The first node of the playbook's exception handling, if it has any. */
  readonly exception?: string;
}

/**
 * Reads the workflow; a pointer that leads nowhere from a step that is reached is an error. `laidOut` says which
 * playbook-actions become the blocks of another playbook. O(steps + pointers).
 */
export function readWorkflow(
  steps: ReadonlyMap<string, JsonObject>,
  start: string,
  exception: string | undefined,
  laidOut: (step: JsonObject) => boolean,
  findings: Findings,
): Workflow {
  const successors = new Map<string, Successors>();
  for (const [id, step] of steps) successors.set(id, readSuccessors(id, step, findings));
  const reached = reach(start, exception, successors);
  for (const [id, ways] of successors) {
    for (const way of allPointers(ways)) checkTarget(steps, reached, id, way, findings);
  }
  const builder = new Builder(steps, successors, laidOut, findings);
  for (const id of reached) builder.add(id);
  const handler = exception === undefined ? END : builder.enter(exception);
  return {
    steps,
    reached,
    nodes: builder.nodes,
    entry: builder.enter(start),
    ...(handler === END ? {} : { exception: handler }),
  };
}

function reach(
  start: string,
  exception: string | undefined,
  successors: ReadonlyMap<string, Successors>,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const left = [...(exception === undefined ? [] : [exception]), start];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    const ways = successors.get(id);
    if (!ways || reached.has(id)) continue;
    reached.add(id);
    left.push(...allPointers(ways).map(({ target }) => target));
  }
  return reached;
}

function checkTarget(
  steps: ReadonlyMap<string, JsonObject>,
  reached: ReadonlySet<string>,
  id: string,
  { key, target }: Pointer,
  findings: Findings,
): void {
  if (steps.has(target)) return;
  const [first = '', ...rest] = key.split('/');
  const pointer = pointerOf('workflow', id, first, ...(rest.length === 0 ? [] : [rest.join('/')]));
  const message = `${nameOf(steps.get(id), id)} leads to a step that is not in the workflow`;
  findings.add(reached.has(id) ? 'error' : 'warning', pointer, `${message}: add the step or correct the id`);
}

class Builder {
  readonly nodes = new Map<string, FlowNode>();

  constructor(
    private readonly steps: ReadonlyMap<string, JsonObject>,
    private readonly successors: ReadonlyMap<string, Successors>,
    private readonly laidOut: (step: JsonObject) => boolean,
    private readonly findings: Findings,
  ) {}

  /** The node where a pointer to the step arrives. */
  enter(id: string): string {
    const passed = new Set<string>();
    for (let at = id; ;) {
      const step = this.steps.get(at);
      const type = textOf(step, 'type');
      if (!step || type === 'end') return END;
      if (delayOf(step) > 0) return delayId(at);
      if (type !== 'start') return at;
      const next = this.successors.get(at)?.next;
      if (!next || passed.has(at)) return END;
      passed.add(at);
      at = next.target;
    }
  }

  add(id: string): void {
    const step = this.steps.get(id);
    const ways = this.successors.get(id);
    const type = textOf(step, 'type') ?? '';
    if (!step || !ways || type === 'end') return;
    if (!ways.next && (type === 'start' || ways.branches.length === 0)) {
      const message = `${nameOf(step, id)} leads to no next step and to no end: its branch ends here`;
      this.findings.add('warning', stepPointer(id), message);
    }
    const next = ways.next ? this.enter(ways.next.target) : END;
    if (delayOf(step) > 0) {
      this.put({ id: delayId(id), step: id, kind: 'wait', next: type === 'start' ? next : id });
    }
    if (type !== 'start') this.addStep(id, step, type, ways, next);
  }

  private addStep(id: string, step: JsonObject, type: string, ways: Successors, next: string): void {
    const kind = kindOf(type);
    const construct = kind !== 'task';
    const block = type === 'playbook-action' && this.laidOut(step);
    const node = {
      ...{ id, step: id, kind, branches: this.branches(type, ways), next },
      returns: construct && ways.next !== undefined,
      ...(block ? ({ cannotFail: true } as const) : {}),
    };
    if (!ways.failure) {
      this.put(node);
      return;
    }
    const failure = this.enter(ways.failure.target);
    if (!construct && !block) {
      this.put({ ...node, failure });
      return;
    }
    this.put({ ...node, next: outcomeId(id), returns: construct });
    const outcomes = [
      { key: 'succeeded', target: next },
      { key: 'failed', target: failure },
    ];
    this.put({ id: outcomeId(id), step: id, kind: 'outcome', branches: outcomes, next: END });
  }

  private branches(type: string, ways: Successors): FlowBranch[] {
    const branches = ways.branches.map(({ key, target }) => ({ key, target: this.enter(target) }));
    if (type === 'if-condition') for (const key of ['on_true', 'on_false']) this.both(branches, key);
    if (type === 'while-condition') this.both(branches, 'on_true');
    const hasDefault = branches.some(({ key }) => isDefault(key));
    if (type === 'switch-condition' && !hasDefault) this.both(branches, 'default');
    return branches;
  }

  /** A missing way of a condition ends at once. */
  private both(branches: FlowBranch[], key: string): void {
    if (!branches.some((branch) => branch.key === key)) branches.push({ key, target: END });
  }

  private put(node: Partial<FlowNode> & Pick<FlowNode, 'id' | 'step' | 'kind' | 'next'>): void {
    this.nodes.set(node.id, { branches: [], returns: false, ...node });
  }
}

/** Whether the way is the one that a switch takes when no case fits. */
export function isDefault(key: string): boolean {
  return key === 'default' || key === 'cases/default';
}

function kindOf(type: string): NodeKind {
  if (type === 'parallel') return 'fork';
  if (type === 'while-condition') return 'loop';
  return type === 'if-condition' || type === 'switch-condition' ? 'choice' : 'task';
}

export function isKnownType(type: string | undefined): boolean {
  return (STEP_TYPES as readonly (string | undefined)[]).includes(type);
}

/** Milliseconds to wait before the step; 0 where there is nothing sensible to wait for. */
export function delayOf(step: JsonObject): number {
  const delay = step['delay'];
  return typeof delay === 'number' && delay > 0 && textOf(step, 'type') !== 'end' ? delay : 0;
}

export function delayId(id: string): string {
  return `${id}#delay`;
}

function outcomeId(id: string): string {
  return `${id}#outcome`;
}

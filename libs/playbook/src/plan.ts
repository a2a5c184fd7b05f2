/** The playbook as a tree in flow order, with an index of its steps: what compiling, blocking reasons and views read. */
import { invariant } from '@cordon/kernel';
import { bindingsOf, type Binding } from './bindings.js';
import type { After, Block, Each, FlowItem, Phase, Playbook, Step, SystemMove } from './model.js';

export type PlanNode =
  | { readonly kind: 'sequence'; readonly items: readonly PlanNode[] }
  | { readonly kind: 'parallel'; readonly id: string; readonly branches: readonly PlanNode[] }
  | { readonly kind: 'phase'; readonly id: string; readonly body: PlanNode }
  | {
      readonly kind: 'step';
      readonly id: string;
      /** Branches of a decision, by answer. */
      readonly branches: ReadonlyMap<string, PlanNode>;
      /** What is done after the step has failed, before the flow goes on. */
      readonly failed?: PlanNode;
    }
  | { readonly kind: 'group'; readonly id: string; readonly body: PlanNode }
  | { readonly kind: 'graph'; readonly id: string; readonly nodes: readonly PlannedNode[] }
  | { readonly kind: 'each'; readonly id: string };

/** A block of a graph, and the ends of others that it waits for. */
export interface PlannedNode {
  readonly node: Exclude<PlanNode, { kind: 'sequence' }>;
  readonly after: readonly After[];
}

export interface PlannedStep {
  readonly step: Step;
  readonly phase: string;
  /** The `each` block it belongs to, if it is repeated for every system. */
  readonly each?: string;
  /** It stands beside the flow: open from the start to the end of the incident. */
  readonly anytime?: true;
  /** It can fail for good: it says where that leads, or an edge of its graph does. */
  readonly failable?: true;
}

export interface Plan {
  readonly playbook: Playbook;
  readonly root: PlanNode;
  /** In flow order. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  /** In flow order. */
  readonly eaches: ReadonlyMap<string, { readonly each: Each; readonly phase: string }>;
  readonly phases: ReadonlyMap<string, Phase>;
  /** The per-system step that makes each move. */
  readonly moves: ReadonlyMap<SystemMove, string>;
  /** Steps that a reopening of the phase starts over: its own, and those of every phase that comes after it. */
  readonly reopened: ReadonlyMap<string, readonly string[]>;
  /** Steps beside the flow, in the order of the phases. */
  readonly anytime: readonly string[];
  /** Steps from whose completion due times of other steps count. */
  readonly anchors: ReadonlySet<string>;
  /** What each approval is bound to. */
  readonly bindings: ReadonlyMap<string, Binding>;
}

/** Indexes a playbook that `parsePlaybook` found nothing wrong with. O(steps × phases). */
export function planOf(playbook: Playbook): Plan {
  const phases = new Map(playbook.phases.map((phase) => [phase.id, phase]));
  const root = flowNode(playbook.flow, phases);
  const steps = new Map<string, PlannedStep>();
  const eaches = new Map<string, { each: Each; phase: string }>();
  for (const id of phasesIn(root)) {
    const phase = phases.get(id);
    invariant(phase, `the flow names the phase ${id}`);
    walkBlocks(phase.blocks, (block) => {
      if (block.kind === 'each') {
        eaches.set(block.id, { each: block, phase: id });
        for (const step of block.steps) steps.set(step.id, { step, phase: id, each: block.id });
      } else if (isStep(block)) {
        steps.set(block.id, { step: block, phase: id });
      }
    });
    for (const step of phase.anytime) steps.set(step.id, { step, phase: id, anytime: true });
  }
  const moves = new Map<SystemMove, string>();
  for (const { step } of steps.values()) if (step.move) moves.set(step.move, step.id);
  const reopened = new Map<string, readonly string[]>();
  for (const id of phases.keys()) {
    const later = new Set(phasesFrom(root, id));
    reopened.set(
      id,
      [...steps]
        .filter(([, planned]) => later.has(planned.phase) && !planned.anytime && !planned.step.keep)
        .map(([step]) => step),
    );
  }
  for (const id of failableSteps(playbook, steps)) {
    const planned = steps.get(id);
    if (planned) steps.set(id, { ...planned, failable: true });
  }
  const anytime = [...steps].filter(([, planned]) => planned.anytime).map(([step]) => step);
  return {
    playbook,
    root,
    steps,
    eaches,
    phases,
    moves,
    reopened,
    anytime,
    anchors: anchorsOf(steps),
    bindings: bindingsOf(steps),
  };
}

function failableSteps(playbook: Playbook, steps: ReadonlyMap<string, PlannedStep>): ReadonlySet<string> {
  const failable = new Set<string>();
  for (const [id, { step }] of steps) if (step.failed) failable.add(id);
  for (const phase of playbook.phases) {
    walkBlocks(phase.blocks, (block) => {
      if (block.kind !== 'graph') return;
      for (const { after } of block.nodes)
        for (const { step, outcome } of after) if (outcome === 'failed') failable.add(step);
    });
  }
  return failable;
}

export function isStep(block: Block): block is Step {
  return !['group', 'parallel', 'graph', 'each'].includes(block.kind);
}

/** What stands directly within a block, sequence by sequence. */
export function sequencesIn(block: Block): readonly (readonly Block[])[] {
  switch (block.kind) {
    case 'parallel':
      return block.branches;
    case 'group':
      return [block.blocks];
    case 'graph':
      return block.nodes.map((node) => [node.block]);
    case 'each':
      return [];
    default: {
      const failing = block.failed && 'then' in block.failed ? [block.failed.then] : [];
      return block.kind === 'decision' ? [...block.answers.map(({ then }) => then), ...failing] : failing;
    }
  }
}

function anchorsOf(steps: ReadonlyMap<string, PlannedStep>): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { step } of steps.values()) {
    const from = step.due?.from;
    if (typeof from === 'object' && 'step' in from) anchors.add(from.step);
  }
  return anchors;
}

/** Every block, outer before inner, in document order. Steps repeated per system are not visited, their `each` is. */
export function walkBlocks(blocks: readonly Block[], visit: (block: Block) => void): void {
  for (const block of blocks) {
    visit(block);
    for (const inner of sequencesIn(block)) walkBlocks(inner, visit);
  }
}

function flowNode(flow: readonly FlowItem[], phases: ReadonlyMap<string, Phase>): PlanNode {
  const phaseNode = (id: string): PlanNode => ({
    kind: 'phase',
    id,
    body: blocksNode(phases.get(id)?.blocks ?? []),
  });
  let tracks = 0;
  const items = flow.map((item): PlanNode => {
    if (typeof item === 'string') return phaseNode(item);
    tracks += 1;
    const branches = item.parallel.map((track): PlanNode => ({
      kind: 'sequence',
      items: track.map(phaseNode),
    }));
    return { kind: 'parallel', id: `tracks-${tracks}`, branches };
  });
  return { kind: 'sequence', items };
}

function blocksNode(blocks: readonly Block[]): PlanNode {
  return { kind: 'sequence', items: blocks.map(blockNode) };
}

function blockNode(block: Block): Exclude<PlanNode, { kind: 'sequence' }> {
  switch (block.kind) {
    case 'parallel':
      return { kind: 'parallel', id: block.id, branches: block.branches.map(blocksNode) };
    case 'group':
      return { kind: 'group', id: block.id, body: blocksNode(block.blocks) };
    case 'graph':
      return {
        kind: 'graph',
        id: block.id,
        nodes: block.nodes.map(({ block: inner, after }) => ({ node: blockNode(inner), after })),
      };
    case 'each':
      return { kind: 'each', id: block.id };
    default:
      return stepNode(block);
  }
}

function stepNode(step: Step): Extract<PlanNode, { kind: 'step' }> {
  const branches = new Map<string, PlanNode>();
  for (const answer of step.kind === 'decision' ? step.answers : [])
    if (answer.then.length > 0) branches.set(answer.id, blocksNode(answer.then));
  const failed = step.failed && 'then' in step.failed ? { failed: blocksNode(step.failed.then) } : {};
  return { kind: 'step', id: step.id, branches, ...failed };
}

/** Phases below a node, in flow order. */
export function phasesIn(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'phase':
      return [node.id];
    case 'sequence':
      return node.items.flatMap(phasesIn);
    case 'parallel':
      return node.branches.flatMap(phasesIn);
    case 'step':
    case 'group':
    case 'graph':
    case 'each':
      return [];
  }
}

/** The phase and all that can only run after it; phases in tracks beside it are not among them. */
function phasesFrom(node: PlanNode, id: string): readonly string[] {
  if (node.kind === 'phase') return node.id === id ? [id] : [];
  if (node.kind === 'parallel') return node.branches.flatMap((branch) => phasesFrom(branch, id));
  if (node.kind !== 'sequence') return [];
  const at = node.items.findIndex((item) => phasesIn(item).includes(id));
  const found = node.items[at];
  if (!found) return [];
  return [...phasesFrom(found, id), ...node.items.slice(at + 1).flatMap(phasesIn)];
}

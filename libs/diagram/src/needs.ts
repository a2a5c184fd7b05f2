/** How much width a part of the flow needs to be read with ease, and how much it would like. */
import type { Plan, PlanNode, Step } from '@cordon/playbook';
import { LANE, RAIL } from './layout-context.js';

/** What a part of the flow asks of the width. */
export interface Needs {
  /** The least width, in pixels, with everything that can stand below something else doing so. */
  readonly least: number;
  /** How many boxes it would like to have beside each other. */
  readonly units: number;
}

/** A box narrower than this breaks its lines too often. */
const BOX = 184;
const MOST_UNITS = 12;

const remembered = new WeakMap<PlanNode, Needs>();

/** The needs of a node of the plan's tree. Remembered, since every level of a layout asks again. O(blocks) in all. */
export function needsOf(plan: Plan, node: PlanNode): Needs {
  const known = remembered.get(node);
  if (known) return known;
  const { least, units } = reckon(plan, node);
  const needs = { least, units: Math.min(MOST_UNITS, units) };
  remembered.set(node, needs);
  return needs;
}

function reckon(plan: Plan, node: PlanNode): Needs {
  const all = (nodes: readonly PlanNode[]): readonly Needs[] => nodes.map((one) => needsOf(plan, one));
  switch (node.kind) {
    case 'sequence': {
      const items = all(node.items);
      const loops = node.items.filter((item) => item.kind === 'step' && goesBack(plan, item.id)).length;
      const gutter = loops === 0 ? 0 : 2 * (6 + Math.min(loops, 2) * LANE);
      return { least: mostOf(items.map(({ least }) => least)) + gutter, units: mostUnits(items) };
    }
    case 'parallel':
      return beside(all(node.branches));
    case 'phase':
      return framed(needsOf(plan, node.body), 32);
    case 'group':
      return framed(needsOf(plan, node.body), 24);
    case 'graph':
      return { least: framed({ least: BOX, units: 1 }, 28).least + 2 * LANE, units: 2 };
    case 'each':
      return framed({ least: BOX + 36, units: 1 }, 33);
    case 'step': {
      const branches = all([...node.branches.values(), ...(node.failed ? [node.failed] : [])]);
      if (branches.length === 0) return { least: BOX, units: 1 };
      const { least, units } = beside(branches);
      return { least: least + (comesRound(plan, node.id) ? 2 * (8 + LANE) : 0), units: units + 0.5 };
    }
  }
}

/** Below each other, with a rail on either side. */
function beside(branches: readonly Needs[]): Needs {
  const rails = branches.length === 0 ? 0 : 2 * RAIL;
  const units = branches.reduce((sum, one) => sum + one.units, 0);
  return { least: mostOf(branches.map(({ least }) => least)) + rails, units: Math.max(1, units) };
}

function framed({ least, units }: Needs, pads: number): Needs {
  return { least: least + pads, units };
}

function mostOf(widths: readonly number[]): number {
  return Math.max(BOX, ...widths);
}

function mostUnits(all: readonly Needs[]): number {
  return Math.max(1, ...all.map(({ units }) => units));
}

function goesBack(plan: Plan, id: string): boolean {
  const step: Step | undefined = plan.steps.get(id)?.step;
  if (!step) return false;
  if (step.failed && 'repeat' in step.failed) return true;
  if (step.kind === 'approval') return step.refused !== undefined;
  return step.kind === 'decision' && step.answers.some(({ repeat }) => repeat !== undefined);
}

function comesRound(plan: Plan, id: string): boolean {
  const step = plan.steps.get(id)?.step;
  return step?.kind === 'decision' && step.answers.some(({ again }) => again);
}

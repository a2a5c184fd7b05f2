/** How the width is shared between branches that stand beside each other. */
import type { PlanNode } from '@cordon/playbook';
import { chipLeast, chipWidth } from './chip.js';
import type { ChipTone } from './geometry.js';
import { COLUMN_GAP, type Layout, RAIL } from './layout-context.js';
import { needsOf } from './needs.js';

/** One way from a fork: what stands on it, and where it leads. */
export interface Branch {
  readonly chip?: { readonly label: string; readonly notes: readonly string[]; readonly tone: ChipTone };
  readonly body?: PlanNode;
  /** Where its end leads: to the join, or round to the decision it came from. */
  readonly ends: 'join' | 'again';
}

const LEAST_CHIP = 80;
const CHIP_GAP = 14;
/** The width of a box and what is around it where there is plenty. */
const WANTED = 290;

/** Answers alone may stand closer to each other. */
export function gapOf(branches: readonly Branch[]): number {
  return branches.some(({ body }) => body) ? COLUMN_GAP : CHIP_GAP;
}

/** The least that a branch needs; in one column nothing but short answers stands beside anything. */
export function leastOf({ plan, narrow }: Layout, branch: Branch): number {
  if (branch.body) return narrow ? Infinity : needsOf(plan, branch.body).least;
  const { label = '', notes = [] } = branch.chip ?? {};
  const ease = notes.length > 0 ? 170 : narrow ? 130 : 110;
  return Math.max(LEAST_CHIP, chipLeast(label, notes), Math.min(ease, chipWish(branch)));
}

/** How many columns of equal width hold any of the branches, each with rails at its sides; one at least. */
export function columnsIn(layout: Layout, branches: readonly Branch[], width: number): number {
  if (layout.narrow) return 1;
  const least = Math.max(...branches.map((branch) => leastOf(layout, branch))) + 2 * RAIL;
  return Math.max(1, Math.floor((width + COLUMN_GAP) / (least + COLUMN_GAP)));
}

/** Each at least what it needs, and what is left over in proportion to what each would like. */
export function widthsOf(layout: Layout, branches: readonly Branch[], width: number): readonly number[] {
  const least = branches.map((branch) => leastOf(layout, branch));
  const wishes = branches.map((branch, index) => Math.max(0, wishOf(layout, branch) - (least[index] ?? 0)));
  const share = Math.min(1, (width - sumOf(least)) / Math.max(1, sumOf(wishes)));
  return least.map((one, index) => Math.floor(one + share * (wishes[index] ?? 0)));
}

function wishOf({ plan }: Layout, branch: Branch): number {
  if (!branch.body) return chipWish(branch);
  const { least, units } = needsOf(plan, branch.body);
  return Math.max(least, units * (WANTED + COLUMN_GAP) - COLUMN_GAP);
}

function chipWish({ chip }: Branch): number {
  return chip ? Math.min(240, chipWidth(chip.label, chip.notes)) : LEAST_CHIP;
}

/** Zero for none. */
export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

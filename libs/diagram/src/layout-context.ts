/** What every part of a layout is given. */
import type { Group, PlanNode } from '@cordon/playbook';
import type { Voice } from './condition.js';
import type { Drawing, Room } from './geometry.js';
import type { Marks } from './marks.js';

/** One plan, in one language and one width. */
export interface Layout extends Voice {
  readonly marks: Marks | undefined;
  readonly groups: ReadonlyMap<string, Group>;
  /** One column: nothing stands beside anything else but short answers. */
  readonly narrow: boolean;
  /** Lays out any node of the plan's tree; the parts of the layout reach each other through it. */
  readonly lay: (node: PlanNode, room: Room) => Drawing;
}

/** Between what follows one another, in pixels. */
export const GAP = 30;
/** Between what stands beside each other. */
export const COLUMN_GAP = 22;
/** Beside a column of branches, for the line to each of them or from it. */
export const RAIL = 16;
/** Between lines that run beside each other. */
export const LANE = 12;
/** Lines longer than in a box of this width are tiring to read. */
export const WIDEST_BOX = 320;

/** What follows one another, from above to below, with the lines that lead back along the right. */
import type { PlanNode } from '@cordon/playbook';
import {
  down,
  type Drawing,
  edge,
  type EdgeTone,
  moved,
  type Room,
  type Row,
  type Shape,
} from './geometry.js';
import { lanesOf, type Span } from './lanes.js';
import { GAP, LANE, type Layout } from './layout-context.js';
import { insetAt } from './step-box.js';
import { type Route, stepCard } from './step-card.js';

interface Loop extends Span {
  readonly route: Route;
}

interface Placed {
  readonly drawing: Drawing;
  readonly y: number;
}

/** Lays out the items below each other. O(size of the items). */
export function laySequence(layout: Layout, items: readonly PlanNode[], room: Room): Drawing {
  const loops = loopsOf(layout, items);
  const lanes = lanesOf(loops);
  const gutter = loops.length === 0 ? 0 : 6 + (Math.max(...lanes) + 1) * LANE;
  const inner = { left: room.left, right: room.right - gutter };
  const placed: Placed[] = [];
  const shapes: Shape[] = [];
  let [left, right, y, open] = [0, 0, 0, true];
  for (const item of items) {
    const drawing = layout.lay(item, inner);
    if (placed.length > 0) {
      if (open) shapes.push(down(0, y, y + GAP));
      y += GAP;
    }
    placed.push({ drawing, y });
    shapes.push(...moved(drawing.shapes, 0, y));
    left = Math.max(left, drawing.left);
    right = Math.max(right, drawing.right);
    y += drawing.height;
    open = drawing.open;
  }
  const arrivals = new Map<number, number>();
  loops.forEach((loop, index) => {
    const nth = arrivals.get(loop.low) ?? 0;
    arrivals.set(loop.low, nth + 1);
    const line = loopLine(loop, placed, right + 10 + (lanes[index] ?? 0) * LANE, nth);
    if (line) shapes.push(line);
  });
  return { left, right: right + gutter, height: y, shapes, open };
}

/** Ways back to a step of this sequence. One that leads elsewhere stands in its box in words alone. */
function loopsOf(layout: Layout, items: readonly PlanNode[]): readonly Loop[] {
  const loops: Loop[] = [];
  items.forEach((item, high) => {
    if (item.kind !== 'step') return;
    for (const route of stepCard(layout, item).routes) {
      const { leads } = route;
      if (leads.to !== 'back') continue;
      const low = items.findIndex((other) => other.kind === 'step' && other.id === leads.step);
      if (low !== -1 && low <= high) loops.push({ route, low, high });
    }
  });
  return loops;
}

const TONES: Readonly<Record<Route['tone'], EdgeTone>> = {
  answer: 'loop',
  failed: 'failed',
  refused: 'refused',
};

function loopLine(loop: Loop, placed: readonly Placed[], x: number, nth: number): Shape | undefined {
  const [from, to] = [placed[loop.high], placed[loop.low]];
  const row = from?.drawing.head?.box.rows.find((one: Row) => one.route.id === loop.route.id);
  if (!from?.drawing.head || !to?.drawing.head || !row) return undefined;
  const source = from.drawing.head.box;
  const target = to.drawing.head.box;
  const arrives = Math.min(16 + 9 * nth, target.h / 2 + 4);
  return edge(
    [
      { x: from.drawing.head.x + source.w - insetAt(source, row.y), y: from.y + row.y },
      { x, y: from.y + row.y },
      { x, y: to.y + arrives },
      { x: to.drawing.head.x + target.w - insetAt(target, arrives), y: to.y + arrives },
    ],
    true,
    TONES[loop.route.tone],
  );
}

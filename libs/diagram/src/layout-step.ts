/** A step: its box, and below it the branches of a decision or of a failure. */
import { type Drawing, edge, moved, type Room, type Shape, type StepBox } from './geometry.js';
import type { Branch } from './branch-widths.js';
import { columns } from './layout-columns.js';
import { LANE, type Layout, WIDEST_BOX } from './layout-context.js';
import { type Route, stepCard, type StepNode } from './step-card.js';
import { insetAt, stepBox } from './step-box.js';

/**
 * Lays out a step in the room. Ways back are rows of its box: the sequence it stands in draws their lines. With
 * `bare`, answers that have no blocks of their own are rows as well. O(size of the step and its branches).
 */
export function layStep(layout: Layout, node: StepNode, room: Room, bare = false): Drawing {
  const card = stepCard(layout, node);
  const forward = card.routes.filter(({ leads }) => leads.to !== 'back');
  const branching = bare ? forward.some(({ body }) => body) : forward.length > 0;
  const rows = card.routes.filter((route) => !branching || route.leads.to === 'back');
  const agains = branching ? forward.filter(({ leads }) => leads.to === 'again').length : 0;
  const gutter = agains === 0 ? 0 : 8 + agains * LANE;
  const inner: Room = { left: room.left, right: room.right - gutter };
  const sides = sidesOf(inner, layout.narrow);
  const box = stepBox(card, Math.floor(sides.left + sides.right), rows, layout);
  const head = { x: -sides.left, y: 0, box };
  const alone: Drawing = {
    left: sides.left,
    right: box.w - sides.left,
    height: box.h,
    shapes: [{ shape: 'step', x: head.x, y: 0, w: box.w, h: box.h, box }],
    open: true,
    head,
  };
  return branching ? withBranches(layout, { alone, box, gutter }, forward, inner) : alone;
}

/** A box stands in the middle of the flow; where width is scarce it takes what there is on either side. */
function sidesOf({ left, right }: Room, narrow: boolean): Room {
  const half = Math.floor(Math.min(left, right, WIDEST_BOX / 2));
  if (!narrow) return { left: half, right: half };
  const most = Math.floor(Math.min(right, WIDEST_BOX / 2));
  return { left: Math.floor(Math.min(left, WIDEST_BOX - most)), right: most };
}

interface Head {
  readonly alone: Drawing;
  readonly box: StepBox;
  /** Room on the right for the lines that come round. */
  readonly gutter: number;
}

function withBranches(
  layout: Layout,
  { alone, box, gutter }: Head,
  routes: readonly Route[],
  room: Room,
): Drawing {
  const branches = routes.map(branchOf);
  if (!routes.some(({ tone }) => tone === 'answer')) {
    branches.unshift({ chip: { label: layout.words.done, notes: [], tone: 'answer' }, ends: 'join' });
  }
  const below = columns(layout, branches, room, {});
  const content = Math.max(alone.right, below.right);
  const shapes: Shape[] = [...alone.shapes, ...moved(below.shapes, 0, box.h)];
  below.agains.forEach((end, lane) => {
    const x = content + 8 + lane * LANE;
    const from = box.h + end.y;
    const y = Math.min(18 + 9 * lane, box.h - 6);
    const side = alone.right - insetAt(box, y);
    const points = [
      { x: end.x, y: from },
      { x: end.x, y: from + 10 },
      { x, y: from + 10 },
      { x, y },
      { x: side, y },
    ];
    shapes.push(edge(points, true, 'loop'));
  });
  const { head } = alone;
  return {
    left: Math.max(alone.left, below.left),
    right: content + gutter,
    height: box.h + below.height + (below.agains.length > 0 && !below.open ? 14 : 0),
    shapes,
    open: below.open,
    ...(head ? { head } : {}),
  };
}

function branchOf({ label, notes, tone, body, leads }: Route): Branch {
  return {
    chip: { label, notes, tone: tone === 'failed' ? 'failed' : 'answer' },
    ...(body ? { body } : {}),
    ends: leads.to === 'again' ? 'again' : 'join',
  };
}

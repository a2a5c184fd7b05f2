/**
 * Branches beside each other, between a fork and a join. Where the room does not hold them all, some stand below
 * others: a rail on the left of such a column then leads from the fork to each, and one on the right to the join.
 */
import { type Branch, columnsIn, gapOf, leastOf, sumOf, widthsOf } from './branch-widths.js';
import { chip } from './chip.js';
import { FACES } from './faces.js';
import { down, type Drawing, edge, moved, type Point, type Room, type Shape } from './geometry.js';
import { COLUMN_GAP, type Layout, RAIL } from './layout-context.js';
import { wrap } from './measure.js';
import { itemsOf } from './plan-blocks.js';

/** Branches between their fork, at y = 0, and their join. */
export interface Columns {
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
  /** Ends of the branches that come round, from above to below. */
  readonly agains: readonly Point[];
  readonly open: boolean;
}

/** What a fork looks like. */
export interface Fork {
  /** Words on the bar of a fork; without them the fork is a plain line. */
  readonly words?: string;
  /** Two branches share the width so that the longer one is short, at five times the cost of a layout. */
  readonly balanced?: boolean;
  /** The words before a branch that stands below another. */
  readonly nth?: (index: number) => string;
}

interface Laid {
  readonly branch: Branch;
  readonly drawing: Drawing;
}

interface Column {
  readonly laid: readonly Laid[];
  readonly left: number;
  readonly right: number;
  readonly stacked: boolean;
}

const BETWEEN = 46;
const DROP = 24;

/** Lays out branches in the room. O(size of the branches), times the depth of what is nested. */
export function columns(layout: Layout, branches: readonly Branch[], room: Room, fork: Fork): Columns {
  const placed = inColumns(layout, branches, room, fork);
  const gap = gapOf(branches);
  const total = placed.reduce((sum, { left, right }) => sum + left + right, 0) + gap * (placed.length - 1);
  const first = placed[0];
  const start =
    placed.length === 1 && first
      ? -first.left
      : Math.max(-room.left, Math.min(-total / 2, room.right - total));
  return drawn(placed, { start, total, gap }, fork);
}

interface Span {
  readonly start: number;
  readonly total: number;
  readonly gap: number;
}

function drawn(placed: readonly Column[], { start, total, gap }: Span, fork: Fork): Columns {
  const shapes: Shape[] = [];
  const spines: number[] = [];
  let x = start;
  for (const column of placed) {
    spines.push(x + column.left);
    x += column.left + column.right + gap;
  }
  const rails = placed.flatMap(({ laid, left }, index) =>
    laid.length > 1 ? [(spines[index] ?? 0) - left + RAIL_IN] : [],
  );
  const bar = forkBar(
    fork,
    start,
    total,
    placed.length === 1 ? [start, start + total] : [...spines, ...rails],
  );
  const top = bar ? bar.h : 10;
  const joins: Point[] = [];
  const agains: Point[] = [];
  const entries: number[] = [];
  let bottom = 0;
  placed.forEach((column, index) => {
    const spine = spines[index] ?? 0;
    const result = drawColumn(column, spine, top);
    shapes.push(...result.shapes);
    joins.push(...result.joins);
    agains.push(...result.agains);
    entries.push(...result.entries);
    bottom = Math.max(bottom, result.height);
  });
  if (bar) shapes.push(bar.shape);
  else shapes.push(down(0, 0, top, false), across([...entries, 0], top));
  const open = joins.length > 0;
  const straight = !bar && joins.length === 1 && joins[0]?.x === 0;
  const joinY = bottom + (open && !straight ? 18 : 0);
  shapes.push(...joins.map((join) => down(join.x, join.y, joinY, false)));
  if (open) {
    const [low, high] = [Math.min(...joins.map((j) => j.x), 0), Math.max(...joins.map((j) => j.x), 0)];
    if (bar) shapes.push({ shape: 'bar', x: low - 12, y: joinY, w: high - low + 24, h: 4 });
    else shapes.push(across([low, high], joinY));
  }
  return {
    left: -Math.min(start, bar ? bar.x : 0),
    right: Math.max(start + total, bar ? bar.x + bar.w : 0),
    height: joinY + (open && bar ? 4 : 0),
    shapes,
    agains,
    open,
  };
}

function across(xs: readonly number[], y: number): Shape {
  return edge(
    [
      { x: Math.min(...xs), y },
      { x: Math.max(...xs), y },
    ],
    false,
  );
}

/** From the edge of a column to its rail. */
const RAIL_IN = 5;

const LEAST_BAR = 120;

/** A bar over everything that hangs from it, and wide enough for its words. */
function forkBar({ words }: Fork, start: number, total: number, hanging: readonly number[]) {
  if (words === undefined) return undefined;
  const [low, high] = [Math.min(0, ...hanging), Math.max(0, ...hanging)];
  const least = LEAST_BAR / 2;
  const x = Math.min(Math.max(start, low - 60), (low + high) / 2 - least);
  const end = Math.max(Math.min(start + total, high + 60), (low + high) / 2 + least);
  const w = end - x;
  const lines = wrap(words, w - 20, FACES.fork, 3);
  const h = lines.length * FACES.fork.leading + 6;
  const text = { x: w / 2, y: 14, face: 'fork' as const, lines, middle: true as const };
  const shape: Shape = { shape: 'bar', x, y: 0, w, h, text };
  return { x, w, h, shape };
}

function drawColumn({ laid, left, right, stacked }: Column, spine: number, top: number) {
  const shapes: Shape[] = [];
  const joins: Point[] = [];
  const agains: Point[] = [];
  const entries: number[] = [spine];
  const rails = { in: spine - left + RAIL_IN, out: spine + right - RAIL_IN };
  let y = top + DROP;
  let height = y;
  laid.forEach(({ branch, drawing }, index) => {
    if (index === 0) shapes.push(down(spine, top, y));
    else {
      entries.push(rails.in);
      const turn = y - 20;
      shapes.push(
        edge([
          { x: rails.in, y: top },
          { x: rails.in, y: turn },
          { x: spine, y: turn },
          { x: spine, y },
        ]),
      );
    }
    shapes.push(...moved(drawing.shapes, spine, y));
    const end = y + drawing.height;
    const last = index === laid.length - 1;
    height = Math.max(height, end);
    if (drawing.open && branch.ends === 'again') agains.push({ x: spine, y: end });
    else if (drawing.open && last) joins.push({ x: spine, y: end });
    else if (drawing.open) {
      const turn = end + 12;
      shapes.push(
        edge(
          [
            { x: spine, y: end },
            { x: spine, y: turn },
            { x: rails.out, y: turn },
          ],
          false,
        ),
      );
      joins.push({ x: rails.out, y: turn });
    }
    y = end + BETWEEN;
  });
  const lastEnds = laid.at(-1)?.branch.ends;
  return { shapes, joins, agains, entries, height: height + (stacked && lastEnds === 'again' ? 12 : 0) };
}

function inColumns(layout: Layout, branches: readonly Branch[], room: Room, fork: Fork): readonly Column[] {
  const width = room.left + room.right;
  const least = branches.map((branch) => leastOf(layout, branch));
  const gaps = gapOf(branches) * (branches.length - 1);
  const oneRow = sumOf(least) + gaps <= width && branches.filter(({ ends }) => ends === 'again').length < 2;
  if (branches.length === 1) {
    return branches.map((branch) => column([layBranch(layout, branch, room)], false));
  }
  if (!oneRow) return stackedColumns(layout, branches, room, fork);
  // One that comes round stands on the right, where its line has a free way.
  const ordered = branches.toSorted((a, b) => Number(a.ends === 'again') - Number(b.ends === 'again'));
  const tries = widthsToTry(layout, ordered, width - gaps, fork).map((widths) =>
    ordered.map((branch, index) => {
      const half = (widths[index] ?? 0) / 2;
      return column([layBranch(layout, branch, { left: half, right: half })], false);
    }),
  );
  return tries.reduce((best, one) => (tallest(one) < tallest(best) - 1 ? one : best));
}

/** Shares of the first of two, the likeliest first. */
const SHARES = [0.5, 0.44, 0.56, 0.39, 0.61];

/** Two long branches may be given the width in which the longer one becomes shortest. */
function widthsToTry(
  layout: Layout,
  branches: readonly Branch[],
  width: number,
  fork: Fork,
): readonly (readonly number[])[] {
  if (!fork.balanced || branches.length !== 2) return [widthsOf(layout, branches, width)];
  const least = branches.map((branch) => leastOf(layout, branch));
  const shares = SHARES.map((share) => [Math.floor(width * share), Math.floor(width * (1 - share))]);
  const held = shares.filter((widths) => widths.every((one, index) => one >= (least[index] ?? 0)));
  return held.length === 0 ? [widthsOf(layout, branches, width)] : held;
}

function tallest(placed: readonly Column[]): number {
  return Math.max(...placed.flatMap(({ laid }) => laid.map(({ drawing }) => drawing.height)));
}

function stackedColumns(
  layout: Layout,
  branches: readonly Branch[],
  room: Room,
  { nth }: Fork,
): readonly Column[] {
  const width = room.left + room.right;
  const count = columnsIn(layout, branches, width);
  const each = (width - COLUMN_GAP * (count - 1)) / count;
  const inner: Room =
    count === 1
      ? { left: room.left - RAIL, right: room.right - RAIL }
      : { left: each / 2 - RAIL, right: each / 2 - RAIL };
  const laid = branches.map((branch, index) => {
    const label = nth?.(index);
    const labelled: Branch =
      label === undefined || branch.chip ? branch : { ...branch, chip: { label, notes: [], tone: 'branch' } };
    return layBranch(layout, labelled, inner);
  });
  const agains = laid.filter(({ branch }) => branch.ends === 'again');
  const joins = laid.filter(({ branch }) => branch.ends === 'join');
  const free = agains.length > 0 ? count - 1 : count;
  if (free === 0) return [column([...agains, ...joins], true)];
  const filled = shortestFirst(joins, free);
  return [...filled, ...(agains.length > 0 ? [agains] : [])]
    .filter((one) => one.length > 0)
    .map((one) => column(one, one.length > 1));
}

/** Each in turn goes below whatever is shortest so far. */
function shortestFirst(laid: readonly Laid[], count: number): readonly (readonly Laid[])[] {
  const filled: Laid[][] = Array.from({ length: count }, () => []);
  const heights = filled.map(() => 0);
  for (const one of laid) {
    const at = heights.indexOf(Math.min(...heights));
    filled[at]?.push(one);
    heights[at] = (heights[at] ?? 0) + one.drawing.height + BETWEEN;
  }
  return filled;
}

function column(laid: readonly Laid[], stacked: boolean): Column {
  const rail = stacked ? RAIL : 0;
  return {
    laid,
    stacked,
    left: Math.max(...laid.map(({ drawing }) => drawing.left)) + rail,
    right: Math.max(...laid.map(({ drawing }) => drawing.right)) + rail,
  };
}

function layBranch(layout: Layout, branch: Branch, room: Room): Laid {
  const parts: Shape[] = [];
  let [left, right, y] = [0, 0, 0];
  if (branch.chip) {
    const { label, notes, tone } = branch.chip;
    const made = chip(label, notes, tone, 2 * Math.min(room.left, room.right));
    parts.push(made);
    [left, right, y] = [made.w / 2, made.w / 2, made.h];
  }
  if (!branch.body || itemsOf(branch.body).length === 0) {
    return { branch, drawing: { left, right, height: y, shapes: parts, open: true } };
  }
  const body = layout.lay(branch.body, room);
  if (y > 0) {
    parts.push(down(0, y, y + DROP));
    y += DROP;
  }
  return {
    branch,
    drawing: {
      left: Math.max(left, body.left),
      right: Math.max(right, body.right),
      height: y + body.height,
      shapes: [...parts, ...moved(body.shapes, 0, y)],
      open: body.open,
    },
  };
}

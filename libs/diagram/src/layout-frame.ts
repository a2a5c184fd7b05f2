/** Boxes around parts of the flow: phases, groups, steps per system, and what stands beside the flow. */
import { FACES } from './faces.js';
import {
  type Drawing,
  type FaceName,
  type FrameLook,
  type Lines,
  moved,
  type Room,
  type Shape,
} from './geometry.js';
import { GAP, type Layout, WIDEST_BOX } from './layout-context.js';
import { layStep } from './layout-step.js';
import { wrap } from './measure.js';
import { stepNode } from './plan-blocks.js';

/** Words at the top of a frame, in so many lines at most. */
export interface Heading {
  readonly text: string;
  readonly face: FaceName;
  readonly most: number;
}

/** What a frame looks like. */
export interface FrameStyle {
  readonly look: FrameLook;
  readonly headings: readonly Heading[];
  /** Take the whole room, whatever is inside. */
  readonly fill: boolean;
}

const PAD = { phase: 16, each: 14, group: 12, graph: 14, anytime: 12, close: 14 } as const;
/** The second outline of what is repeated. */
const SHADOW = 5;
const LEAST = 190;

/** The room that a frame leaves for what is inside it. */
export function roomInside(look: FrameLook, room: Room): Room {
  const pad = PAD[look];
  return { left: room.left - pad, right: room.right - pad - (look === 'each' ? SHADOW : 0) };
}

/** A drawing with a frame around it and headings above it. The flow ends at the frame's upper side and leaves below. */
export function framed(
  inside: Drawing | undefined,
  room: Room,
  { look, headings, fill }: FrameStyle,
): Drawing {
  const pad = PAD[look];
  const far = pad + (look === 'each' ? SHADOW : 0);
  const least = LEAST / 2;
  const left = Math.max(fill ? room.left : least, (inside?.left ?? 0) + pad);
  const right = Math.max(fill ? room.right : least, (inside?.right ?? 0) + far);
  const texts: Lines[] = [];
  let y = 10;
  for (const { text, face, most } of headings) {
    const set = FACES[face];
    const lines = wrap(text, left + right - pad - far - 2, set, most);
    texts.push({ x: pad, y: y + set.size, face, lines });
    y += lines.length * set.leading;
  }
  y += headings.length > 0 ? 8 : 4;
  const height = y + (inside ? inside.height + pad : 2) + (look === 'each' ? SHADOW : 0);
  const frame: Shape = { shape: 'frame', look, x: -left, y: 0, w: left + right, h: height, texts };
  return {
    left,
    right,
    height,
    shapes: [frame, ...(inside ? moved(inside.shapes, 0, y) : [])],
    open: inside?.open ?? true,
  };
}

/** Steps that stand beside the flow: no line leads to them. As many beside each other as there is room for. */
export function layAnytime(layout: Layout, ids: readonly string[], room: Room): Drawing {
  const inner = roomInside('anytime', room);
  const width = inner.left + inner.right;
  const count = Math.max(1, Math.min(ids.length, Math.floor((width + 14) / (230 + 14))));
  const each = Math.min(WIDEST_BOX, (width - 14 * (count - 1)) / count);
  const shapes: Shape[] = [];
  let [y, rowHeight, used] = [0, 0, 0];
  ids.forEach((id, index) => {
    const at = index % count;
    if (at === 0 && index > 0) [y, rowHeight] = [y + rowHeight + 14, 0];
    const drawing = layStep(layout, stepNode(id), { left: each / 2, right: each / 2 }, true);
    const x = -inner.left + at * (each + 14);
    shapes.push(...moved(drawing.shapes, x + drawing.left, y));
    rowHeight = Math.max(rowHeight, drawing.height);
    used = Math.max(used, x + drawing.left + drawing.right);
  });
  const inside = { left: inner.left, right: Math.max(used, 0), height: y + rowHeight, shapes, open: true };
  const headings: Heading[] = [{ text: layout.words.anytime, face: 'strong', most: 2 }];
  return framed(inside, room, { look: 'anytime', headings, fill: true });
}

/** One drawing below another, with no line between them. */
export function below(upper: Drawing, lower: Drawing): Drawing {
  const y = upper.height + GAP;
  return {
    left: Math.max(upper.left, lower.left),
    right: Math.max(upper.right, lower.right),
    height: y + lower.height,
    shapes: [...upper.shapes, ...moved(lower.shapes, 0, y)],
    open: upper.open,
  };
}

/**
 * Drawings before they are ink. Everything lies around a spine, the vertical line x = 0 on which the flow comes in at
 * the top (y = 0) and goes out at the bottom; so parts that follow each other meet without a bend.
 */
import type { StepKind } from '@cordon/playbook';
import type { StepMark } from './marks.js';
import type { Route, StepCard, TagKind } from './step-card.js';

/** Pixels, to the right and downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle by its upper left corner. */
export interface Rect extends Point {
  readonly w: number;
  readonly h: number;
}

/** What a line is: the flow itself, a way back, or where a failure or a refusal leads. */
export type EdgeTone = 'flow' | 'loop' | 'failed' | 'refused';
/** What a chip says: an answer, a failure, the beginning of a branch, or of the whole. */
export type ChipTone = 'answer' | 'failed' | 'branch' | 'end';
/** What a frame goes around. */
export type FrameLook = 'phase' | 'each' | 'group' | 'graph' | 'anytime' | 'close';

/** Lines of text in one face; `y` is the baseline of the first. */
export interface Lines extends Point {
  readonly face: FaceName;
  readonly lines: readonly string[];
  readonly middle?: true;
}

/** Faces by what they are for; their sizes are in `faces.ts`. */
export type FaceName =
  'head' | 'band' | 'title' | 'small' | 'muted' | 'strong' | 'tag' | 'status' | 'fork' | 'kind';

/** A tag, placed. */
export interface Pill extends Rect {
  readonly kind: TagKind;
  readonly text: Lines;
}

/** A row of an answer or another way out, with the height at which a line may leave beside it. */
export interface Row {
  readonly route: Route;
  readonly y: number;
  readonly text: Lines;
}

/** A step, set in type. The glyph of its kind stands before `kindAt`. */
export interface StepBox {
  readonly card: StepCard;
  readonly kind: StepKind;
  readonly w: number;
  readonly h: number;
  readonly mark?: StepMark;
  /** Nothing is cut off in here: for the tooltip and for readers aloud. */
  readonly full: string;
  readonly status?: Rect & { readonly text: Lines };
  readonly kindAt: Lines;
  readonly texts: readonly Lines[];
  readonly pills: readonly Pill[];
  readonly rows: readonly Row[];
  readonly divider?: number;
}

/** A part of a picture. Texts are placed from its shape's own upper left corner. */
export type Shape =
  | ({ readonly shape: 'step'; readonly box: StepBox } & Rect)
  | ({ readonly shape: 'chip'; readonly tone: ChipTone; readonly text: Lines; readonly full: string } & Rect)
  | ({ readonly shape: 'bar'; readonly text?: Lines } & Rect)
  | ({ readonly shape: 'frame'; readonly look: FrameLook; readonly texts: readonly Lines[] } & Rect)
  | ({ readonly shape: 'text'; readonly texts: readonly Lines[] } & Point)
  | {
      readonly shape: 'edge';
      readonly tone: EdgeTone;
      readonly points: readonly Point[];
      readonly arrow: boolean;
    };

/** A part of the flow, drawn around its spine. */
export interface Drawing {
  /** How far it reaches to the left and to the right of the spine; both positive. */
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
  /** The flow goes on from its lower end. */
  readonly open: boolean;
  /** Where the box of the step lies that the drawing stands for, if it stands for one. */
  readonly head?: { readonly x: number; readonly y: number; readonly box: StepBox };
}

/** Room on both sides of the spine. */
export interface Room {
  readonly left: number;
  readonly right: number;
}

/** The drawing's shapes, moved. O(shapes). */
export function moved(shapes: readonly Shape[], dx: number, dy: number): readonly Shape[] {
  const shift = (at: Point): Point => ({ x: at.x + dx, y: at.y + dy });
  return shapes.map((one) =>
    one.shape === 'edge' ? { ...one, points: one.points.map(shift) } : { ...one, ...shift(one) },
  );
}

/** A line of the flow through these points, with an arrow head at its end unless told otherwise. */
export function edge(points: readonly Point[], arrow = true, tone: EdgeTone = 'flow'): Shape {
  return { shape: 'edge', tone, points, arrow };
}

/** A line straight down at x, with an arrow head unless told otherwise. */
export function down(x: number, from: number, to: number, arrow = true): Shape {
  return edge(
    [
      { x, y: from },
      { x, y: to },
    ],
    arrow,
  );
}

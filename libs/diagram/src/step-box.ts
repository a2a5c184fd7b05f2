/** The box of one step: its lines of text, tags and rows, placed. Coordinates are from its own upper left corner. */
import { cleanText } from './clean-text.js';
import { FACES } from './faces.js';
import type { FaceName, Lines, Pill, Rect, Row, StepBox } from './geometry.js';
import { markOf, type Marks, type StepMark } from './marks.js';
import { widthOf, wrap } from './measure.js';
import type { Route, StepCard, Tag, TagKind } from './step-card.js';
import type { Words } from './words.js';

/** What a box depends on beside its step. */
export interface BoxStyle {
  readonly words: Words;
  readonly marks: Marks | undefined;
}

/** From the side of a box to its text, whatever its shape. */
const PAD_X = 18;
const PAD_Y = 12;
const GLYPH = 20;
/** No box is narrower, however little room there is. */
const NARROWEST = 148;

/** Sets a step in a box of the given width. `rows` are the ways out that are written in it. O(length of its texts). */
export function stepBox(card: StepCard, width: number, rows: readonly Route[], style: BoxStyle): StepBox {
  const w = Math.max(width, NARROWEST);
  const inner = w - 2 * PAD_X;
  const mark = markOf(style.marks, card.id);
  const pen = new Pen(PAD_X, PAD_Y, inner);
  const head = [card.kindWord, ...(card.roles === '' ? [] : [card.roles])].join(' · ');
  const kindAt = pen.write(head, 'kind', 3, GLYPH);
  pen.skip(3);
  const title = pen.write(card.title, 'title', 4);
  const status = mark && statusPill(pen, mark, style.words);
  const blocked = mark?.blocked === undefined ? undefined : pen.write(cleanText(mark.blocked), 'tag', 4);
  const pills = pillsOf(pen, card.tags);
  const divider = rows.length > 0 ? pen.y + 8 : undefined;
  if (divider !== undefined) pen.skip(14);
  const rowsAt = rows.map((route): Row => {
    const text = pen.write(rowWords(route, style.words), 'tag', 4, GLYPH);
    pen.skip(4);
    return { route, y: text.y - 4, text };
  });
  return {
    card,
    kind: card.kind,
    w,
    h: Math.ceil(pen.y + PAD_Y - (rows.length > 0 ? 4 : 0)),
    ...(mark ? { mark } : {}),
    full: fullText(card, mark, style.words),
    ...(status ? { status } : {}),
    kindAt,
    texts: [title, ...(blocked ? [blocked] : [])],
    pills,
    rows: rowsAt,
    ...(divider === undefined ? {} : { divider }),
  };
}

/** Writes downwards within a column. */
class Pen {
  constructor(
    readonly x: number,
    public y: number,
    readonly width: number,
  ) {}

  skip(dy: number): void {
    this.y += dy;
  }

  write(text: string, name: FaceName, most: number, indent = 0): Lines {
    const face = FACES[name];
    const lines = wrap(text, this.width - indent, face, most);
    const y = this.y + face.leading - Math.round((face.leading - face.size) / 2) - 2;
    this.y += face.leading * lines.length;
    return { x: this.x + indent, y, face: name, lines };
  }
}

function statusPill(pen: Pen, mark: StepMark, words: Words): Rect & { readonly text: Lines } {
  pen.skip(6);
  const y = pen.y;
  pen.skip(3);
  const inside = new Pen(pen.x + 28, pen.y, pen.width - 36);
  const text = inside.write(statusWords(mark, words), 'status', 3);
  pen.y = inside.y + 3;
  const rect = { x: pen.x, y, w: pen.width, h: pen.y - y, text };
  pen.skip(mark.blocked === undefined ? 0 : 3);
  return rect;
}

/** The mark in words: status, round, and how many systems are done. */
export function statusWords(mark: StepMark, words: Words): string {
  const parts = [words.statuses[mark.status]];
  if (mark.count) parts.push(words.systems(mark.count.done, mark.count.of));
  if (mark.round !== undefined && mark.round > 1) parts.push(words.round(mark.round));
  return parts.join(' · ');
}

/** A route that is written in its step's box: `Not clear yet: back to “Look at it”, at most 3 times`. */
export function rowWords({ label, notes }: Route, words: Words): string {
  return notes.length === 0 ? label : words.leading(label, words.list(notes));
}

/** Tags that are drawn with a glyph before their words. */
const WITH_GLYPH: ReadonlySet<TagKind> = new Set(['when', 'due', 'duty', 'evidence']);
const PILL_PAD = 8;
const PILL_GAP = 5;

function pillsOf(pen: Pen, tags: readonly Tag[]): readonly Pill[] {
  if (tags.length === 0) return [];
  pen.skip(7);
  const face = FACES.tag;
  const pills: Pill[] = [];
  let x = 0;
  let height = 0;
  for (const { kind, text } of tags) {
    const glyph = WITH_GLYPH.has(kind) ? 14 : 0;
    const lines = wrap(text, pen.width - 2 * PILL_PAD - glyph, face, kind === 'when' ? 7 : 4);
    const longest = Math.max(...lines.map((line) => widthOf(line, face)), 0);
    const w = Math.ceil(Math.min(longest + 2 * PILL_PAD + glyph, pen.width));
    const h = lines.length * face.leading + 5;
    if (x > 0 && x + w > pen.width) {
      pen.skip(height + PILL_GAP);
      [x, height] = [0, 0];
    }
    const at = { x: pen.x + x + PILL_PAD + glyph, y: pen.y + 13.5 };
    pills.push({ kind, x: pen.x + x, y: pen.y, w, h, text: { ...at, face: 'tag', lines } });
    x += w + PILL_GAP;
    height = Math.max(height, h);
  }
  pen.skip(height);
  return pills;
}

/** Everything about a step in one paragraph. O(length of its texts). */
function fullText(card: StepCard, mark: StepMark | undefined, words: Words): string {
  const head = `${card.kindWord}: ${card.title}`;
  const routes = card.routes.map((route) => rowWords(route, words));
  const state = mark ? [statusWords(mark, words), ...(mark.blocked ? [cleanText(mark.blocked)] : [])] : [];
  const parts = [head, ...state, card.roles, ...card.tags.map(({ text }) => text), ...routes];
  return parts.filter((part) => part !== '').join('\n');
}

/** How far the outline of a box stands in from its right side at a height. */
export function insetAt(box: StepBox, y: number): number {
  if (box.kind === 'decision') return (CHAMFER * Math.abs(y - box.h / 2)) / (box.h / 2);
  return 0;
}

/** How far the ends of a decision's box point outwards. */
export const CHAMFER = 12;

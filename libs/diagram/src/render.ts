/** Shapes to SVG. Coordinates are rounded to a tenth, so that the same drawing is the same bytes everywhere. */
import { escapeXml } from './clean-text.js';
import { FACES } from './faces.js';
import type { FrameLook, Lines, Pill, Point, Row, Shape, StepBox } from './geometry.js';
import { type GlyphName, glyphPath, tagGlyph } from './glyphs.js';
import { CHAMFER } from './step-box.js';

/** From below to above. */
const LAYERS: readonly Shape['shape'][] = ['frame', 'edge', 'bar', 'chip', 'step', 'text'];

/** The shapes as elements, those that lie below first. O(shapes). */
export function renderShapes(shapes: readonly Shape[]): string {
  return LAYERS.flatMap((layer) => shapes.filter(({ shape }) => shape === layer).map(renderShape)).join('\n');
}

function renderShape(shape: Shape): string {
  switch (shape.shape) {
    case 'frame':
      return at(shape, `${frameRect(shape.look, shape.w, shape.h)}${shape.texts.map(text).join('')}`);
    case 'edge':
      return renderEdge(shape);
    case 'bar': {
      const rect = `<rect class="bar" width="${n(shape.w)}" height="${n(shape.h)}" rx="${n(Math.min(4, shape.h / 2))}"/>`;
      return at(shape, rect + (shape.text ? text(shape.text) : ''));
    }
    case 'chip': {
      const rx = n(Math.min(12, shape.h / 2));
      const rect = `<rect width="${n(shape.w)}" height="${n(shape.h)}" rx="${rx}"/>`;
      return at(
        shape,
        `<title>${escapeXml(shape.full)}</title>${rect}${text(shape.text)}`,
        `chip ${shape.tone}`,
      );
    }
    case 'step':
      return renderStep(shape, shape.box);
    case 'text':
      return at(shape, shape.texts.map(text).join(''));
  }
}

function at({ x, y }: Point, inside: string, name?: string): string {
  const named = name === undefined ? '' : ` class="${name}"`;
  return `<g${named} transform="translate(${n(x)} ${n(y)})">${inside}</g>`;
}

/** A number with at most one digit after the point, and no negative zero. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}

function text({ x, y, face, lines, middle }: Lines): string {
  if (lines.length === 0) return '';
  const spans = lines.map((line, index) =>
    index === 0
      ? escapeXml(line)
      : `<tspan x="${n(x)}" dy="${FACES[face].leading}">${escapeXml(line)}</tspan>`,
  );
  return `<text class="f-${face}${middle ? ' mid' : ''}" x="${n(x)}" y="${n(y)}">${spans.join('')}</text>`;
}

/** A glyph in a square of `size`, its upper left corner at the point. */
export function glyph(name: GlyphName, x: number, y: number, size: number, more = ''): string {
  const scale = Math.round((size / 16) * 1000) / 1000;
  return `<path class="glyph${more}" transform="translate(${n(x)} ${n(y)}) scale(${scale})" d="${glyphPath(name)}"/>`;
}

function frameRect(look: FrameLook, w: number, h: number): string {
  const rect = (name: string, x: number, width: number, height: number, rx: number): string =>
    `<rect class="${name}" x="${n(x)}" y="${n(x)}" width="${n(width)}" height="${n(height)}" rx="${rx}"/>`;
  switch (look) {
    case 'phase':
      return rect('frame', 0, w, h, 12);
    case 'each':
      return rect('frame in', 5, w - 5, h - 5, 9) + rect('frame in', 0, w - 5, h - 5, 9);
    case 'group':
    case 'graph':
      return rect('frame in', 0, w, h, 9);
    case 'anytime':
      return rect('frame anytime', 0, w, h, 9);
    case 'close':
      return rect('frame close', 0, w, h, 14);
  }
}

function renderEdge({ points, tone, arrow }: Extract<Shape, { shape: 'edge' }>): string {
  const name = tone === 'flow' ? '' : tone === 'loop' ? ' loop' : ' bad';
  const end = points.at(-1);
  const before = points.at(-2);
  if (!end || !before) return '';
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1;
  const [ux, uy] = [(end.x - before.x) / length, (end.y - before.y) / length];
  const line = arrow ? [...points.slice(0, -1), { x: end.x - ux * 5, y: end.y - uy * 5 }] : points;
  const path = `<path class="edge${name}" d="${rounded(line)}"/>`;
  if (!arrow) return path;
  const back = { x: end.x - ux * 8, y: end.y - uy * 8 };
  const tip = [
    end,
    { x: back.x - uy * 4.5, y: back.y + ux * 4.5 },
    { x: back.x + uy * 4.5, y: back.y - ux * 4.5 },
  ];
  const corners = tip.map(({ x, y }) => `${n(x)} ${n(y)}`).join('L');
  return `${path}<path class="tip${name}" d="M${corners}z"/>`;
}

const ROUND = 7;

/** A line through the points, its corners rounded. */
function rounded(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let d = `M${n(first.x)} ${n(first.y)}`;
  rest.forEach((point, index) => {
    const before = points[index];
    const after = rest[index + 1];
    if (!before || !after) {
      d += `L${n(point.x)} ${n(point.y)}`;
      return;
    }
    const radius = Math.min(ROUND, distance(before, point) / 2, distance(point, after) / 2);
    const [a, b] = [towards(point, before, radius), towards(point, after, radius)];
    d += `L${n(a.x)} ${n(a.y)}Q${n(point.x)} ${n(point.y)} ${n(b.x)} ${n(b.y)}`;
  });
  return d;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * length) / whole, y: from.y + ((to.y - from.y) * length) / whole };
}

function renderStep(place: Point, box: StepBox): string {
  const { card, mark, status, divider, w } = box;
  const names = [`step k-${box.kind}`];
  if (!card.mandatory) names.push('optional');
  if (mark) names.push(`s-${mark.status}`);
  const parts = [
    `<title>${escapeXml(box.full)}</title>`,
    outline(box),
    glyph(box.kind, 17, 12, 14, ' kind'),
    text(box.kindAt),
    ...box.texts.map(text),
  ];
  if (status && mark) {
    const rect = `<rect x="${n(status.x)}" y="${n(status.y)}" width="${n(status.w)}" height="${n(status.h)}" rx="6"/>`;
    parts.push(
      `<g class="status">${rect}${glyph(mark.status, status.x + 9, status.y + 5, 12)}${text(status.text)}</g>`,
    );
  }
  parts.push(...box.pills.map(renderPill));
  if (divider !== undefined) {
    parts.push(`<path class="divider" d="M17 ${n(divider)}H${n(w - 17)}"/>`);
  }
  parts.push(...box.rows.map(renderRow));
  const { x, y } = place;
  return `<g class="${names.join(' ')}" data-step="${escapeXml(card.id)}" transform="translate(${n(x)} ${n(y)})">${parts.join('')}</g>`;
}

function renderPill({ kind, x, y, w, h, text: words }: Pill): string {
  const name = tagGlyph(kind);
  const picture = name ? glyph(name, x + 7, y + 4.5, 11) : '';
  return `<g class="tag ${kind}"><rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" rx="6"/>${picture}${text(words)}</g>`;
}

function renderRow({ route, text: words }: Row): string {
  const back = route.leads.to !== 'on';
  const bad = route.tone === 'failed' || route.tone === 'refused';
  const name: GlyphName = bad ? 'refused' : back ? 'loop' : 'goes-on';
  return `<g class="row${bad ? ' bad' : back ? ' loop' : ''}">${glyph(name, 18, words.y - 10, 12)}${text(words)}</g>`;
}

function outline({ kind, w, h }: StepBox): string {
  const path = (d: string): string => `<path class="box" d="${d}"/>`;
  const rect = (rx: number): string => `<rect class="box" width="${n(w)}" height="${n(h)}" rx="${rx}"/>`;
  switch (kind) {
    case 'task':
      return rect(8);
    case 'decision': {
      const c = CHAMFER;
      return path(`M${c} 0H${n(w - c)}L${n(w)} ${n(h / 2)}L${n(w - c)} ${n(h)}H${c}L0 ${n(h / 2)}z`);
    }
    case 'approval':
      return path(`M10 0H${n(w - 10)}L${n(w)} 10V${n(h - 10)}L${n(w - 10)} ${n(h)}H10L0 ${n(h - 10)}V10z`);
    case 'action':
      return `${rect(2)}<path class="fold" d="M6 0V${n(h)}M${n(w - 6)} 0V${n(h)}"/>`;
    case 'wait':
      return rect(Math.min(26, h / 2));
    case 'notice':
      return `${path(`M0 0H${n(w - 14)}L${n(w)} 14V${n(h)}H0z`)}<path class="fold" d="M${n(w - 14)} 0V14H${n(w)}"/>`;
  }
}

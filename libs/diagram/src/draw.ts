/** A plan as a picture: one SVG document that needs nothing but itself. */
import { markingText, type Plan } from '@cordon/playbook';
import { chip } from './chip.js';
import { cleanText, escapeXml } from './clean-text.js';
import { said } from './condition.js';
import { FACES } from './faces.js';
import { down, type Drawing, type Lines, moved, type Shape } from './geometry.js';
import { layoutOf } from './layout.js';
import { GAP, type Layout } from './layout-context.js';
import { framed, type Heading } from './layout-frame.js';
import { legend } from './legend.js';
import type { Marks } from './marks.js';
import { wrap } from './measure.js';
import { closing, nowWords, outlineOf } from './outline.js';
import { itemsOf } from './plan-blocks.js';
import { n, renderShapes } from './render.js';
import { rootClass, styleSheet, type Theme } from './theme.js';

/** How a playbook is drawn. */
export interface DiagramOptions {
  /** A BCP 47 tag. Texts of the playbook that do not have it are drawn in English, else in any language they have. */
  readonly language: string;
  /** `auto`, the default, follows the reader's preference. */
  readonly theme?: Theme;
  /** `wide` (default) is made for 1280 px and more, `narrow` for 390 px: one column. */
  readonly width?: 'wide' | 'narrow';
  /** Where a running incident stands. */
  readonly marks?: Marks;
}

interface Page {
  readonly width: number;
  readonly margin: number;
}

const PAGES: Readonly<Record<'wide' | 'narrow', Page>> = {
  wide: { width: 1280, margin: 30 },
  narrow: { width: 390, margin: 12 },
};
/** One track alone needs no more to be read well. */
const ONE_TRACK = 900;

/**
 * Draws the playbook as SVG 1.1: no script, no font, no reference to anything outside. Text is 11 px or larger at the
 * width it is made for; deeply nested playbooks become wider than that rather than smaller. The same plan, options and
 * marks give the same bytes. Fails as a fault on a tree that names a step the plan does not have. O(blocks), but for
 * graphs, which dagre lays out.
 */
export function drawPlaybook(plan: Plan, options: DiagramOptions): string {
  const { language, theme = 'auto', width = 'wide', marks } = options;
  const layout = layoutOf(plan, { language, narrow: width === 'narrow', marks });
  const page = PAGES[width];
  const tracks = itemsOf(plan.root).some(({ kind }) => kind === 'parallel');
  const half = ((width === 'wide' && !tracks ? ONE_TRACK : page.width) - 2 * page.margin) / 2;
  const flow = wholeFlow(layout, half);
  const total = Math.ceil(flow.left + flow.right + 2 * page.margin);
  const header = headerOf(layout, total - 2 * page.margin);
  const top = page.margin + header.height + 22;
  const height = Math.ceil(top + flow.height + page.margin);
  const { title } = plan.playbook;
  const name = `cordon-${plan.playbook.id.replaceAll(/[^a-z0-9-]/gi, '-')}-${width}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${rootClass(theme)}" width="${total}" height="${height}" viewBox="0 0 ${total} ${height}" role="img" aria-labelledby="${name}-title" aria-describedby="${name}-desc" lang="${escapeXml(cleanText(language))}">`,
    `<title id="${name}-title">${escapeXml(said(layout, title))}</title>`,
    `<desc id="${name}-desc">${escapeXml(outlineOf(plan, { language, ...(marks ? { marks } : {}) }))}</desc>`,
    `<style>${styleSheet(theme)}</style>`,
    `<rect class="page" width="${total}" height="${height}"/>`,
    renderShapes(moved(header.shapes, page.margin, page.margin)),
    `<g transform="translate(${page.margin} ${n(page.margin + header.legendAt)})">${header.legend}</g>`,
    renderShapes(moved(flow.shapes, page.margin + flow.left, top)),
    '</svg>\n',
  ].join('\n');
}

/** From the opening of the incident to its closing. */
function wholeFlow(layout: Layout, half: number): Drawing {
  const room = { left: half, right: half };
  const start = chip(layout.words.opened, [], 'end', 2 * half);
  const flow = layout.lay(layout.plan.root, room);
  const [first = '', ...rest] = closing(layout);
  const headings: Heading[] = [
    { text: layout.words.close, face: 'band', most: 2 },
    { text: first, face: 'muted', most: 3 },
    ...rest.map((text): Heading => ({ text, face: 'small', most: 4 })),
  ];
  const narrow = { left: Math.min(half, 230), right: Math.min(half, 230) };
  const end = framed(undefined, narrow, { look: 'close', headings, fill: true });
  const from = start.h + GAP;
  const to = from + flow.height + GAP;
  const shapes: Shape[] = [
    start,
    down(0, start.h, from),
    ...moved(flow.shapes, 0, from),
    down(0, from + flow.height, to),
    ...moved(end.shapes, 0, to),
  ];
  return {
    left: Math.max(flow.left, end.left),
    right: Math.max(flow.right, end.right),
    height: to + end.height,
    shapes,
    open: false,
  };
}

function headerOf(layout: Layout, width: number) {
  const { playbook } = layout.plan;
  const texts: Lines[] = [];
  let y = 0;
  const write = (text: string, face: 'head' | 'muted' | 'strong', most: number, across: number): void => {
    const { size, leading } = FACES[face];
    const lines = wrap(text, across, FACES[face], most);
    texts.push({ x: 0, y: y + size, face, lines });
    y += lines.length * leading;
  };
  write(said(layout, playbook.title), 'head', 3, width);
  write(layout.words.version(cleanText(playbook.version)), 'muted', 1, width);
  for (const marking of playbook.markings)
    write(cleanText(markingText(marking)), 'strong', 3, Math.min(width, 820));
  y += 4;
  write(said(layout, playbook.summary), 'muted', 8, Math.min(width, 820));
  const now = nowWords(layout);
  if (now !== '') {
    y += 8;
    write(now, 'strong', 5, Math.min(width, 820));
  }
  const legendAt = y + 14;
  const key = legend(layout, width);
  const shapes: Shape[] = [{ shape: 'text', x: 0, y: 0, texts }];
  return { shapes, legend: key.svg, legendAt, height: legendAt + key.height };
}

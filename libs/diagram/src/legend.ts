/** What the signs mean, in rows below the title. */
import { escapeXml } from './clean-text.js';
import { FACES } from './faces.js';
import type { GlyphName } from './glyphs.js';
import type { Layout } from './layout-context.js';
import { widthOf } from './measure.js';
import { glyph, n } from './render.js';

interface Entry {
  readonly glyph: GlyphName;
  readonly name: string;
  readonly words: string;
}

const KINDS = ['task', 'decision', 'approval', 'action', 'wait', 'notice'] as const;
const STATUSES = [
  'ready',
  'in_progress',
  'completed',
  'skipped',
  'cannot_start',
  'problem',
  'failed',
] as const;

/** Sets the legend in rows of the given width: its elements, and the height they take. */
export function legend(layout: Layout, width: number): { readonly svg: string; readonly height: number } {
  const face = FACES.tag;
  const parts: string[] = [];
  let [x, y] = [0, 0];
  for (const row of [kindEntries(layout), ...(layout.marks ? [statusEntries(layout)] : [])]) {
    for (const entry of row) {
      const taken = 19 + widthOf(entry.words, face);
      if (x > 0 && x + taken > width) [x, y] = [0, y + 20];
      const picture = glyph(entry.glyph, 0, 0, 13, ' kind');
      parts.push(
        `<g class="${entry.name}" transform="translate(${n(x)} ${n(y)})">${picture}<text class="f-tag" x="19" y="11">${escapeXml(entry.words)}</text></g>`,
      );
      x += taken + 18;
    }
    [x, y] = [0, y + 20];
  }
  return { svg: parts.join('\n'), height: y };
}

function kindEntries({ words }: Layout): readonly Entry[] {
  return [
    ...KINDS.map((kind) => ({ glyph: kind, name: `k-${kind}`, words: words.kinds[kind] })),
    { glyph: 'optional', name: 'key', words: words.optional },
    { glyph: 'each', name: 'key', words: words.everySystem },
    { glyph: 'loop', name: 'row loop', words: words.loop },
    { glyph: 'refused', name: 'row bad', words: `${words.refused} / ${words.failed}` },
  ];
}

function statusEntries({ words }: Layout): readonly Entry[] {
  return STATUSES.map((status) => ({ glyph: status, name: 'key', words: words.statuses[status] }));
}

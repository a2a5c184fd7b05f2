/** Small pictures, each drawn with a pen of 1.5 in a square of 16. Every meaning has one, so that none rests on colour alone. */
import type { StepKind } from '@cordon/playbook';
import type { MarkStatus } from './marks.js';
import type { TagKind } from './step-card.js';

/** Every meaning that has a glyph. */
export type GlyphName =
  | StepKind
  | MarkStatus
  | 'due'
  | 'when'
  | 'duty'
  | 'evidence'
  | 'loop'
  | 'refused'
  | 'goes-on'
  | 'optional'
  | 'each';

const CLOCK = 'M8 14.2a6.2 6.2 0 1 0 0-12.4 6.2 6.2 0 0 0 0 12.4zM8 4.6V8l2.4 1.8';
const CROSS = 'M4 4l8 8M12 4l-8 8';

const PATHS: Readonly<Record<GlyphName, string>> = {
  task: 'M2.5 2.5h11v11h-11zM5.2 8.2l2 2L11 5.8',
  decision: 'M8 1.2L14.8 8 8 14.8 1.2 8zM6.4 6.7a1.6 1.6 0 1 1 2.5 1.4c-.6.4-.9.6-.9 1.2M8 11.3v.2',
  approval:
    'M6 7a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 6 7zM1.4 14c0-2.6 2-4.4 4.6-4.4 1 0 1.8.2 2.5.6M9.4 12l1.8 1.8 3.4-3.9',
  action: 'M9 1.4L3.4 9H8l-1 5.6L12.6 7H8z',
  wait: CLOCK,
  notice: 'M1.5 3.4h13v9.2h-13zM1.5 4L8 9l6.5-5',
  cannot_start: 'M3.8 7.4h8.4v6.2H3.8zM5.4 7.4V5.1a2.6 2.6 0 0 1 5.2 0v2.3',
  ready: 'M8 13.6A5.6 5.6 0 1 0 8 2.4a5.6 5.6 0 0 0 0 11.2zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  in_progress: 'M4.6 2.8l8.4 5.2-8.4 5.2zM6.2 5.6v4.8L10 8z',
  completed: 'M2.8 8.6l3.5 3.6L13.4 4',
  skipped: 'M2.4 4l5 4-5 4zM8.4 4l5 4-5 4z',
  failed: CROSS,
  problem: 'M8 1.8l6.6 11.8H1.4zM8 6.2v3.6M8 11.6v.2',
  due: CLOCK,
  when: 'M8 2l6 6-6 6-6-6z',
  duty: 'M8 2v12M4.5 14h7M3 4.6h10M3 4.6L1.2 9h3.6zM13 4.6L11.2 9h3.6z',
  evidence: 'M5.2 8.6l4.3-4.4a2 2 0 0 1 3 2.9l-5.6 5.7a3.1 3.1 0 0 1-4.5-4.3L7.8 2.9',
  loop: 'M12.9 5A5.6 5.6 0 1 0 13.6 8M13.2 1.8V5.3H9.7',
  refused: 'M12.9 5A5.6 5.6 0 1 0 13.6 8M13.2 1.8V5.3H9.7M6 6.2l3.6 3.6M9.6 6.2L6 9.8',
  'goes-on': 'M2.5 8h10.5M9 4l4 4-4 4',
  optional: 'M2 4.5V2h2.5M7 2h2M11.5 2H14v2.5M14 7v2M14 11.5V14h-2.5M9 14H7M4.5 14H2v-2.5M2 9V7',
  each: 'M2 2h9v9H2zM5 13.8h8.8V5',
};

/** The outline of a glyph, in a square of 16. */
export function glyphPath(name: GlyphName): string {
  return PATHS[name];
}

/** The glyph before a tag's words; some tags are words alone. */
export function tagGlyph(kind: TagKind): GlyphName | undefined {
  return kind === 'when' || kind === 'due' || kind === 'duty' || kind === 'evidence' ? kind : undefined;
}

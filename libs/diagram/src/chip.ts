/** A small plate on a line: the answer that leads along it, or where a branch begins. */
import { FACES } from './faces.js';
import type { ChipTone, Shape } from './geometry.js';
import { shortened } from './clean-text.js';
import { widestPart, widthOf, wrap } from './measure.js';

/** A chip as a shape; its corner is the upper left one. */
export type Chip = Extract<Shape, { shape: 'chip' }>;

const PAD = 12;
const LONG_WORD = 150;
const face = FACES.strong;

/** The width at which the words stand in one line. */
export function chipWidth(label: string, notes: readonly string[]): number {
  return Math.ceil(widthOf(chipText(label, notes), face)) + 2 * PAD;
}

/** The least width at which no word of a common length is broken. */
export function chipLeast(label: string, notes: readonly string[]): number {
  const text = shortened(chipText(label, notes), 200);
  return Math.min(LONG_WORD, Math.ceil(widestPart(text, face))) + 2 * PAD;
}

/** A chip around the spine with its upper side at 0, no wider than `most` (but at least 90 px). */
export function chip(label: string, notes: readonly string[], tone: ChipTone, most: number): Chip {
  const full = chipText(label, notes);
  const widest = Math.min(Math.max(90, most), 280);
  const lines = wrap(full, widest - 2 * PAD, face, 9);
  const w = Math.ceil(Math.max(30, ...lines.map((line) => widthOf(line, face))) + 2 * PAD);
  const h = Math.max(1, lines.length) * face.leading + 8;
  const text = { x: w / 2, y: 16, face: 'strong' as const, lines, middle: true as const };
  return { shape: 'chip', tone, x: -w / 2, y: 0, w, h, text, full };
}

function chipText(label: string, notes: readonly string[]): string {
  return notes.length === 0 ? label : `${label} · ${notes.join(' · ')}`;
}

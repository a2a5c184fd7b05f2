import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parsePlaybook, type Plan, planOf } from '@cordon/playbook';
import fc from 'fast-check';
import { FACES } from './faces.js';
import type { Lines, Point, Rect, Room, Shape } from './geometry.js';
import { layoutOf } from './layout.js';
import type { Marks } from './marks.js';
import { widthOf } from './measure.js';
import { everything, largePlan } from './testing/plans.js';
import { planFrom } from './testing/random-plan.js';

const anyPlan = fc.array(fc.nat(9_999), { maxLength: 150, size: 'max' }).map(planFrom);

const shipped = (id: string): Plan => {
  const file = new URL(`../../../playbooks/${id}/playbook.yaml`, import.meta.url);
  const { playbook, findings } = parsePlaybook(readFileSync(file, 'utf8'));
  if (!playbook) throw new Error(JSON.stringify(findings));
  return planOf(playbook);
};

const WIDE: Room = { left: 610, right: 610 };
const NARROW: Room = { left: 183, right: 183 };

/** A mark on every step: the most that a box has to hold. */
function marked(plan: Plan): Marks {
  const mark = {
    status: 'cannot_start',
    blocked: '“Look at it” has to be done first (Responder).',
    round: 2,
  } as const;
  return Object.fromEntries(
    [...plan.steps.keys()].map((id) => [id, { ...mark, count: { done: 1, of: 12 } }]),
  );
}

function shapesOf(plan: Plan, narrow: boolean, language = 'en', marks?: Marks): readonly Shape[] {
  const layout = layoutOf(plan, { language, narrow, marks });
  return layout.lay(plan.root, narrow ? NARROW : WIDE).shapes;
}

type Of<K extends Shape['shape']> = Extract<Shape, { shape: K }>;
const only = <K extends Shape['shape']>(shapes: readonly Shape[], kind: K): readonly Of<K>[] =>
  shapes.filter((one): one is Of<K> => one.shape === kind);

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.w - 0.5 && b.x < a.x + a.w - 0.5 && a.y < b.y + b.h - 0.5 && b.y < a.y + a.h - 0.5;
const within = (a: Rect, b: Rect): boolean =>
  a.x >= b.x - 0.5 && a.y >= b.y - 0.5 && a.x + a.w <= b.x + b.w + 0.5 && a.y + a.h <= b.y + b.h + 0.5;

/** What stands on something else, as sentences. */
function collisions(shapes: readonly Shape[]): readonly string[] {
  const steps = only(shapes, 'step').map((one) => ({ ...one, name: one.box.card.id }));
  const chips = only(shapes, 'chip').map((one) => ({ ...one, name: `chip ${one.full}` }));
  const bars = only(shapes, 'bar').map((one) => ({ ...one, name: 'bar' }));
  const solid = [...steps, ...chips, ...bars];
  const found: string[] = [];
  solid.forEach((a, index) => {
    for (const b of solid.slice(index + 1)) if (overlap(a, b)) found.push(`${a.name} on ${b.name}`);
  });
  const frames = only(shapes, 'frame');
  frames.forEach((a, index) => {
    for (const b of frames.slice(index + 1)) {
      if (overlap(a, b) && !within(a, b) && !within(b, a)) found.push(`frame ${a.look} across ${b.look}`);
    }
    for (const b of solid) {
      if (overlap(a, b) && !within(b, a)) found.push(`${b.name} across frame ${a.look}`);
      for (const lines of a.texts) if (overlap(b, boxOf(a, lines))) found.push(`${b.name} on a heading`);
    }
  });
  for (const line of only(shapes, 'edge')) {
    for (const step of steps) if (crosses(line.points, step)) found.push(`a line through ${step.name}`);
  }
  return found;
}

/** A line may touch a box's rim, and a decision's slanting sides lie within its rectangle. */
function crosses(points: readonly Point[], rect: Rect): boolean {
  const core = { x: rect.x + 13, y: rect.y + 1, w: rect.w - 26, h: rect.h - 2 };
  return points.slice(1).some((end, index) => {
    const start = points[index] ?? end;
    const beside =
      Math.max(start.x, end.x) <= core.x ||
      Math.min(start.x, end.x) >= core.x + core.w ||
      Math.max(start.y, end.y) <= core.y ||
      Math.min(start.y, end.y) >= core.y + core.h;
    if (beside) return false;
    return Array.from({ length: 41 }, (_, step) => step / 40).some((t) => {
      const [x, y] = [start.x + (end.x - start.x) * t, start.y + (end.y - start.y) * t];
      return x > core.x && x < core.x + core.w && y > core.y && y < core.y + core.h;
    });
  });
}

function boxOf(at: Point, { x, y, face, lines, middle }: Lines): Rect {
  const { size, leading } = FACES[face];
  const w = Math.max(0, ...lines.map((line) => widthOf(line, FACES[face])));
  const left = at.x + x - (middle ? w / 2 : 0);
  return { x: left, y: at.y + y - size * 0.8, w, h: (lines.length - 1) * leading + size };
}

/** Texts that reach out of what they are written on. */
function overflowing(shapes: readonly Shape[]): readonly string[] {
  const outside: string[] = [];
  const look = (rect: Rect, texts: readonly Lines[]): void => {
    for (const lines of texts) {
      if (lines.lines.length > 0 && !within(boxOf(rect, lines), rect)) outside.push(lines.lines.join(' '));
    }
  };
  for (const one of shapes) {
    if (one.shape === 'frame') look(one, one.texts);
    if (one.shape === 'chip') look(one, [one.text]);
    if (one.shape === 'bar' && one.text) look(one, [one.text]);
    if (one.shape !== 'step') continue;
    const { box } = one;
    const rows = box.rows.map(({ text }) => text);
    look(one, [box.kindAt, ...box.texts, ...rows]);
    for (const pill of [...box.pills, ...(box.status ? [box.status] : [])]) {
      const rect = { x: one.x + pill.x, y: one.y + pill.y, w: pill.w, h: pill.h };
      if (!within(rect, one)) outside.push(`plate of ${pill.text.lines.join(' ')}`);
      look({ ...rect, x: one.x, y: one.y, w: pill.x + pill.w, h: pill.y + pill.h }, [pill.text]);
    }
  }
  return outside;
}

describe.each([false, true])('narrow: %p', (narrow) => {
  test.each([
    ['every construct', everything()],
    ['ransomware', shipped('ransomware')],
    ['data-breach', shipped('data-breach')],
    ['many steps', largePlan(72)],
  ])('%s: nothing stands on anything else, and every text is inside its box', (_name, plan) => {
    for (const language of ['en', 'zh-Hant']) {
      for (const marks of [undefined, marked(plan)]) {
        const shapes = shapesOf(plan, narrow, language, marks);
        expect([collisions(shapes), overflowing(shapes)]).toEqual([[], []]);
      }
    }
  });

  test('the same holds for plans of any shape, and each step is drawn exactly once', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const shapes = shapesOf(plan, narrow);
        const wrong = { collisions: collisions(shapes), overflowing: overflowing(shapes) };
        expect(wrong).toEqual({ collisions: [], overflowing: [] });
        const drawn = only(shapes, 'step').map(({ box }) => box.card.id);
        expect(drawn.toSorted()).toEqual([...plan.steps.keys()].toSorted());
      }),
      { numRuns: 30 },
    );
  });
});

test('shipped playbooks keep to 1280 px, and to the 390 px of a phone', () => {
  for (const plan of [shipped('ransomware'), shipped('data-breach'), everything()]) {
    for (const language of ['en', 'zh-Hant']) {
      const layout = layoutOf(plan, { language, narrow: true, marks: marked(plan) });
      const { left, right } = layout.lay(plan.root, NARROW);
      expect(left + right).toBeLessThanOrEqual(366);
      const wide = layoutOf(plan, { language, narrow: false }).lay(plan.root, WIDE);
      expect(wide.left + wide.right).toBeLessThanOrEqual(1220);
    }
  }
});

test('ways back, refusals and failures are lines to the step they name', () => {
  const shapes = shapesOf(everything(), false);
  const tones = only(shapes, 'edge').map(({ tone }) => tone);
  const count = (tone: string): number => tones.filter((one) => one === tone).length;
  // look-again and retry go back, partly comes round; fetch fails back, collect fails on; approve is refused.
  expect([count('loop'), count('failed'), count('refused')]).toEqual([3, 2, 1]);
});

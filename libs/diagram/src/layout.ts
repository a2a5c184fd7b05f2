/** Lays out any node of a plan's tree. */
import { InvariantError } from '@cordon/kernel';
import type { Plan, PlanNode } from '@cordon/playbook';
import { blockTitle } from './after-words.js';
import { said } from './condition.js';
import type { Drawing, FrameLook, Room } from './geometry.js';
import { columns } from './layout-columns.js';
import type { Layout } from './layout-context.js';
import { below, framed, type Heading, layAnytime, roomInside } from './layout-frame.js';
import { layGraph } from './layout-graph.js';
import { laySequence } from './layout-sequence.js';
import { layStep } from './layout-step.js';
import { isOver, type Marks, markOf } from './marks.js';
import { eachSequence, groupsOf, itemsOf, type Sequence } from './plan-blocks.js';
import { wordsIn } from './words.js';

/** What a layout depends on beside the plan. */
export interface LayoutOptions {
  readonly language: string;
  readonly narrow: boolean;
  readonly marks?: Marks | undefined;
}

/** The layout of one plan: its words, its marks, and the way from a node to a drawing. O(blocks). */
export function layoutOf(plan: Plan, { language, narrow, marks }: LayoutOptions): Layout {
  const layout: Layout = {
    plan,
    language,
    narrow,
    marks,
    words: wordsIn(language),
    groups: groupsOf(plan),
    lay: (node, room) => layNode(layout, node, room),
  };
  return layout;
}

function layNode(layout: Layout, node: PlanNode, room: Room): Drawing {
  switch (node.kind) {
    case 'step':
      return layStep(layout, node, room);
    case 'sequence':
      return laySequence(layout, node.items, room);
    case 'parallel':
      return layParallel(layout, node.branches, room);
    case 'phase':
      return layPhase(layout, node.id, node.body, room);
    case 'group':
      return inFrame(layout, 'group', node.id, node.body, room);
    case 'each':
      return inFrame(layout, 'each', node.id, eachSequence(layout.plan, node.id), room);
    case 'graph': {
      const inside = layGraph(layout, node, roomInside('graph', room));
      const heading: Heading = { text: layout.words.graph, face: 'strong', most: 2 };
      return framed(inside, room, { look: 'graph', headings: [heading], fill: layout.narrow });
    }
    default:
      throw new InvariantError(
        `a plan's tree holds an unknown node: ${JSON.stringify(node satisfies never)}`,
      );
  }
}

function layParallel(layout: Layout, branches: readonly PlanNode[], room: Room): Drawing {
  const { words } = layout;
  const tracks = branches.some((branch) => itemsOf(branch).some(({ kind }) => kind === 'phase'));
  const count = branches.length;
  if (count === 0) return laySequence(layout, [], room);
  const made = columns(
    layout,
    branches.map((body) => ({ body, ends: 'join' as const })),
    room,
    {
      words: words.sideBySide(count),
      balanced: tracks,
      nth: (index) => (tracks ? words.track(index + 1, count) : words.branch(index + 1, count)),
    },
  );
  const { left, right, height, shapes, open } = made;
  return { left, right, height, shapes, open };
}

function inFrame(layout: Layout, look: FrameLook, id: string, body: PlanNode, room: Room): Drawing {
  const inside = layout.lay(body, roomInside(look, room));
  const headings: Heading[] = [{ text: blockTitle(layout, id), face: 'strong', most: 3 }];
  return framed(inside, room, { look, headings, fill: layout.narrow });
}

function layPhase(layout: Layout, id: string, body: PlanNode, room: Room): Drawing {
  const phase = layout.plan.phases.get(id);
  const inner = roomInside('phase', room);
  const sequence: Sequence = { kind: 'sequence', items: itemsOf(body) };
  const flow = layout.lay(sequence, inner);
  const anytime = phase?.anytime ?? [];
  const inside =
    anytime.length === 0
      ? flow
      : below(
          flow,
          layAnytime(
            layout,
            anytime.map((step) => step.id),
            inner,
          ),
        );
  const headings: Heading[] = [{ text: phase ? said(layout, phase.title) : id, face: 'band', most: 3 }];
  const progress = progressOf(layout, id);
  if (progress !== undefined) headings.push({ text: progress, face: 'status', most: 2 });
  if (phase?.summary) headings.push({ text: said(layout, phase.summary), face: 'muted', most: 3 });
  const band = { left: Math.min(room.left, BAND), right: Math.min(room.right, BAND) };
  return framed(inside, band, { look: 'phase', headings, fill: true });
}

/** A phase that has the whole width to itself is a band no wider than it needs to be read well. */
const BAND = 420;

/** How many of a phase's steps are completed or skipped; undefined without marks. */
export function progressOf({ plan, marks, words }: Layout, id: string): string | undefined {
  if (marks === undefined) return undefined;
  const steps = [...plan.steps].filter(([, { phase, anytime }]) => phase === id && !anytime);
  return words.progress(steps.filter(([step]) => isOver(markOf(marks, step))).length, steps.length);
}

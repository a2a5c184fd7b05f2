/**
 * A graph of blocks. Where there is room, dagre ranks and places them; its lines are then led straight through each
 * rank they pass, so that they keep clear of taller boxes there. Where there is not, the blocks stand below each other
 * in order, each with the words of what it comes after, and lines along the left.
 */
import { Graph, layout as dagreLayout } from '@dagrejs/dagre';
import { afterWords, idOf, inOrder, outcomeWords } from './after-words.js';
import { chip, type Chip, chipWidth } from './chip.js';
import { type Drawing, edge, type EdgeTone, moved, type Point, type Room, type Shape } from './geometry.js';
import { lanesOf } from './lanes.js';
import { GAP, LANE, type Layout } from './layout-context.js';
import { layStep } from './layout-step.js';
import type { GraphMember, GraphPlan } from './plan-blocks.js';
import type { After } from '@cordon/playbook';

const MEMBER = 230;

interface Member {
  readonly id: string;
  readonly member: GraphMember;
  readonly drawing: Drawing;
}

/** Lays out a graph in the room. Dagre's time, about O((blocks + edges)²) at worst for what playbooks hold. */
export function layGraph(layout: Layout, graph: GraphPlan, room: Room): Drawing {
  if (!layout.narrow && graph.nodes.length > 0) {
    const ranked = inRanks(layout, graph);
    if (ranked.left <= room.left && ranked.right <= room.right) return ranked;
  }
  return inList(layout, graph, room);
}

function layMember(layout: Layout, { node }: GraphMember, room: Room): Drawing {
  return node.kind === 'step' ? layStep(layout, node, room, true) : layout.lay(node, room);
}

interface Label {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

interface Line extends Label {
  readonly points: readonly Point[];
}

function inRanks(layout: Layout, graph: GraphPlan): Drawing {
  const members = graph.nodes.map((member): Member => {
    const half = MEMBER / 2;
    return { id: idOf(member), member, drawing: layMember(layout, member, { left: half, right: half }) };
  });
  const net = new Graph({ multigraph: true });
  net.setGraph({ rankdir: 'TB', nodesep: 26, edgesep: 18, ranksep: 44 });
  net.setDefaultEdgeLabel(() => ({}));
  for (const { id, drawing } of members) {
    net.setNode(id, { width: drawing.left + drawing.right, height: drawing.height });
  }
  const drawn = edgesOf(members, layout);
  for (const one of drawn) {
    const words = one.words;
    const size = words === '' ? { width: 1, height: 1 } : sizeOf(words);
    net.setEdge(one.from, one.to, { ...size, labelpos: 'c' }, one.name);
  }
  dagreLayout(net);
  const box = net.graph() as { width: number; height: number };
  const dx = -box.width / 2;
  const at = new Map(members.map(({ id }) => [id, net.node(id) as Label]));
  const bands = bandsOf([...at.values()]);
  const shapes: Shape[] = [];
  const spineOf = ({ drawing }: Member, place: Label): number =>
    dx + place.x - place.width / 2 + drawing.left;
  for (const one of drawn) {
    const [from, to] = [byId(members, one.from), byId(members, one.to)];
    const [start, end] = [at.get(one.from), at.get(one.to)];
    if (!from || !to || !start || !end) continue;
    const line = net.edge(one.from, one.to, one.name) as Line;
    const middle = line.points.slice(1, -1).map(({ x, y }) => ({ x: x + dx, y }));
    const first = { x: spineOf(from, start), y: start.y + start.height / 2 };
    const last = { x: spineOf(to, end), y: end.y - end.height / 2 };
    shapes.push(edge(throughBands(first, middle, last, bands), true, one.tone));
    if (one.words !== '') {
      const made = chip(one.words, [], one.tone === 'flow' ? 'answer' : 'failed', LABEL);
      shapes.push({ ...made, x: line.x + dx - made.w / 2, y: line.y - made.h / 2 });
    }
  }
  for (const member of members) {
    const place = at.get(member.id);
    if (place) {
      shapes.push(...moved(member.drawing.shapes, spineOf(member, place), place.y - place.height / 2));
    }
  }
  return { left: box.width / 2, right: box.width / 2, height: box.height, shapes, open: true };
}

const LABEL = 140;

function sizeOf(words: string): { width: number; height: number } {
  const made = chip(words, [], 'answer', Math.min(LABEL, chipWidth(words, [])));
  return { width: made.w + 8, height: made.h + 6 };
}

interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly words: string;
  readonly tone: EdgeTone;
}

function edgesOf(members: readonly Member[], layout: Layout): readonly GraphEdge[] {
  const ids = new Set(members.map(({ id }) => id));
  return members.flatMap(({ id, member }) =>
    member.after
      .filter(({ step }) => ids.has(step) && step !== id)
      .map((after, index) => ({
        from: after.step,
        to: id,
        name: String(index),
        words: outcomeWords(layout, after),
        tone: toneOf(after),
      })),
  );
}

function toneOf({ outcome }: After): EdgeTone {
  return outcome === 'failed' || outcome === 'refused' ? outcome : 'flow';
}

function byId(members: readonly Member[], id: string): Member | undefined {
  return members.find((one) => one.id === id);
}

interface Band {
  readonly top: number;
  readonly bottom: number;
}

/** Ranks, as the heights that their boxes take; boxes of one rank share their middle. */
function bandsOf(places: readonly Label[]): readonly Band[] {
  const bands = new Map<number, Band>();
  for (const { y, height } of places) {
    const key = Math.round(y);
    const band = bands.get(key) ?? { top: y, bottom: y };
    bands.set(key, {
      top: Math.min(band.top, y - height / 2),
      bottom: Math.max(band.bottom, y + height / 2),
    });
  }
  return [...bands.values()];
}

/** The way of a line, straight up and down wherever it is among boxes. */
function throughBands(
  first: Point,
  middle: readonly Point[],
  last: Point,
  bands: readonly Band[],
): readonly Point[] {
  const bandAt = (y: number): Band | undefined =>
    bands.find(({ top, bottom }) => y >= top - 1 && y <= bottom + 1);
  const points: Point[] = [first, { x: first.x, y: Math.max(first.y, bandAt(first.y)?.bottom ?? 0) + 8 }];
  for (const point of middle) {
    const band = bandAt(point.y);
    if (!band) points.push(point);
    else if (band.top > first.y && band.bottom < last.y) {
      points.push({ x: point.x, y: band.top - 8 }, { x: point.x, y: band.bottom + 8 });
    }
  }
  points.push({ x: last.x, y: Math.min(last.y, bandAt(last.y)?.top ?? last.y) - 14 }, last);
  return points;
}

/** More lanes than this are no help to anybody; the words are there. */
const MOST_LANES = 5;

interface Row {
  readonly label: Chip;
  readonly drawing: Drawing;
  readonly y: number;
  readonly end: number;
}

interface Way {
  readonly from: number;
  readonly to: number;
  readonly tone: EdgeTone;
  readonly lane: number;
}

/** No line comes in from above, so the blocks stand where lanes on the left leave them the most room. */
function inList(layout: Layout, graph: GraphPlan, room: Room): Drawing {
  const order = inOrder(graph);
  const ways = waysOf(order);
  const lanes = Math.max(0, ...ways.map(({ lane }) => lane + 1));
  const gutter = lanes > MOST_LANES || lanes === 0 ? 0 : 8 + lanes * LANE;
  const half = (room.left + room.right - gutter) / 2;
  const rows: Row[] = [];
  let y = 0;
  for (const member of order) {
    const drawing = layMember(layout, member, { left: half, right: half });
    const label = chip(afterWords(layout, member), [], 'branch', 2 * half);
    const end = y + label.h + 6 + drawing.height;
    rows.push({ label, drawing, y, end });
    y = end + GAP;
  }
  const left = Math.max(0, ...rows.map(({ label, drawing }) => Math.max(label.w / 2, drawing.left)));
  const right = Math.max(0, ...rows.map(({ label, drawing }) => Math.max(label.w / 2, drawing.right)));
  const shapes = rows.flatMap(({ label, drawing, y: top }) => [
    ...moved([label], 0, top),
    ...moved(drawing.shapes, 0, top + label.h + 6),
  ]);
  if (gutter > 0) shapes.push(...ways.flatMap((way) => wayLine(way, rows, left)));
  const spine = (gutter + left - right) / 2;
  return {
    left: gutter + left - spine,
    right: right + spine,
    height: Math.max(0, y - GAP),
    shapes: moved(shapes, spine, 0),
    open: true,
  };
}

function waysOf(order: readonly GraphMember[]): readonly Way[] {
  const ids = order.map(idOf);
  const ways = order.flatMap(({ after }, to) =>
    after
      .map((one) => ({ from: ids.indexOf(one.step), to, tone: toneOf(one) }))
      .filter(({ from }) => from !== -1 && from < to),
  );
  // A line leaves below where others arrive, so one may follow another in its lane.
  const lanes = lanesOf(ways.map(({ from, to }) => ({ low: from + 0.5, high: to })));
  return ways.map((way, index) => ({ ...way, lane: lanes[index] ?? 0 }));
}

function wayLine({ from, to, tone, lane }: Way, rows: readonly Row[], left: number): readonly Shape[] {
  const [source, target] = [rows[from], rows[to]];
  if (!source || !target) return [];
  const x = -left - 8 - lane * LANE;
  const enter = target.y + target.label.h / 2;
  const points = [
    { x: 0, y: source.end },
    { x: 0, y: source.end + 14 },
    { x, y: source.end + 14 },
    { x, y: enter },
    { x: -target.label.w / 2, y: enter },
  ];
  return [edge(points, true, tone)];
}

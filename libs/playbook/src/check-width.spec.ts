import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import fc from 'fast-check';
import { widestOpen } from './check-width.js';
import type { Each, Step } from './model.js';
import { parsePlaybook } from './parse.js';
import { planOf, type Plan, type PlanNode, type PlannedNode } from './plan.js';

type Node = PlannedNode['node'];

const sequence = (...items: PlanNode[]): PlanNode => ({ kind: 'sequence', items });
const parallel = (id: string, ...branches: PlanNode[]): Node => ({ kind: 'parallel', id, branches });
const group = (id: string, body: PlanNode): Node => ({ kind: 'group', id, body });
const graph = (id: string, ...nodes: PlannedNode[]): Node => ({ kind: 'graph', id, nodes });
const each = (id: string): Node => ({ kind: 'each', id });

function step(id: string, answers: Readonly<Record<string, PlanNode>> = {}, failed?: PlanNode): Node {
  return { kind: 'step', id, branches: new Map(Object.entries(answers)), ...(failed ? { failed } : {}) };
}

function after(node: Node, ...steps: string[]): PlannedNode {
  return { node, after: steps.map((before) => ({ step: before, outcome: 'done' })) };
}

function task(id: string): Step {
  return { kind: 'task', id, title: { en: id }, roles: ['doer'], mandatory: true, form: [] };
}

/** A plan of one phase; `eaches` by their ids, with the ids of their steps. */
function planAround(body: PlanNode, eaches: Readonly<Record<string, readonly string[]>> = {}): Plan {
  const plan = planOf({
    language: 1,
    id: 'p',
    version: '1.0.0',
    languages: ['en'],
    title: { en: 'T' },
    summary: { en: 'S' },
    roles: [],
    facts: [],
    phases: [
      { id: 'main', title: { en: 'Main' }, blocks: [], anytime: [task('log-call'), task('take-note')] },
    ],
    flow: ['main'],
    duties: [],
    closure: [],
    properties: [],
    markings: [],
  });
  const repeated = Object.entries(eaches).map(([id, steps]): [string, { each: Each; phase: string }] => [
    id,
    { each: { kind: 'each', id, steps: steps.map(task) }, phase: 'main' },
  ]);
  return { ...plan, root: sequence({ kind: 'phase', id: 'main', body }), eaches: new Map(repeated) };
}

const ab = sequence(step('a'), step('b'));
const cd = parallel('cd', step('c'), step('d'));

test.each<[string, PlanNode, readonly string[]]>([
  ['nothing', sequence(), []],
  ['a step', step('a'), ['a']],
  ['a sequence: one at a time', ab, ['a']],
  ['branches side by side', parallel('p', ab, step('c'), sequence(step('d'), step('e'))), ['a', 'c', 'd']],
  ['branches within branches', parallel('p', ab, cd), ['a', 'c', 'd']],
  ['the widest of a sequence', sequence(step('a'), cd, step('b')), ['c', 'd']],
  ['a group: what is in it', group('g', sequence(step('a'), cd)), ['c', 'd']],
  ['a decision: the widest of its answers', step('q', { yes: cd, no: step('e') }), ['c', 'd']],
  ['a decision without wide answers: itself', step('q', { yes: ab, no: step('e') }), ['q']],
  ['a step that may fail: what follows its failure', step('a', {}, sequence(step('b'), cd)), ['c', 'd']],
  [
    'a graph without order',
    graph('g', after(step('a')), after(step('b')), after(step('c'))),
    ['a', 'b', 'c'],
  ],
  [
    'a graph that is a chain',
    graph('g', after(step('a')), after(step('b'), 'a'), after(step('c'), 'b')),
    ['c'],
  ],
  [
    'a graph that sequences cannot say',
    graph(
      'g',
      after(step('a')),
      after(step('b')),
      after(step('c'), 'a'),
      after(step('d'), 'a', 'b'),
      after(step('e'), 'b'),
    ),
    ['c', 'd', 'e'],
  ],
  [
    'order over blocks between, not only over direct ones',
    graph('g', after(step('a')), after(step('b'), 'a'), after(step('c'), 'b'), after(step('d'), 'a')),
    ['c', 'd'],
  ],
  [
    'one wide block rather than two narrow ones',
    graph('g', after(parallel('wide', ab, cd)), after(step('e'), 'wide'), after(step('f'), 'wide')),
    ['a', 'c', 'd'],
  ],
  [
    'a graph in a branch',
    parallel('p', graph('g', after(step('a')), after(step('b'))), step('c')),
    ['a', 'b', 'c'],
  ],
])('the widest of %s', (_name, node, steps) => {
  const width = widestOpen(planAround(node));
  expect(width.count).toBe(steps.length);
  expect([...width.steps].sort()).toEqual([...steps].sort());
});

test('steps repeated for every system count as for one system', () => {
  const plan = planAround(parallel('p', each('systems'), step('a')), { systems: ['isolate', 'restore'] });
  expect(widestOpen(plan)).toEqual({ count: 2, steps: ['isolate', 'a'] });
});

test('tracks of phases add up', () => {
  const phase = (id: string, body: PlanNode): PlanNode => ({ kind: 'phase', id, body });
  const root = sequence(parallel('tracks-1', phase('one', cd), phase('two', ab)), phase('three', step('e')));
  expect(widestOpen({ ...planAround(ab), root })).toEqual({ count: 3, steps: ['c', 'd', 'a'] });
});

test.each([
  ['comes after itself', graph('g', after(step('a'), 'b'), after(step('b'), 'a'))],
  ['comes after what is not there', graph('g', after(step('a'), 'z'))],
])('a block that %s is no plan', (_name, node) => {
  expect(() => widestOpen(planAround(node))).toThrow(InvariantError);
});

/** Graphs of up to eight blocks, each so many steps wide; `edges` by the larger index. */
const graphs = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.record({
    weights: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: size, maxLength: size }),
    edges: fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
  }),
);

function graphOf(weights: readonly number[], befores: readonly (readonly number[])[]): Node {
  const nodes = weights.map((weight, index) => {
    const steps = Array.from({ length: weight }, (_, n) => step(`n${index}-${n}`));
    return after(parallel(`n${index}`, ...steps), ...(befores[index] ?? []).map((before) => `n${before}`));
  });
  return graph('g', ...nodes);
}

/** Goes through everything that can be done, in every order, and looks how much is open. */
function mostOpen(weights: readonly number[], befores: readonly (readonly number[])[]): number {
  const seen = new Set([0]);
  let most = 0;
  for (const done of seen) {
    const open = [...weights.keys()].filter(
      (node) => !(done & (1 << node)) && (befores[node] ?? []).every((before) => done & (1 << before)),
    );
    most = Math.max(
      most,
      open.reduce((sum, node) => sum + (weights[node] ?? 0), 0),
    );
    for (const node of open) seen.add(done | (1 << node));
  }
  return most;
}

test('the width of a graph is the most that is open on any way through it, and the steps named are so many', () => {
  fc.assert(
    fc.property(graphs, ({ weights, edges }) => {
      const befores = edges.map((all, index) => [...new Set(all)].filter((before) => before < index));
      const width = widestOpen(planAround(graphOf(weights, befores)));
      expect(width.count).toBe(mostOpen(weights, befores));
      expect(new Set(width.steps).size).toBe(width.count);
      const blocks = new Set(width.steps.map((id) => Number(id.slice(1, id.indexOf('-')))));
      for (const block of blocks) {
        for (const before of ancestors(befores, block)) expect(blocks.has(before)).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

function ancestors(befores: readonly (readonly number[])[], block: number): number[] {
  return (befores[block] ?? []).flatMap((before) => [before, ...ancestors(befores, before)]);
}

test('as many steps as a playbook may have, each after all before it or after none, are counted', () => {
  const ids = Array.from({ length: 500 }, (_, n) => `s${n}`);
  const chain = graph('g', ...ids.map((id, n) => after(step(id), ...ids.slice(Math.max(0, n - 20), n))));
  const flat = graph('g', ...ids.map((id) => after(step(id))));
  const halves = graph('g', ...ids.map((id, n) => after(step(id), ...(n < 250 ? [] : ids.slice(0, 250)))));
  expect([chain, flat, halves].map((node) => widestOpen(planAround(node)).count)).toEqual([1, 500, 250]);
});

test.each(['ransomware', 'data-breach'])('the widest of the playbook %s are steps of its flow', (id) => {
  const file = fileURLToPath(new URL(`../../../playbooks/${id}/playbook.yaml`, import.meta.url));
  const { playbook } = parsePlaybook(readFileSync(file, 'utf8'));
  if (!playbook) throw new Error(`${id} is refused`);
  const plan = planOf(playbook);
  const { count, steps } = widestOpen(plan);
  expect(count).toBeGreaterThanOrEqual(2);
  expect(new Set(steps).size).toBe(count);
  expect(steps.filter((found) => !plan.steps.has(found) || plan.steps.get(found)?.anytime)).toEqual([]);
});

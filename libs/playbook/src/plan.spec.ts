import { expect, test } from '@jest/globals';
import { parsePlaybook } from './parse.js';
import { phasesIn, planOf } from './plan.js';
import { task } from './testing/snippets.js';

const PHASE = (id: string, steps: string) => `  - id: ${id}\n    title: {en: T}\n    steps: [${steps}]\n`;
const STEP = (id: string, more = '') => task(id, more).slice(2);

const SOURCE = `cordon: 1
id: p
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: doer, title: {en: D}}]
flow:
  - first
  - parallel: [[left, left-more], [right]]
  - last
phases:
${PHASE('last', STEP('z'))}${PHASE('right', STEP('r', 'due: {within: PT1H, from: {step: a}}'))}${PHASE('left-more', STEP('m'))}${PHASE(
  'left',
  `{decision: d, title: {en: T}, role: doer, answers: [{id: x, title: {en: X}, then: [${STEP('dx')}]}, {id: y, title: {en: Y}}]}, {parallel: [[${STEP('p1')}], [${STEP('p2')}]]}`,
)}${PHASE(
  'first',
  `${STEP('a')}, {each: system, id: all, steps: [${['isolate', 'restore', 'verify', 'return'].map((move) => STEP(`do-${move}`, `move: ${move}`)).join(', ')}]}`,
)}`;

function setup() {
  const { playbook, findings } = parsePlaybook(SOURCE);
  expect(findings).toEqual([]);
  if (!playbook) throw new Error('the playbook parses');
  return planOf(playbook);
}

test('steps come in flow order, whatever the order in which the phases were written', () => {
  const plan = setup();
  const moves = ['do-isolate', 'do-restore', 'do-verify', 'do-return'];
  expect([...plan.steps.keys()]).toEqual(['a', ...moves, 'd', 'dx', 'p1', 'p2', 'm', 'r', 'z']);
  expect(phasesIn(plan.root)).toEqual(['first', 'left', 'left-more', 'right', 'last']);
});

test('each step knows its phase, and the each block it belongs to', () => {
  const plan = setup();
  expect(plan.steps.get('dx')).toMatchObject({ phase: 'left' });
  expect(plan.steps.get('dx')?.each).toBeUndefined();
  expect(plan.steps.get('do-verify')).toMatchObject({ phase: 'first', each: 'all' });
  expect([...plan.moves]).toEqual([
    ['isolate', 'do-isolate'],
    ['restore', 'do-restore'],
    ['verify', 'do-verify'],
    ['return', 'do-return'],
  ]);
});

test('reopening a phase starts over what comes after it, and no track beside it', () => {
  const { reopened, steps } = setup();
  expect(reopened.get('last')).toEqual(['z']);
  expect(reopened.get('right')).toEqual(['r', 'z']);
  expect(reopened.get('left-more')).toEqual(['m', 'z']);
  expect(reopened.get('left')).toEqual(['d', 'dx', 'p1', 'p2', 'm', 'z']);
  expect(reopened.get('first')).toEqual([...steps.keys()]);
});

test('a parallel of phases, a parallel of steps and a branch of a decision are nodes of their own', () => {
  const { root } = setup();
  const items = root.kind === 'sequence' ? root.items : [];
  expect(items.map((item) => (item.kind === 'sequence' ? '' : item.id))).toEqual([
    'first',
    'tracks-1',
    'last',
  ]);
  const tracks = items[1];
  expect(tracks?.kind === 'parallel' ? tracks.branches.length : 0).toBe(2);
});

test('the steps that due times count from are known', () => {
  expect([...setup().anchors]).toEqual(['a']);
});

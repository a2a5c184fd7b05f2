import { expect, test } from '@jest/globals';
import type { Parallel, Playbook, TaskStep } from '@cordon/playbook';
import { importTheHive } from './import-thehive.js';

function playbookOf(template: unknown, options = {}): Playbook {
  const { playbook, findings } = importTheHive(JSON.stringify(template), options);
  expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  if (!playbook) throw new Error('imports');
  return playbook;
}

const task = (title: string, more = {}) => ({ title, ...more });

test('groups are phases in the order of their first task, whatever the order of the file', () => {
  const { phases, flow } = playbookOf({
    name: 'Case',
    tasks: [
      task('Wipe', { group: 'Contain', order: 2 }),
      task('Look', { group: 'Identify', order: 0 }),
      task('Block', { group: 'Contain', order: 1 }),
    ],
  });
  expect(flow).toEqual(['identify', 'contain']);
  const [, contain] = phases;
  const [block] = contain?.blocks ?? [];
  expect((block as Parallel).branches.map(([step]) => step?.id)).toEqual(['block', 'wipe']);
});

test('tasks of a group follow each other only where that is asked for', () => {
  const template = {
    name: 'Case',
    tasks: [task('a', { group: 'g', order: 0 }), task('b', { group: 'g', order: 1 })],
  };
  expect(playbookOf(template).phases[0]?.blocks.map((block) => block.kind)).toEqual(['parallel']);
  expect(playbookOf(template, { order: 'sequence' }).phases[0]?.blocks.map((block) => block.id)).toEqual([
    'a',
    'b',
  ]);
});

test('tasks without a group have a phase of their own', () => {
  const { phases } = playbookOf({
    name: 'Case',
    tasks: [task('a', { group: 'G' }), task('b'), task('c', { group: 'default' })],
  });
  expect(phases.map((phase) => phase.title.en)).toEqual(['G', 'Tasks']);
});

test('a task that is not mandatory may be skipped', () => {
  const { phases } = playbookOf({ name: 'Case', tasks: [task('a', { mandatory: false })] });
  expect((phases[0]?.blocks[0] as TaskStep).mandatory).toBe(false);
});

test('custom fields are facts of their type, and a mandatory one must be known before closing', () => {
  const { facts, closure } = playbookOf({
    name: 'Case',
    tasks: [task('a')],
    customFields: [
      { name: 'hits', type: 'integer', value: null },
      { name: 'leak', type: 'boolean', mandatory: true },
      { name: 'family', type: 'string', options: ['A', 'B'] },
      { name: 'seen', type: 'date' },
      { name: 'odd', type: 'observable' },
    ],
  });
  expect(facts.map(({ id, type }) => `${id}:${type}`)).toEqual([
    'hits:number',
    'leak:yesno',
    'family:choice',
    'seen:time',
    'odd:text',
  ]);
  expect(closure.map((one) => one.when)).toEqual([{ fact: 'leak', known: true }]);
});

test.each([
  [0, 'CLEAR'],
  [1, 'GREEN'],
  [2, 'AMBER'],
  [3, 'RED'],
  [4, 'RED'],
  ['TLP:AMBER+STRICT', 'AMBER+STRICT'],
])('TLP %s is the marking %s', (tlp, level) => {
  expect(playbookOf({ name: 'Case', tlp, tasks: [task('a')] }).markings).toEqual([{ tlp: level }]);
});

test('a task without a title is a step all the same, and a warning', () => {
  const { steps, findings } = importTheHive(JSON.stringify({ name: 'Case', tasks: [{}, 'b', 7] }));
  expect([steps.inSource, steps.reachable]).toEqual([3, 3]);
  expect(
    findings.filter((finding) => finding.severity === 'warning').map((finding) => finding.pointer),
  ).toContain('/tasks/0/title');
});

test.each([
  ['', 'the document is empty'],
  ['{"name": "x", "password": hunter2}', 'this is not JSON'],
  ['[]', 'a case template is a JSON object with a name and tasks'],
  ['[{"tasks": []}, {"tasks": []}]', 'the document holds 2 templates: import them one by one'],
  ['{"name": "x"}', 'the template has no tasks: there is nothing to import'],
  [`{"name": "x", "tasks": ${'['.repeat(5000)}${']'.repeat(5000)}}`, 'nested more than 56 levels deep'],
  [
    `{"name": "x", "tasks": [${'{},'.repeat(600)}{}]}`,
    'the template has 601 tasks; at most 500 are possible',
  ],
  [`["${'x'.repeat(1_000_001)}"]`, 'at most 1000000 are read'],
])('what cannot be read is an error and no source: %#', (text, message) => {
  const { source, findings } = importTheHive(text);
  expect(source).toBeUndefined();
  expect(findings.map((finding) => finding.message).join()).toContain(message);
  expect(JSON.stringify(findings)).not.toContain('hunter2');
});

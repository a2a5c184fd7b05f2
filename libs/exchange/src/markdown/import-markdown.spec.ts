import { expect, test } from '@jest/globals';
import type { Block, Group, Playbook, TaskStep } from '@cordon/playbook';
import { importMarkdown } from './import-markdown.js';

function playbookOf(lines: readonly string[], options = {}): Playbook {
  const { playbook, findings } = importMarkdown(lines.join('\n'), options);
  expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  if (!playbook) throw new Error('imports');
  return playbook;
}

function shapeOf(block: Block): unknown {
  if (block.kind === 'group') return { [block.id]: block.blocks.map(shapeOf) };
  if (block.kind === 'parallel') return block.branches.map((branch) => branch.map(shapeOf));
  return block.id;
}

const shapes = (playbook: Playbook) => playbook.phases.map((phase) => phase.blocks.map(shapeOf));

test('the single first heading is the title, those below it are phases, deeper ones groups', () => {
  const playbook = playbookOf([
    '# Run',
    '',
    '## A',
    '1. a',
    '### B',
    '1. b',
    '#### C',
    '1. c',
    '## D',
    '1. d',
  ]);
  expect(playbook.title).toEqual({ en: 'Run' });
  expect(playbook.flow).toEqual(['a', 'd']);
  expect(shapes(playbook)).toEqual([['a-2', { b: ['b-2', { c: ['c-2'] }] }], ['d-2']]);
});

test('numbered items follow each other, bullets that stand together have no order', () => {
  expect(shapes(playbookOf(['1. a', '2. b', '', '- [ ] c', '- [ ] d', '', 'Then:', '', '- [ ] e']))).toEqual([
    ['a', 'b', [['c'], ['d']], 'e'],
  ]);
  expect(shapes(playbookOf(['- [ ] c', '- [ ] d'], { order: 'sequence' }))).toEqual([['c', 'd']]);
});

test('an item is done after the checkboxes below it', () => {
  expect(shapes(playbookOf(['- [ ] all', '  1. [ ] a', '  2. [ ] b']))).toEqual([
    [{ 'all-2': ['a', 'b', 'all'] }],
  ]);
});

test('a bold beginning is the title, and everything else the instructions', () => {
  const text = [
    '- [ ] **Isolate.** Use the tool:',
    '',
    '  ```sh',
    '  cut --now',
    '    # [ ] no step',
    '  ```',
    '  - gently',
  ];
  const step = playbookOf(text).phases[0]?.blocks[0] as TaskStep;
  expect(step.title).toEqual({ en: 'Isolate' });
  expect(step.instructions).toEqual({
    en: 'Use the tool:\n\n```sh\ncut --now\n  # [ ] no step\n```\n- gently',
  });
  expect(step.source).toBe('line 1');
});

test('with checkboxes in the document, a bullet without one is part of the summary', () => {
  const playbook = playbookOf(['## A', 'Why:', '- because', '- therefore', '', '- [ ] do it']);
  expect(shapes(playbook)).toEqual([['do-it']]);
  expect(playbook.phases[0]?.summary).toEqual({ en: 'Why:\n- because\n- therefore' });
});

test('a document without checkboxes uses its list items', () => {
  expect(shapes(playbookOf(['A', '===', '* one', '* two', '  * how']))).toEqual([[[['one'], ['two']]]]);
});

test('front matter gives title, version and id', () => {
  const playbook = playbookOf(['---', 'title: T', 'version: 3', 'id: my-run', '---', '1. a']);
  expect([playbook.title.en, playbook.version, playbook.id]).toEqual(['T', '3.0.0', 'my-run']);
});

test('a line that names the owner gives the role', () => {
  const playbook = playbookOf(['1. a', '   - **Owner:** Press office, Legal']);
  expect((playbook.phases[0]?.blocks[0] as TaskStep).roles).toEqual(['press-office', 'legal']);
  expect(playbook.roles.map((role) => role.id)).toEqual(['responder', 'press-office', 'legal']);
});

test('texts stand under the language that is given', () => {
  const playbook = playbookOf(['# 應變', '1. 隔離'], { languages: ['zh-Hant'] });
  expect([playbook.languages, playbook.title]).toEqual([['zh-Hant'], { 'zh-Hant': '應變' }]);
});

test('a heading that is a word of the machine is a phase all the same', () => {
  const playbook = playbookOf(['# T', '## Done', '1. done', '## Constructor', '1. constructor']);
  expect(shapes(playbook)).toEqual([['task-done'], ['task-constructor']]);
  expect(playbook.flow).toEqual(['phase-done', 'phase-constructor']);
});

test('what is no step and looks like one is a warning with its line', () => {
  const { findings } = importMarkdown('1. a\n\n> - [ ] quoted\n\n```\n- [ ] code\n');
  expect(
    findings.filter((finding) => finding.severity === 'warning').map((finding) => finding.pointer),
  ).toEqual(expect.arrayContaining(['line 3', 'line 6', 'line 5']));
});

test('secrets are left out everywhere, and their line is named', () => {
  const { source, findings } = importMarkdown('# T\n\n1. Log in\n   password: Hunter2!x\n');
  expect(source + JSON.stringify(findings)).not.toContain('Hunter2');
  expect(findings.map((finding) => finding.pointer)).toContain('line 4');
});

test('groups within groups within groups are still a playbook', () => {
  const deep = Array.from({ length: 30 }, (_, i) => `${'  '.repeat(i)}- [ ] level ${i}`);
  const { steps, playbook } = importMarkdown(deep.join('\n'));
  expect(steps.reachable).toBe(30);
  expect((playbook?.phases[0]?.blocks[0] as Group).kind).toBe('group');
});

test.each([
  ['', 'the document is empty'],
  ['Just words.', 'the document has no list items'],
  ['- [ ] x\n'.repeat(501), 'the document has 501 steps'],
])('what holds no steps, or too many, is an error: %#', (text, message) => {
  const { source, findings } = importMarkdown(text);
  expect(source).toBeUndefined();
  expect(findings.map((finding) => finding.message).join()).toContain(message);
});

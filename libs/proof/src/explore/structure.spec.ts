import { expect, test } from '@jest/globals';
import { parsePlaybook, planOf } from '@cordon/playbook';
import { dependenciesOf, nextAfter, onlyAfter, structureOf, type Structure } from './structure.js';

const T = { en: 'T' };
const task = (id: string, more: object = {}) => ({ task: id, title: T, role: 'doer', ...more });

function structure(...steps: readonly object[]): Structure {
  const { playbook, findings } = parsePlaybook(
    JSON.stringify({
      cordon: 1,
      id: 'p',
      version: '1.0.0',
      languages: ['en'],
      title: T,
      summary: T,
      roles: [{ id: 'doer', title: T }],
      facts: [{ id: 'f', type: 'yesno', title: T }],
      phases: [{ id: 'main', title: T, steps }],
      flow: ['main'],
    }),
  );
  if (!playbook) throw new Error(JSON.stringify(findings));
  return structureOf(planOf(playbook));
}

const approval = (id: string, covers: string, more: object = { refused: { repeat: covers } }) => ({
  approval: id,
  title: T,
  role: 'doer',
  covers: [covers],
  ...more,
});
const decision = (id: string, then: readonly object[]) => ({
  decision: id,
  title: T,
  role: 'doer',
  answers: [
    { id: 'x', title: T, then },
    { id: 'y', title: T },
  ],
});

test('only what the flow cannot come to without it comes only after an approval', () => {
  const inLine = structure(
    task('a'),
    approval('ok', 'a'),
    { parallel: [[task('b')], [task('c', { when: { fact: 'f', is: 'yes' } })]] },
    task('d'),
  );
  expect(onlyAfter(inLine, 'ok')).toEqual(['b', 'c', 'd']);
  expect(nextAfter(inLine, 'ok')).toEqual(['b', 'c']);
  const onBranch = structure(decision('d', [task('a'), approval('ok', 'a'), task('b')]), task('c'));
  expect(onlyAfter(onBranch, 'ok')).toEqual(['b']);
});

test('an edge for approved comes only after the approval, one for refused does not', () => {
  const graph = structure({
    graph: 'g',
    steps: [
      task('a'),
      { ...approval('ok', 'a', {}), after: ['a'] },
      task('yes', { after: [{ step: 'ok', outcome: 'approved' }] }),
      task('no', { after: [{ step: 'ok', outcome: 'refused' }] }),
      task('then', { after: ['yes'] }),
      task('either', { after: ['yes', 'no'] }),
    ],
  });
  expect(onlyAfter(graph, 'ok')).toEqual(['yes', 'then']);
  expect([...dependenciesOf(graph, ['then'])].sort()).toEqual(['ok', 'then']);
});

test('a slice holds the decisions that its steps stand on, and what holds back a step that moves by itself', () => {
  const nested = structure(task('a'), decision('d', [decision('e', [task('b')])]), {
    action: 'go',
    title: T,
    role: 'doer',
    do: 'notify',
  });
  expect([...dependenciesOf(nested, ['b'])].sort()).toEqual(['b', 'd', 'e']);
  expect([...dependenciesOf(nested, ['go'])].sort()).toEqual(['d', 'go']);
  expect([...dependenciesOf(nested, ['a'])]).toEqual(['a']);
});

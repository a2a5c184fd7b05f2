import { expect, test } from '@jest/globals';
import { compile, type CompiledConfigs } from './compile.js';
import { parsePlaybook } from './parse.js';
import { planOf } from './plan.js';
import type { StateConfig } from './state-config.js';
import { playbookOf, task } from './testing/snippets.js';

function compiled(steps: string): CompiledConfigs {
  const { playbook, findings } = parsePlaybook(playbookOf(steps));
  expect(findings).toEqual([]);
  if (!playbook) throw new Error('the playbook parses');
  return compile(planOf(playbook));
}

const TINY = `${task('first', 'optional: true')}
- {approval: second, title: {en: S}, role: doer, covers: [first], refused: {repeat: first}}`;

test('a tiny playbook becomes this machine', () => {
  const first = { step: 'first' };
  const second = { step: 'second' };
  const park = { type: 'park' };
  const open = (params: object, ready: string, mark: string) => [
    {
      guard: { type: 'resumes', params: { ...params, status: 'problem' } },
      target: 'problem',
      actions: [{ type: 'unpark', params }],
    },
    {
      guard: { type: 'resumes', params: { ...params, status: 'in_progress' } },
      target: 'in_progress',
      actions: [{ type: 'unpark', params }],
    },
    { guard: { type: 'notApplicable', params }, target: ready, actions: [{ type: 'passOver', params }] },
    { guard: { type: 'applies', params }, target: 'ready', actions: [{ type: mark, params }] },
  ];
  const gate = (params: object, next: string) => ({
    always: [{ guard: { type: 'done', params }, target: next }, ...open(params, next, 'markReady')],
  });
  const begin = {
    'step.start.first': [{ target: 'in_progress', actions: [{ type: 'begin', params: first }] }],
  };
  const finish = {
    'step.skip.first': [{ target: 'gate', actions: [{ type: 'skip', params: first }] }],
    'step.complete.first': [{ target: 'gate', actions: [{ type: 'complete', params: first }] }],
  };
  const fail = { 'step.problem.first': [{ target: 'problem', actions: [{ type: 'fail', params: first }] }] };
  const approve = { type: 'approve', params: second };
  const verdict = {
    'approval.approve.second': [
      {
        guard: { type: 'lastApproval', params: { ...second, count: 1 } },
        target: 'gate',
        actions: [approve, { type: 'complete', params: second }],
      },
      { actions: [approve] },
    ],
    'approval.refuse.second': [
      {
        target: '#p.open.main.first',
        actions: [{ type: 'startOver', params: { steps: ['first', 'second'], turn: 'second' } }],
      },
    ],
  };
  expect(compiled(TINY).incident).toEqual({
    id: 'p',
    initial: 'new',
    states: {
      new: { on: { 'incident.open': [{ target: '#p.open' }] } },
      open: {
        initial: 'main',
        states: {
          main: {
            initial: 'first',
            states: {
              first: {
                initial: 'gate',
                states: {
                  gate: gate(first, '#p.open.main.second'),
                  ready: { on: { ...begin, ...finish, ...fail } },
                  in_progress: { on: { ...finish, ...fail } },
                  problem: { on: { ...begin, ...finish } },
                },
              },
              second: {
                initial: 'gate',
                states: {
                  gate: gate(second, '#p.open.ready-to-close'),
                  ready: { on: verdict },
                  in_progress: { on: verdict },
                  problem: { on: verdict },
                },
              },
            },
          },
          'ready-to-close': { on: { 'incident.close': [{ target: '#p.closed' }] } },
        },
        on: {
          'facts.changed': [
            {
              target: '#p.open',
              reenter: true,
              actions: [park],
              guard: { type: 'flowOutdated', params: { steps: [] } },
            },
            {},
          ],
          'fact.set': [{ actions: [{ type: 'setFacts' }] }],
          'systems.changed': [{ actions: [{ type: 'setSystems' }] }],
          'system.add': [{ target: '#p.open', reenter: true, actions: [{ type: 'setSystems' }, park] }],
          'step.reopen': [{ target: '#p.open', reenter: true, actions: [{ type: 'clearNamed' }, park] }],
          'phase.reopen': [{ target: '#p.open', reenter: true, actions: [{ type: 'clearNamed' }, park] }],
        },
      },
      closed: { on: { 'incident.reopen': [{ target: '#p.open', actions: [park] }] } },
    },
  });
});

test('a playbook without steps per system has a machine for systems that is through at once', () => {
  const { system } = compiled(TINY);
  expect(system.states?.open).toMatchObject({ initial: 'through', states: { through: {} } });
});

test('going back forgets what was nested between, on all branches', () => {
  const { incident } = compiled(`${task('a')}
- parallel: [[${task('b').slice(2)}], [{decision: c, title: {en: C}, role: doer, answers: [{id: x, title: {en: X}, then: [${task('d').slice(2)}]}, {id: y, title: {en: Y}}]}]]
- {decision: e, title: {en: E}, role: doer, answers: [{id: go, title: {en: G}}, {id: again, title: {en: A}, repeat: a}]}
${task('f')}`);
  expect(JSON.stringify(incident)).toContain(
    '"startOver","params":{"steps":["a","b","c","d","e"],"turn":"e"}',
  );
});

test('every target of a machine is a state that it has', () => {
  const { incident } = compiled(`${TINY}
- parallel: [[${task('x').slice(2)}], [${task('y').slice(2)}]]
- {decision: d, title: {en: D}, role: doer, answers: [{id: a, title: {en: A}, then: [${task('z').slice(2)}]}, {id: b, title: {en: B}, repeat: d}]}`);
  const states = new Set<string>();
  const targets: string[] = [];
  const walk = (path: string, { states: inner, ...own }: StateConfig): void => {
    states.add(path);
    for (const [, target] of JSON.stringify(own).matchAll(/"target":"([^"]+)"/g)) {
      targets.push(
        target?.startsWith('#') ? target : `${path.slice(0, path.lastIndexOf('.'))}.${target ?? ''}`,
      );
    }
    for (const [key, state] of Object.entries(inner ?? {})) walk(`${path}.${key}`, state);
  };
  walk('#p', incident);
  expect(targets.length).toBeGreaterThan(40);
  expect(targets.filter((target) => !states.has(target))).toEqual([]);
});

import { expect, test } from '@jest/globals';
import { compileMachines, openState, type Machines } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { explore } from './explore.js';
import type { Obligation } from './obligation.js';
import { replayCase } from './replay.js';
import { Unlocking } from './unlocking.js';

const T = { en: 'T' };
const task = (id: string, more: object = {}) => ({ task: id, title: T, role: 'doer', ...more });

function compiled(steps: readonly object[]): Machines {
  const { playbook, findings } = parsePlaybook(
    JSON.stringify({
      ...{ cordon: 1, id: 'small', version: '1.0.0', languages: ['en'], title: T, summary: T },
      roles: [{ id: 'doer', title: T }],
      facts: ['f', 'g'].map((id) => ({ id, type: 'yesno', title: T })),
      phases: [{ id: 'main', title: T, steps }],
      flow: ['main'],
    }),
  );
  if (!playbook) throw new Error(JSON.stringify(findings));
  return compileMachines(playbook, 'digest');
}

const verdicts = (machines: Machines, reduction: 'slices' | 'none') =>
  Object.fromEntries(
    explore(machines, { explain: true, reduction }).properties.map(({ id, verdict }) => [id, verdict]),
  );

const answer = (id: string, more: object = {}) => ({ id, title: T, ...more });

test.each<[string, readonly object[]]>([
  [
    'a branch that the facts decide',
    [
      {
        ...{ decision: 'which', title: T, role: 'doer' },
        answers: [
          answer('a', { when: { fact: 'f', is: 'yes' }, then: [task('on-a')] }),
          answer('b', { when: { fact: 'f', is: 'no' }, then: [task('on-b')] }),
        ],
      },
    ],
  ],
  [
    'a branch of a decision that may not apply',
    [
      {
        ...{ decision: 'which', title: T, role: 'doer', when: { fact: 'f', is: 'yes' } },
        answers: [answer('a', { then: [task('on-a', { when: { fact: 'g', is: 'yes' } })] }), answer('b')],
      },
    ],
  ],
  [
    'a branch that comes round once',
    [
      {
        ...{ decision: 'again', title: T, role: 'doer' },
        answers: [answer('a', { then: [task('once-more')], again: true, max: 1 }), answer('b')],
      },
    ],
  ],
  [
    'what is done after a failure',
    [task('try', { failed: { then: [task('repair', { evidence: { min: 1 } })] } }), task('after')],
  ],
  [
    'a block behind one that was passed over',
    [
      {
        graph: 'g1',
        steps: [
          task('one', { failed: undefined }),
          { ...task('two'), after: [{ step: 'one', outcome: 'failed' }] },
          { ...task('three'), after: ['two'] },
        ],
      },
    ],
  ],
])('doing what is said unlocks %s', (_what, steps) => {
  const machines = compiled(steps);
  expect(verdicts(machines, 'slices')).toMatchObject({ explained: 'holds', reached: 'holds' });
  expect(verdicts(machines, 'none')).toMatchObject({ explained: 'holds', reached: 'holds' });
});

test('a step that no run can come to is shown by a case that can be replayed; nothing said of it is a lie', () => {
  const machines = compiled([
    task('never', {
      when: {
        all: [
          { fact: 'f', is: 'yes' },
          { fact: 'f', is: 'no' },
        ],
      },
    }),
  ]);
  const { properties } = explore(machines, { explain: true });
  const reached = properties.find(({ id }) => id === 'reached');
  expect(reached).toMatchObject({ verdict: 'violated', case: { about: ['never'] } });
  if (!reached?.case) throw new Error('there is a case');
  expect(replayCase(machines, reached.case).breaks).toBe(true);
  expect(properties.find(({ id }) => id === 'explained')?.verdict).toBe('holds');
});

test('a reason whose event is refused, or leads nowhere, breaks it', () => {
  const machines = compiled([task('first'), task('second')]);
  const { state } = openState(machines, { at: 0, by: 'doer', awareAt: 0, facts: {}, systems: [] });
  const asked: Obligation = {
    ...{ property: 'explained', breaks: 'it is not', steps: ['second'], guards: [] },
    ask: { kind: 'unlocks', step: 'second', atAll: false },
  };
  const bad = (type: string, to: number): readonly number[] => {
    const unlocking = new Unlocking(machines.plan, [asked]);
    unlocking.standing(0, state);
    unlocking.leads({ type, step: 'first' }, to);
    const ready = { ...state, steps: { second: { status: 'ready', at: 0, readyAt: 0 } } } as const;
    unlocking.standing(1, ready);
    return [...unlocking.bad(asked, () => new Uint8Array([1, 1]))];
  };
  expect(bad('step.complete', 1)).toEqual([]);
  expect(bad('step.complete', 0)).toEqual([0]);
  expect(bad('step.problem', 1)).toEqual([0]);
});

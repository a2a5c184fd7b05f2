/** A slice does to an approval that it follows whatever the whole machine does to it. */
import { expect, test } from '@jest/globals';
import { compileMachines } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { Names } from './canonical.js';
import { domainsOf, sameAs } from './fact-values.js';
import { structureOf } from './structure.js';
import {
  openings,
  project,
  sliceOf,
  spotKey,
  steps,
  wholeOf,
  type Seed,
  type Spot,
  type World,
} from './world.js';

const T = { en: 'T' };
const task = (id: string, more: object = {}) => ({ task: id, title: T, role: 'doer', ...more });

function machinesOf(blocks: readonly object[], type: string) {
  const { playbook, findings } = parsePlaybook(
    JSON.stringify({
      ...{ cordon: 1, id: 'small', version: '1.0.0', languages: ['en'], title: T, summary: T },
      roles: [{ id: 'doer', title: T }],
      facts: [
        { id: 'f', type, title: T },
        { id: 'g', type: 'yesno', title: T },
      ],
      phases: [{ id: 'main', title: T, steps: blocks }],
      flow: ['main'],
    }),
  );
  if (!playbook) throw new Error(JSON.stringify(findings));
  return compileMachines(playbook, 'digest');
}

const approval = (id: string, covers: readonly string[], more: object = {}) => ({
  ...{ approval: id, title: T, role: 'doer', covers, refused: { repeat: covers[0], max: 1 } },
  ...more,
});

const cases: readonly (readonly [string, 'yesno' | 'text', readonly object[]])[] = [
  ['a fact that no guard reads', 'yesno', [task('a'), approval('ok', ['a'], { count: 3, facts: ['g'] })]],
  [
    'a text of which guards know one value',
    'text',
    [
      task('a', { when: { fact: 'f', is: 'x' } }),
      task('c'),
      approval('ok', ['c'], { count: 3, facts: ['f'] }),
    ],
  ],
  [
    'a form beside it, and a step that decides by itself',
    'yesno',
    [
      task('a'),
      {
        ...{ decision: 'd', title: T, role: 'doer' },
        answers: [
          { id: 'x', title: T, when: { fact: 'f', is: 'yes' } },
          { id: 'y', title: T, when: { not: { fact: 'f', is: 'yes' } } },
        ],
      },
      approval('ok', ['a', 'd']),
      task('b', { form: [{ id: 'asked', type: 'yesno', title: T, fact: 'f', required: true }] }),
    ],
  ],
  [
    'one approval that covers another',
    'yesno',
    [task('a'), approval('ok', ['a'], { count: 3, facts: ['f'] }), approval('too', ['a', 'ok'])],
  ],
];

/** A step that was ready and waits for the flow to come by again is as one that has not been reached. */
const softly = (key: string): string => key.replaceAll('r.', '-');

test.each(cases)('the slice of an approval follows the whole machine: %s', (_what, type, blocks) => {
  const machines = machinesOf(blocks, type);
  const ground = {
    ...{ machines, structure: structureOf(machines.plan), names: new Names(), systems: 1, verdicts: false },
    guards: type === 'text' ? [{ fact: 'f', is: 'x' }] : [{ fact: 'f', known: true }],
  } satisfies Omit<Seed, 'steps'>;
  const whole = wholeOf(ground);
  const slice = sliceOf({ ...ground, steps: ['ok'] });
  const seenAs = ({ state, refused }: Spot): Spot => project(slice, state, refused);
  const missed: unknown[] = [];
  let lapsed = 0;
  for (const spot of everything(whole)) {
    const near = new Set<string>();
    const once = [...steps(slice, seenAs(spot))].map(({ after }) => after);
    for (const one of [seenAs(spot), ...once]) {
      near.add(softly(spotKey(slice, one)));
      for (const { after } of steps(slice, one)) near.add(softly(spotKey(slice, after)));
    }
    for (const { via, after, lapses } of steps(whole, spot)) {
      lapsed += Number(lapses);
      const { type: event, step = '' } = via.move.event;
      const covers = machines.plan.bindings.get('ok')?.steps ?? [];
      const given = spot.state.steps['ok']?.status === 'completed';
      if (given && event === 'step.reopen' && covers.includes(step) && !lapses) missed.push([step, 'stands']);
      if (!near.has(softly(spotKey(slice, seenAs(after)))))
        missed.push([spotKey(whole, spot), via.move.event]);
    }
  }
  expect(missed).toEqual([]);
  expect(lapsed).toBeGreaterThan(0);
});

function everything(world: World): readonly Spot[] {
  const found = new Map<string, Spot>();
  for (const opened of openings(world)) found.set(spotKey(world, opened), opened);
  for (const [, spot] of found)
    for (const { after } of steps(world, spot)) {
      const key = spotKey(world, after);
      if (!found.has(key)) found.set(key, after);
    }
  return [...found.values()];
}

test('another value that guards cannot tell apart is of the same kind, and there is none where each is named', () => {
  const of = (type: string, more: object, is: readonly number[] | readonly string[]) => {
    const { playbook } = parsePlaybook(
      JSON.stringify({
        ...{ cordon: 1, id: 'small', version: '1.0.0', languages: ['en'], title: T, summary: T },
        roles: [{ id: 'doer', title: T }],
        facts: [{ id: 'f', type, title: T, ...more }],
        phases: [{ id: 'main', title: T, steps: [task('a')] }],
        flow: ['main'],
      }),
    );
    if (!playbook) throw new Error('it parses');
    const guards = is.map((value) =>
      typeof value === 'number' ? { fact: 'f', atLeast: value } : { fact: 'f', is: value },
    );
    const [domain] = domainsOf(playbook, [...guards, { fact: 'f', known: true }]);
    if (!domain) throw new Error('the fact is read');
    return domain.values.slice(1).map((value) => [value, sameAs(playbook, domain, value ?? null)]);
  };
  const options = { options: ['x', 'y', 'z'].map((id) => ({ id, title: T })) };
  expect(of('yesno', {}, [])).toEqual([
    ['yes', undefined],
    ['no', undefined],
  ]);
  expect(of('choice', options, ['x'])).toEqual([
    ['x', undefined],
    ['y', 'z'],
  ]);
  expect(of('choice', options, ['x', 'y'])).toEqual([
    ['x', undefined],
    ['y', undefined],
    ['z', undefined],
  ]);
  expect(of('number', {}, [3, 5])).toEqual([
    [2, 1],
    [3, undefined],
    [4, 4.5],
    [5, undefined],
    [6, 7],
  ]);
});

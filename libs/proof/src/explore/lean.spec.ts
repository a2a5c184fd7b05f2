import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { compileMachines, type Machines } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import fc from 'fast-check';
import { Names } from './canonical.js';
import { leanMachines } from './lean.js';
import { structureOf } from './structure.js';
import { openings, sliceOf, spotKey, steps, type Spot, type World } from './world.js';

const MOST_SPOTS = 25;

function shipped(id: string): Machines {
  const { playbook } = parsePlaybook(readFileSync(`playbooks/${id}/playbook.yaml`, 'utf8'));
  if (!playbook) throw new Error('a shipped playbook parses');
  return compileMachines(playbook, 'digest');
}
const ransomware = shipped('ransomware');
const dataBreach = shipped('data-breach');

/** The same slice with shortcuts and without; one table of names, so that keys can be compared. */
function bothOf(machines: Machines, chosen: readonly string[]): readonly [World, World] {
  const seed = {
    machines,
    structure: structureOf(machines.plan),
    names: new Names(),
    systems: 1,
    guards: [],
    verdicts: false,
    steps: chosen,
  };
  return [sliceOf(seed), sliceOf({ ...seed, shortcuts: false })];
}

interface Seen {
  readonly keys: ReadonlySet<string>;
  readonly transitions: readonly string[];
}

/** Breadth first, from so many spots at most. */
function seenIn(world: World, most: number): Seen {
  const keys = new Set<string>();
  const queue: Spot[] = [];
  const transitions: string[] = [];
  const reach = (spot: Spot): string => {
    const key = spotKey(world, spot);
    if (!keys.has(key)) queue.push(spot);
    keys.add(key);
    return key;
  };
  for (const { from: _from, ...spot } of openings(world)) reach(spot);
  for (const [at, spot] of queue.entries()) {
    if (at >= most) break;
    for (const { via, after } of steps(world, spot)) {
      const { event } = via.move;
      transitions.push(`${spotKey(world, spot)} | ${via.from} ${JSON.stringify(event)} | ${reach(after)}`);
    }
  }
  return { keys, transitions };
}

const chosenFrom = (machines: Machines): fc.Arbitrary<readonly string[]> => {
  const inFlow = [...machines.plan.steps].filter(([, { each, anytime }]) => each === undefined && !anytime);
  return fc.uniqueArray(fc.constantFrom(...inFlow.map(([id]) => id)), { minLength: 1, maxLength: 3 });
};

test.each([
  ['ransomware', ransomware],
  ['data-breach', dataBreach],
])(
  'slices of %s take the same transitions with every gate and without',
  (_id, machines) => {
    fc.assert(
      fc.property(chosenFrom(machines), (chosen) => {
        const [fast, slow] = bothOf(machines, chosen);
        expect(seenIn(fast, MOST_SPOTS).transitions).toEqual(seenIn(slow, MOST_SPOTS).transitions);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  },
  60_000,
);

test.each(['choose-restore-point', 'approve-restore-point'])(
  'with %s, a step of systems, every state that is reached through every gate is reached without',
  (id) => {
    const [fast, slow] = bothOf(ransomware, [id]);
    const reached = seenIn(fast, Infinity).keys;
    const missed = [...seenIn(slow, Infinity).keys].filter((key) => !reached.has(key));
    expect([reached.size > 10, missed]).toEqual([true, []]);
  },
  60_000,
);

test('a machine of which nothing counts as done is left as it is', () => {
  expect(leanMachines(ransomware, new Map())).toBe(ransomware);
});

test('a gate that was changed by hand is not got by', () => {
  const configs = structuredClone(dataBreach.configs);
  const done = new Map(
    [...dataBreach.plan.steps.keys()].map((id) => [id, { status: 'completed', at: 0, readyAt: 0 }] as const),
  );
  const standsAt = (machines: Machines): unknown => {
    const context = { facts: {}, steps: Object.fromEntries(done), systems: {}, gates: [], rounds: {} };
    return machines.incident.step({ value: 'new', context }, { type: 'incident.open', at: 0 })?.value;
  };
  expect(standsAt(leanMachines(dataBreach, done))).toEqual({ open: 'ready-to-close' });
  const [first] = dataBreach.plan.steps.keys();
  let changed = 0;
  const change = (state: Record<string, unknown>): void => {
    for (const [key, one] of Object.entries(
      (state.states ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      if (key === first) {
        (one.states as Record<string, { always?: unknown }>).gate = {};
        changed += 1;
      } else change(one);
    }
  };
  change(configs.incident as Record<string, unknown>);
  expect(changed).toBe(1);
  expect(standsAt(leanMachines({ ...dataBreach, configs }, done))).not.toEqual({ open: 'ready-to-close' });
});

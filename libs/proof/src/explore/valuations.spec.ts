import { expect, test } from '@jest/globals';
import { evaluate, type Fact, type Guard, type Playbook } from '@cordon/playbook';
import fc from 'fast-check';
import { domainsOf } from './fact-values.js';
import { combinationsOf, factsAt, indexOf, neighbours, valuationsOf } from './valuations.js';

const T = { en: 'T' };
const fact = (id: string, type: Fact['type'], options: readonly string[] = []): Fact => ({
  id,
  type,
  title: T,
  options: options.map((option) => ({ id: option, title: T })),
});
const playbook = {
  facts: [
    fact('leak', 'yesno'),
    fact('staff', 'number'),
    fact('how', 'choice', ['mail', 'web', 'usb']),
    fact('name', 'text'),
    fact('since', 'time'),
  ],
} as unknown as Playbook;

const guards: readonly Guard[] = [
  { fact: 'leak', is: 'yes' },
  { fact: 'staff', atLeast: 100 },
  { fact: 'staff', atMost: 500 },
  { fact: 'how', is: 'web' },
  { fact: 'name', isNot: 'x' },
  { fact: 'since', known: true },
];

test('every value that guards tell apart, one for any other, and unknown', () => {
  expect(domainsOf(playbook, guards)).toEqual([
    { fact: 'leak', values: [undefined, 'yes', 'no'] },
    { fact: 'staff', values: [undefined, 99, 100, 300, 500, 501] },
    { fact: 'how', values: [undefined, 'web', 'mail'] },
    { fact: 'name', values: [undefined, 'x', 'other than ["x"]'] },
    { fact: 'since', values: [undefined, '2026-01-01T00:00:00Z'] },
  ]);
  expect(domainsOf(playbook, guards.slice(0, 1))).toHaveLength(1);
});

test('a value that no guard names counts as the one that stands for it', () => {
  const domains = domainsOf(playbook, guards);
  const at = (facts: Record<string, string | number>) =>
    factsAt(
      { domains },
      indexOf(
        { domains },
        Object.fromEntries(Object.entries(facts).map(([id, value]) => [id, { value, at: 5 }])),
      ),
    );
  const values = (facts: Record<string, string | number>) =>
    Object.values(at(facts)).map(({ value }) => value);
  expect(values({ staff: 7 })).toEqual([99]);
  expect(values({ staff: 250 })).toEqual([300]);
  expect(values({ staff: 9000, how: 'usb', name: 'y', since: '1999-01-01T00:00:00Z' })).toEqual([
    501,
    'mail',
    'other than ["x"]',
    '2026-01-01T00:00:00Z',
  ]);
  expect(values({ leak: 'unknown' })).toEqual([]);
});

test('a class has one truth for every guard and can be walked through without leaving it', () => {
  const facts = ['a', 'b', 'c'].map((id) => fact(id, 'yesno'));
  const leaf: fc.Arbitrary<Guard> = fc.record({
    fact: fc.constantFrom('a', 'b', 'c'),
    is: fc.constantFrom('yes', 'no'),
  });
  const { guard } = fc.letrec<{ guard: Guard }>((tie) => ({
    guard: fc.oneof(
      { maxDepth: 2 },
      leaf,
      fc.record({ all: fc.tuple(tie('guard'), tie('guard')) }),
      fc.record({ not: tie('guard') }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(guard, { minLength: 1, maxLength: 3 }), (drawn) => {
      const domains = domainsOf({ facts } as unknown as Playbook, drawn);
      const valuations = valuationsOf(domains, drawn, false);
      const { classOf, members, crossings } = valuations;
      expect(members.flat().sort((x, y) => x - y)).toEqual(
        Array.from({ length: combinationsOf(domains) }, (_, i) => i),
      );
      members.forEach((group, index) => {
        const truths = group.map((one) =>
          drawn.map((each) => evaluate(each, factsAt(valuations, one))).join(),
        );
        expect(new Set(truths).size).toBe(1);
        const reached = new Set(group.slice(0, 1));
        for (const one of reached)
          for (const { to } of neighbours(valuations, one)) if (classOf[to] === index) reached.add(to);
        expect(reached.size).toBe(group.length);
        const beside = new Set(
          group.flatMap((one) => neighbours(valuations, one).map(({ to }) => classOf[to])),
        );
        beside.delete(index);
        expect(new Set(crossings[index]?.map(({ to }) => classOf[to]))).toEqual(beside);
      });
    }),
  );
});

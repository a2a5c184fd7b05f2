import { expect, test } from '@jest/globals';
import type { Json, JsonObject } from '@cordon/kernel';
import { dataErrors, EVENTS, isEventType, type EventType } from './event-data.js';

const GOOD: Readonly<Record<string, Json>> = {
  line: 'a line',
  text: 'some text',
  id: 'crm-01',
  person: 'bob',
  json: { any: ['thing'] },
  object: { a: 1 },
  flag: false,
  count: 0,
  ids: ['crm', 'web'],
  people: ['bob'],
  moment: '2026-03-24T10:00:00+08:00',
  priority: 'urgent',
  tlp: 'amber',
};

const WRONG: Readonly<Record<string, readonly Json[]>> = {
  line: [7, '', '  ', 'x'.repeat(501), 'a\0', '\ud800'],
  text: [null, '', 'x'.repeat(20_001), 'a\0', '\udc00'],
  id: ['', '-x', 'a b', 'x'.repeat(65), 7, 'constructor', 'toString', '__proto__', 'a\0'],
  person: [7, '', 'x'.repeat(201), 'a\0'],
  json: ['a\0', { a: ['\ud800'] }],
  object: ['x', [], null, { a: 'b\0' }, { 'a\0': 1 }],
  flag: ['yes', 1, null],
  count: [-1, 1.5, '1', null, 1e300],
  people: ['bob', [''], [7], ['a\0']],
  moment: ['2026-03-24T10:00:00', 'tomorrow', 7, null],
  priority: ['now', '', 1, null],
  ids: ['crm', ['a b'], [7], Array.from({ length: 501 }, () => 'a')],
  tlp: ['AMBER', 'white', 7, null],
};

const types = Object.keys(EVENTS) as EventType[];

function members(type: EventType): readonly (readonly [string, string, boolean])[] {
  const { required, optional } = EVENTS[type] as {
    required: Record<string, string>;
    optional: Record<string, string>;
  };
  return [
    ...Object.entries(required).map(([key, shape]) => [key, shape, true] as const),
    ...Object.entries(optional).map(([key, shape]) => [key, shape, false] as const),
  ];
}

const complete = (type: EventType): JsonObject =>
  Object.fromEntries(members(type).map(([key, shape]) => [key, GOOD[shape] ?? null]));

test.each(types)('%s takes all its members, and its required ones alone', (type) => {
  expect(dataErrors(type, complete(type))).toEqual([]);
  const needed = members(type)
    .filter(([, , required]) => required)
    .map(([key]) => [key, complete(type)[key] ?? null] as const);
  expect(dataErrors(type, Object.fromEntries(needed))).toEqual([]);
});

test.each(types)('%s names each member that is missing', (type) => {
  for (const [key, , required] of members(type)) {
    const { [key]: _gone, ...rest } = complete(type);
    const expected = required ? [{ pointer: `/data/${key}`, message: `${type} needs ${key}` }] : [];
    expect(dataErrors(type, rest)).toEqual(expected);
  }
});

test.each(types)('%s names each member of the wrong type', (type) => {
  for (const [key, shape] of members(type)) {
    for (const value of WRONG[shape] ?? []) {
      const errors = dataErrors(type, { ...complete(type), [key]: value });
      expect([type, key, value, errors.length]).toEqual([type, key, value, 1]);
      expect(errors[0]?.pointer.startsWith(`/data/${key}`)).toBe(true);
    }
  }
});

test.each(types)('%s refuses a member that it does not have', (type) => {
  for (const key of ['nope', 'a/b', 'toString', '__proto__']) {
    const data = JSON.parse(`{${JSON.stringify(key)}: 1}`) as JsonObject;
    expect(dataErrors(type, data)).toContainEqual({
      pointer: `/data/${key.replace('/', '~1')}`,
      message: expect.stringContaining(`${type} has no "${key}"`),
    });
  }
});

test('a flaw far inside a value is named with its place', () => {
  expect(dataErrors('step.complete', { output: { note: ['fine', 'a\0'] } })).toEqual([
    { pointer: '/data/output/note/1', message: expect.stringContaining('U+0000') },
  ]);
});

test('an event is one of the table, not one that every object answers to', () => {
  expect(['step.start', 'step.fly', 'toString', 'constructor', ''].map(isEventType)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

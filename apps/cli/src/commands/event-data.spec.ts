import { expect, test } from '@jest/globals';
import { eventData } from './event-data.js';

test('a step is completed with fields in the types of its form', () => {
  const form = {
    properties: {
      reference: { type: 'string' },
      count: { type: 'integer' },
      sure: { type: 'boolean' },
      groups: { type: 'array', items: { type: 'string' } },
      either: { anyOf: [{ const: 'unknown' }, { type: 'number' }] },
    },
  };
  const sets = ['reference=12', 'count=12', 'sure=no', 'groups=a, b', 'groups=c', 'either=7', 'other=12'];
  expect(eventData('step.complete', sets, undefined, form)).toEqual({
    output: { reference: '12', count: 12, sure: false, groups: ['a', 'b', 'c'], either: 7, other: '12' },
  });
});

test('what does not fit its field is sent as it is, so that the server says why', () => {
  const form = { properties: { count: { type: 'number' }, sure: { type: 'boolean' } } };
  expect(eventData('step.complete', ['count=many', 'sure=perhaps'], undefined, form)).toEqual({
    output: { count: 'many', sure: 'perhaps' },
  });
});

test('for every other event they are members of its data, on top of what --data gave', () => {
  expect(eventData('step.skip', ['reason=a=b'], { system: 'crm' })).toEqual({ system: 'crm', reason: 'a=b' });
  expect(eventData('fact.set', ['fact=affectedCount', 'value=6800'], undefined)).toEqual({
    fact: 'affectedCount',
    value: 6800,
  });
  expect(eventData('fact.set', ['fact=personalData', 'value=yes'], undefined)).toMatchObject({
    value: 'yes',
  });
  expect(eventData('entry.correct', ['seq=4', 'reason=typo'], undefined)).toEqual({ seq: 4, reason: 'typo' });
  expect(eventData('incident.close', [], undefined)).toBeUndefined();
});

test('key:=JSON is taken as it is; what is no JSON is a usage error', () => {
  expect(eventData('step.complete', ['a:=[1,{"b":null}]'], { output: { c: 1 } })).toEqual({
    output: { c: 1, a: [1, { b: null }] },
  });
  expect(() => eventData('step.complete', ['a:=no'], undefined)).toThrow(
    expect.objectContaining({ exitCode: 2 }),
  );
});

import { expect, test } from '@jest/globals';
import type { Json, JsonObject } from '@cordon/kernel';
import { outputFor } from './form-output.js';

const now = '2026-03-24T02:00:00.000Z';

function fill(properties: JsonObject, required: string[] = [], facts: Record<string, Json> = {}) {
  return outputFor(
    { type: 'object', properties, required },
    { now, fact: (fact) => facts[fact] ?? 'unknown' },
  );
}

test('every kind of field gets an answer of its type', () => {
  expect(
    fill({
      text: { type: 'string', title: 'Reference', minLength: 60 },
      short: { type: 'string', title: 'Reference', maxLength: 5 },
      number: { type: 'number' },
      count: { type: 'integer', minimum: 3, maximum: 9 },
      above: { type: 'number', exclusiveMinimum: 4 },
      choice: { type: 'string', enum: ['a', 'b'] },
      choices: {
        type: 'array',
        items: { type: 'string', enum: ['a', 'b', 'c'] },
        uniqueItems: true,
        minItems: 2,
      },
      time: { type: 'string', format: 'date-time' },
      day: { type: 'string', format: 'date' },
      either: { oneOf: [{ const: 'x' }, { type: 'number' }] },
      sure: { type: 'boolean' },
    }),
  ).toEqual({
    text: expect.stringMatching(/^Reference: .{49,}$/),
    short: 'Refer',
    number: 1,
    count: 3,
    above: 5,
    choice: 'a',
    choices: ['a', 'b'],
    time: now,
    day: '2026-03-24',
    either: 'x',
    sure: true,
  });
});

test('a field that sets a fact takes the fact of the scenario', () => {
  const facts = { personalData: 'no', affectedCount: 6800 };
  const yesNo = { type: 'string', enum: ['yes', 'no', 'unknown'], 'x-fact': 'personalData' };
  const number = { type: 'number', 'x-fact': 'affectedCount' };
  expect(fill({ yesNo, number }, ['yesNo'], facts)).toEqual({ yesNo: 'no', number: 6800 });
});

test('unknown is answered where the field takes it, left out where it may be, made up where it must not', () => {
  const yesNo = { type: 'string', enum: ['yes', 'no', 'unknown'], 'x-fact': 'f' };
  const number = { type: 'number', 'x-fact': 'f' };
  const time = { type: 'string', format: 'date-time', 'x-fact': 'f' };
  expect(fill({ yesNo, number, time })).toEqual({ yesNo: 'unknown' });
  expect(fill({ yesNo, number, time }, ['yesNo', 'number', 'time'])).toEqual({
    yesNo: 'unknown',
    number: 1,
    time: now,
  });
});

test('a pattern that nobody can guess is left out unless it is required', () => {
  const schema = { type: 'string', pattern: '^[A-Z]{3}$' };
  expect(fill({ schema })).toEqual({});
  expect(fill({ schema }, ['schema'])).toHaveProperty('schema');
});

test('a step without a form has an empty output', () => {
  expect(outputFor(undefined, { now, fact: () => 'unknown' })).toEqual({});
});

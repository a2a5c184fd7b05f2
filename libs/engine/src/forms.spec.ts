import { describe, expect, test } from '@jest/globals';
import type { Json } from '@cordon/kernel';
import { factProblem, type Fact, type FieldType } from '@cordon/playbook';
import { formSchema, inLanguage, normalFact, readOutput } from './forms.js';
import { machinesOf } from './testing/small-incident.js';

const OPTIONS = 'options: [{id: a, title: {en: A}}, {id: b, title: {en: B, fr: B}}]';
const field = (type: FieldType, more = '') =>
  `{id: ${type}, type: ${type}, title: {en: ${type}}${type.startsWith('choice') ? `, ${OPTIONS}` : ''}${more}}`;
const TYPES: readonly FieldType[] = [
  'text',
  'longtext',
  'number',
  'yesno',
  'choice',
  'choices',
  'time',
  'date',
];

const { plan } = machinesOf(
  `
cordon: 1
id: forms
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: doer, title: {en: D}}]
facts:
  - {id: known, type: yesno, title: {en: K}}
  - {id: amount, type: number, title: {en: A}}
phases:
  - id: main
    title: {en: M}
    steps:
      - {task: all, title: {en: T}, role: doer, form: [${TYPES.map((type) => field(type)).join(', ')}]}
      - {task: must, title: {en: T}, role: doer, form: [${TYPES.map((type) => field(type, ', required: true')).join(', ')}]}
      - {task: none, title: {en: T}, role: doer}
      - {task: sets, title: {en: T}, role: doer, form: [{id: k, type: yesno, title: {en: K}, fact: known}, {id: restorePoint, type: text, title: {en: R}}]}
      - decision: d
        title: {en: Which?}
        role: doer
        form: [{id: why, type: text, title: {en: W}}]
        answers: [{id: x, title: {en: X}, set: {known: true, amount: 3}}, {id: y, title: {en: Y}}]
flow: [main]
`.replaceAll(', fr: B', ''),
);

function read(step: string, raw: Json | undefined) {
  const planned = plan.steps.get(step);
  if (!planned) throw new Error(`there is no step ${step}`);
  return readOutput(plan, planned.step, raw);
}

const problems = (result: ReturnType<typeof read>) => ('errors' in result ? result.errors : []);

const GOOD: readonly (readonly [FieldType, Json])[] = [
  ['text', 'x'.repeat(4_000)],
  ['text', '勒索 😀'],
  ['longtext', 'x'.repeat(20_000)],
  ['number', -1.5],
  ['number', 0],
  ['yesno', 'yes'],
  ['yesno', 'no'],
  ['yesno', 'unknown'],
  ['yesno', true],
  ['yesno', false],
  ['choice', 'a'],
  ['choices', []],
  ['choices', ['b', 'a']],
  ['time', '2026-03-24T10:00:00+08:00'],
  ['date', '2024-02-29'],
];

const BAD: readonly (readonly [FieldType, Json, string])[] = [
  ['text', 7, 'give text'],
  ['text', 'x'.repeat(4_001), 'at most 4000 characters'],
  ['text', 'a\0b', 'U+0000'],
  ['text', 'a\ud83d', 'a lone surrogate'],
  ['longtext', 'x'.repeat(20_001), 'at most 20000 characters'],
  ['longtext', 'a\0b', 'U+0000'],
  ['longtext', ['x'], 'give text'],
  ['number', '7', 'give a number'],
  ['number', true, 'give a number'],
  ['yesno', 'maybe', 'answer yes, no or unknown'],
  ['yesno', 1, 'answer yes, no or unknown'],
  ['choice', 'c', 'choose one of a, b'],
  ['choice', ['a'], 'choose one of a, b'],
  ['choices', 'a', 'choose from a, b, each once'],
  ['choices', ['a', 'a'], 'choose from a, b, each once'],
  ['choices', ['c'], 'choose from a, b, each once'],
  ['time', '2026-03-24T10:00:00', 'with its offset'],
  ['time', '2026-02-30T10:00:00Z', 'with its offset'],
  ['date', '2026-02-29', 'give a date such as 2026-03-24'],
  ['date', '24.3.2026', 'give a date such as 2026-03-24'],
];

describe('a field', () => {
  test.each(GOOD)('of type %s takes %j', (type, value) => {
    expect(problems(read('all', { [type]: value }))).toEqual([]);
  });

  test.each(BAD)('of type %s does not take %j, and says where and why', (type, value, says) => {
    expect(problems(read('all', { [type]: value }))).toEqual([
      { pointer: `/data/output/${type}`, message: expect.stringContaining(says) },
    ]);
  });

  test.each(TYPES)('of type %s counts as not given when it is absent, null or blank', (type) => {
    for (const output of [{}, { [type]: null }, { [type]: '' }, { [type]: '  ' }]) {
      expect(problems(read('all', output))).toEqual([]);
      expect(problems(read('must', output))).toContainEqual({
        pointer: `/data/output/${type}`,
        message: `${type} is required`,
      });
    }
  });

  test('that has to choose something is not content with nothing chosen', () => {
    expect(problems(read('must', { choices: [] }))).toContainEqual({
      pointer: '/data/output/choices',
      message: 'choose at least one of a, b',
    });
  });
});

describe('an output', () => {
  test('may be absent where nothing is asked', () => {
    expect(read('none', undefined)).toEqual({ facts: {} });
    expect(read('none', {})).toEqual({ facts: {} });
  });

  test.each([
    ['a list', []],
    ['a text', 'x'],
    ['null', null],
    ['a number', 7],
  ])('that is %s is none', (_name, raw) => {
    expect(problems(read('none', raw))).toEqual([{ pointer: '/data/output', message: expect.any(String) }]);
  });

  test('with a member nobody asked for says which ones are asked for', () => {
    expect(problems(read('none', { 'a/b': 1 }))).toEqual([
      { pointer: '/data/output/a~1b', message: 'this step has no field "a/b"' },
    ]);
    expect(problems(read('sets', { x: 1 }))[0]?.message).toBe(
      'this step has no field "x"; its fields are k, restorePoint',
    );
  });

  test('names every problem at once', () => {
    expect(problems(read('must', { number: 'x', date: 'y' })).length).toBe(TYPES.length);
  });

  test('sets facts in their one spelling, and a restore point', () => {
    expect(read('sets', { k: true, restorePoint: 'rp1' })).toEqual({
      facts: { known: 'yes' },
      restorePoint: 'rp1',
    });
    expect(read('sets', { k: 'unknown' })).toEqual({ facts: { known: 'unknown' } });
    expect(read('sets', {})).toEqual({ facts: {} });
  });

  test('of a decision needs an answer that the decision has, and sets what the answer sets', () => {
    expect(read('d', { answer: 'x', why: 'because' })).toEqual({
      answer: 'x',
      facts: { known: 'yes', amount: 3 },
    });
    for (const raw of [undefined, {}, { answer: 'z' }, { answer: null }, { answer: ['x'] }]) {
      expect(problems(read('d', raw))).toEqual([
        { pointer: '/data/output/answer', message: 'answer with one of x, y' },
      ]);
    }
  });
});

describe('the schema of a form', () => {
  const schema = (step: string) => {
    const planned = plan.steps.get(step);
    return planned && formSchema(planned.step, 'en');
  };

  test('is absent where nothing is asked', () => {
    expect(schema('none')).toBeUndefined();
  });

  test('names every field, what is required and the fact it sets', () => {
    expect(schema('must')).toMatchObject({ type: 'object', required: TYPES, additionalProperties: false });
    expect(schema('all')).not.toHaveProperty('required');
    expect(schema('sets')).toMatchObject({
      properties: { k: { 'x-fact': 'known', enum: ['yes', 'no', 'unknown'] } },
    });
    expect(schema('d')).toMatchObject({ required: ['answer'], properties: { answer: { enum: ['x', 'y'] } } });
    expect(schema('all')).toMatchObject({
      properties: {
        choice: {
          enum: ['a', 'b'],
          'x-options': [
            { id: 'a', title: 'A' },
            { id: 'b', title: 'B' },
          ],
        },
        choices: { type: 'array', uniqueItems: true },
        date: { format: 'date' },
        number: { type: 'number' },
        text: { maxLength: 4_000 },
        time: { format: 'date-time' },
      },
    });
  });

  test('speaks the wanted language, else English, else any', () => {
    expect(inLanguage({ en: 'E', fr: 'F' }, 'fr')).toBe('F');
    expect(inLanguage({ en: 'E', fr: 'F' }, 'de')).toBe('E');
    expect(inLanguage({ fr: 'F' }, 'de')).toBe('F');
    expect(inLanguage({}, 'de')).toBe('');
  });
});

describe('a fact', () => {
  const fact = (type: Fact['type']): Fact => ({
    id: 'f',
    type,
    title: {},
    options: [{ id: 'a', title: {} }],
  });

  test.each<[Fact['type'], Json]>([
    ['yesno', 'yes'],
    ['yesno', false],
    ['number', 0],
    ['text', 'any'],
    ['choice', 'a'],
    ['time', '2026-03-24T02:00:00Z'],
  ])('of type %s may be %j, unknown or null', (type, value) => {
    expect([value, 'unknown', null].map((one) => factProblem(fact(type), one))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each<[Fact['type'], Json, string]>([
    ['yesno', 'ja', 'f is yes, no or unknown'],
    ['number', '7', 'f is a number'],
    ['text', 7, 'f is a text'],
    ['text', 'a\0', 'U+0000'],
    ['text', '\ud800', 'lone surrogate'],
    ['text', 'x'.repeat(20_001), 'at most 20000'],
    ['choice', 'b', 'f is one of a'],
    ['time', 'noon', 'with its offset'],
  ])('of type %s may not be %j', (type, value, says) => {
    expect(factProblem(fact(type), value)).toContain(says);
  });

  test('has one spelling', () => {
    expect([true, false, null, 'unknown', 'yes'].map((value) => normalFact(plan, 'known', value))).toEqual([
      'yes',
      'no',
      'unknown',
      'unknown',
      'yes',
    ]);
    expect(normalFact(plan, 'amount', 7)).toBe(7);
  });
});

import { expect, test } from '@jest/globals';
import { canonicalJson, type Json } from '@cordon/kernel';
import fc from 'fast-check';
import { OpeningsReader, parseOpenings } from './openings-line.js';

const reader = new OpeningsReader();

/** What the long way makes of the line: it decides. */
function longWay(bytes: Buffer): unknown {
  const line = parseOpenings(bytes);
  return (
    line && {
      index: line.index,
      openings: line.openings.map((one) =>
        'salt' in one
          ? [one.key, one.subject, canonicalJson([one.salt, one.key, one.value]), one.value]
          : [one.key, one.subject, undefined, undefined],
      ),
    }
  );
}

function shortWay(bytes: Buffer): unknown {
  const line = reader.read(bytes);
  return (
    line && {
      index: line.index,
      openings: line.openings.map(({ key, subject, disclosure, value }) => [
        key,
        subject,
        disclosure,
        disclosure === undefined ? undefined : value(),
      ]),
    }
  );
}

const opening = fc.oneof(
  fc.record({ key: fc.string(), salt: fc.string(), value: fc.jsonValue() }),
  fc.record({
    key: fc.string({ unit: 'grapheme' }),
    salt: fc.string(),
    subject: fc.string(),
    value: fc.jsonValue(),
  }),
  fc.record({ key: fc.string(), subject: fc.string(), withheld: fc.constant(true) }),
);
const line = fc.record({ index: fc.nat(), openings: fc.array(opening, { maxLength: 4 }) });

const FIXED = [
  { index: 0, openings: [] },
  { index: 7, openings: [{ key: 'note', salt: 'abc', value: '已隔離，等候覆核' }] },
  { index: 7, openings: [{ key: 'data.a', salt: 'abc', value: { '10': 1, '9': [true, null, 'x', 12] } }] },
  { index: 7, openings: [{ key: 'data.a', salt: 'abc', subject: 'p-1', value: -1.5 }] },
  { index: 7, openings: [{ key: 'note', subject: 'p-1', withheld: true }] },
  { index: 7, openings: [{ key: 'note', salt: 's', value: 'a "quoted" \u2028 \ufffd word' }] },
];

test.each(FIXED)('%j is read with all that it says', (value) => {
  const bytes = Buffer.from(canonicalJson(value));
  expect(shortWay(bytes)).toEqual(longWay(bytes));
  expect(longWay(bytes)).toBeDefined();
});

test('whatever a line holds, both ways make the same of it', () => {
  fc.assert(
    fc.property(line, (value) => {
      const bytes = Buffer.from(canonicalJson(JSON.parse(JSON.stringify(value))));
      expect(longWay(bytes)).toBeDefined();
      expect(shortWay(bytes)).toEqual(longWay(bytes));
    }),
    { numRuns: 1_000 },
  );
});

const PIECES = [
  '"',
  ',',
  '{',
  '}',
  ' ',
  '\\',
  ':',
  '0',
  '-',
  'e',
  '\ufeff',
  'é',
  '\u0001',
  '[]',
  '"withheld":true',
];

test('whatever bytes are put into a line, both ways make the same of it', () => {
  const edit = fc.record({
    value: fc.constantFrom(...FIXED),
    at: fc.nat({ max: 200 }),
    cut: fc.nat({ max: 5 }),
    put: fc.oneof(
      fc.constantFrom(...PIECES).map((one) => Buffer.from(one)),
      fc.uint8Array({ maxLength: 3 }),
    ),
  });
  fc.assert(
    fc.property(edit, ({ value, at, cut, put }) => {
      const whole = Buffer.from(canonicalJson(value));
      const place = at % whole.length;
      const bytes = Buffer.concat([whole.subarray(0, place), put, whole.subarray(place + cut)]);
      expect(shortWay(bytes)).toEqual(longWay(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test('a value that is nested too deeply is refused, read the short way or the long way', () => {
  for (const text of ['plain', 'é'])
    for (const [levels, taken] of [
      [253, true],
      [254, false],
    ] as const) {
      let value: Json = [text];
      for (let i = 1; i < levels; i += 1) value = [value];
      const bytes = Buffer.from(canonicalJson({ index: 1, openings: [{ key: 'a', salt: 's', value }] }));
      expect([levels, reader.read(bytes) !== undefined]).toEqual([levels, taken]);
      expect(longWay(bytes) !== undefined).toBe(taken);
    }
});

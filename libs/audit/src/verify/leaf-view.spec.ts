import { expect, test } from '@jest/globals';
import { canonicalJson, type Json } from '@cordon/kernel';
import fc from 'fast-check';
import { genesisHash, sealEntry, type LeafDraft } from '../leaf.js';
import { leafFlaw } from './leaf-form.js';
import { LeafReader } from './leaf-view.js';
import { readStrict } from './strict-json.js';

/** One for all: what it saw before must not change what it takes. */
const reader = new LeafReader();

const INCIDENT = '0198c0de-0000-7000-8000-000000000001';

const draft: LeafDraft = {
  kind: 'transition',
  log: 'cordon-log/x',
  incident: INCIDENT,
  seq: 12,
  revision: 10,
  at: '2026-03-24T02:00:01.000Z',
  occurredAt: '2026-03-24T01:58:00.000Z',
  actor: { id: 'bob', type: 'person', roles: ['responder', 'approver'] },
  event: { type: 'step.complete', step: 'assess' },
  from: { open: { contain: { assess: 'ready', b: ['x', null, true] } } },
  to: 'closed',
  machineDigest: 'aa'.repeat(32),
  stateDigest: 'bb'.repeat(32),
  system: { id: 'crm', from: 'affected', to: 'isolated' },
  committed: { note: 'a', 'data.output': { count: 7 } },
};

const sealed = (more: Partial<LeafDraft>): Buffer => {
  let salt = 0;
  return Buffer.from(
    sealEntry({ ...draft, ...more }, genesisHash(INCIDENT), () => `salt-${(salt += 1)}`).leaf,
  );
};

const { machineDigest: _machine, stateDigest: _state, system: _system, ...bare } = draft;
const journal: LeafDraft = { ...bare, kind: 'journal', from: null, to: null, committed: {} };
let salts = 0;
const journalLeaf = Buffer.from(
  sealEntry(
    { ...journal, event: { type: 'person.erase', subject: 'p-1' } },
    genesisHash(INCIDENT),
    () => `${(salts += 1)}`,
  ).leaf,
);

const LEAVES: readonly Buffer[] = [
  sealed({}),
  sealed({ kind: 'opened', seq: 1, revision: 1, from: null, actor: { id: 'a', type: 'system', roles: [] } }),
  sealed({ kind: 'rejection', rejection: 'forbidden', committed: {} }),
  sealed({ log: '日誌', event: { type: 'note.add', step: 'a "quoted" step' } }),
  sealed({ from: { '10': 'b', '9': 'a' }, to: 1.5 }),
  journalLeaf,
];

/** What the leaf is by parsing it and writing it again. */
function longWay(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text) as Json;
    if (canonicalJson(value) !== text) return undefined;
    return leafFlaw(value) === undefined ? text : undefined;
  } catch {
    return undefined;
  }
}

test.each(LEAVES.map((leaf, i) => [i, leaf] as const))(
  'leaf %# is read with the members that it has',
  (_i, bytes) => {
    const read = reader.read(bytes);
    if (read.flaw !== undefined) throw new Error(read.why);
    const leaf = JSON.parse(bytes.toString()) as Record<string, Json>;
    for (const name of ['kind', 'log', 'incident', 'seq', 'revision', 'prev', 'at', 'event', 'sd'] as const)
      expect([name, read.leaf[name]]).toEqual([name, leaf[name]]);
    expect(JSON.parse(read.leaf.fromText)).toEqual(leaf['from']);
    expect(JSON.parse(read.leaf.toText)).toEqual(leaf['to']);
    expect(read.leaf.journal).toBe(leaf['machine'] === undefined);
  },
);

const PIECES = [
  '"',
  ',',
  '{',
  '}',
  ' ',
  '\\',
  ':',
  '0',
  '1',
  '-',
  'e',
  '"v":1,',
  '\ufeff',
  'é',
  '\u0001',
  '[]',
  'null',
];

test('whatever bytes are put into a leaf, it is taken exactly when parsing it and writing it again gives the same', () => {
  const edit = fc.record({
    leaf: fc.constantFrom(...LEAVES),
    at: fc.nat({ max: 900 }),
    cut: fc.nat({ max: 6 }),
    put: fc.oneof(
      fc.constantFrom(...PIECES).map((one) => Buffer.from(one)),
      fc.uint8Array({ maxLength: 3 }),
    ),
  });
  fc.assert(
    fc.property(edit, ({ leaf, at, cut, put }) => {
      const place = at % leaf.length;
      const bytes = Buffer.concat([leaf.subarray(0, place), put, leaf.subarray(place + cut)]);
      expect(reader.read(bytes).flaw === undefined).toBe(longWay(bytes) !== undefined);
    }),
    { numRuns: 5_000 },
  );
});

test('a value that is nested too deeply is refused, read the short way or the long way', () => {
  const nested = (levels: number, text: string): Json => {
    let value: Json = [text];
    for (let i = 1; i < levels; i += 1) value = [value];
    return value;
  };
  for (const text of ['plain', 'é'])
    for (const [levels, flaw] of [
      [254, undefined],
      [255, undefined],
      [256, 'E_LEAF_FORMAT'],
    ] as const)
      for (let time = 0; time < 2; time += 1)
        expect([text, levels, reader.read(sealed({ from: nested(levels, text) })).flaw]).toEqual([
          text,
          levels,
          flaw,
        ]);
});

test('a part that was seen before is not taken where something else follows it', () => {
  const before = sealed({});
  expect(reader.read(before).flaw).toBeUndefined();
  const text = before.toString();
  const from = canonicalJson(draft.from);
  const event = canonicalJson(draft.event);
  for (const [part, put] of [
    [from, `${from}}`],
    [from, from.slice(0, -1)],
    [event, `{"from":"x",${event.slice(1)}`],
    ['"kind":"transition"', '"kind":"transition","kind":"transition"'],
    ['"type":"person"}', '"type":"person"},"actor":{}'],
  ] as const) {
    expect(text.includes(part)).toBe(true);
    const bytes = Buffer.from(text.replace(part, put));
    expect(longWay(bytes)).toBeUndefined();
    expect(reader.read(bytes).flaw === undefined).toBe(longWay(bytes) !== undefined);
  }
});

test('a state may hold members that have the names of those after it', () => {
  for (const from of [
    { a: 'x' },
    { a: 'x', incident: 'y' },
    { a: 'x', incident: 'y', v: 1 },
    { a: { incident: 'y' } },
  ])
    for (const to of [from, { a: [from] }]) {
      const read = reader.read(sealed({ from, to }));
      if (read.flaw !== undefined) throw new Error(read.why);
      expect([read.leaf.fromText, read.leaf.toText]).toEqual([canonicalJson(from), canonicalJson(to)]);
      expect(read.leaf.incident).toBe(INCIDENT);
    }
});

test('texts that were seen are given up for others, and the leaves read on', () => {
  for (let i = 0; i < 3_000; i += 1) {
    const step = `step-${i}`;
    const state = { open: { phase: { [step]: 'ready' } } };
    const read = reader.read(
      sealed({ event: { type: 'step.start', step }, from: state, to: { ...state, then: i } }),
    );
    if (read.flaw !== undefined) throw new Error(read.why);
    expect(read.leaf.event).toEqual({ type: 'step.start', step });
    expect(JSON.parse(read.leaf.fromText)).toEqual(state);
    expect(JSON.parse(read.leaf.toText)).toEqual({ ...state, then: i });
  }
});

test('two members swapped, one repeated or one left out make no leaf', () => {
  for (const bytes of LEAVES) {
    const members = Object.entries(JSON.parse(bytes.toString()) as Record<string, Json>);
    const written = (list: typeof members) =>
      Buffer.from(
        `{${list.map(([name, value]) => `${JSON.stringify(name)}:${canonicalJson(value)}`).join(',')}}`,
      );
    expect(written(members)).toEqual(bytes);
    members.forEach((member, i) => {
      expect(reader.read(written(members.toSpliced(i, 0, member))).flaw).toBe('E_NONCANONICAL');
      const next = members[i + 1];
      if (next)
        expect(reader.read(written(members.toSpliced(i, 2, next, member))).flaw).toBe('E_NONCANONICAL');
      const without = reader.read(written(members.toSpliced(i, 1))).flaw;
      if (!['sd', 'system', 'machine', 'state'].includes(member[0])) expect(without).toBe('E_LEAF_FORMAT');
    });
  }
});

test('JSON is read in its RFC 8785 form and in no other, whatever the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), (value, seed) => {
      const text = canonicalJson(JSON.parse(JSON.stringify(value)));
      expect(readStrict(Buffer.from(text))).toMatchObject({ flaw: undefined });
      const otherwise = JSON.stringify(JSON.parse(text), null, 1 + (seed % 3));
      if (otherwise !== text) expect(readStrict(Buffer.from(otherwise)).flaw).toBe('spelling');
    }),
    { numRuns: 1_000 },
  );
  for (const [text, flaw] of [
    ['{"a":1,"a":2}', 'spelling'],
    ['{"a":-0}', 'spelling'],
    ['{"a":1e2}', 'spelling'],
    ['{"a":9007199254740993}', 'spelling'],
    ['{"b":1,"a":2}', 'spelling'],
    ['{"9":1,"10":2}', 'spelling'],
    ['"\\ud800"', 'spelling'],
    ['"\\u0061"', 'spelling'],
    ['[1,2', 'form'],
    ['', 'form'],
    ['[01]', 'form'],
    [`${'['.repeat(300)}${']'.repeat(300)}`, 'form'],
    ['{"10":2,"9":1}', undefined],
    ['"\ufffd"', undefined],
    ['"\\u0001\u2028"', undefined],
    ['[-1.5,1e+30]', undefined],
  ] as const)
    expect([text, readStrict(Buffer.from(text)).flaw]).toEqual([text, flaw]);
  expect(readStrict(Buffer.from([0x22, 0xff, 0x22])).flaw).toBe('form');
});

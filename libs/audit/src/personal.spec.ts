import { expect, test } from '@jest/globals';
import { ChainChecker } from './chain.js';
import {
  commitmentTo,
  genesisHash,
  isOpen,
  openedValues,
  readLeaf,
  sealEntry,
  type KeptOpening,
  type LeafDraft,
  type Opening,
} from './leaf.js';

const INCIDENT = '0198c0de-0000-7000-8000-000000000001';
const opened: Opening = {
  salt: 'AAAAAAAAAAAAAAAAAAAAAA',
  key: 'note',
  value: 'Ada was here',
  subject: 'p-1',
};
const sealed = { key: 'note', subject: 'p-1', sealed: 'v1.locked' };
const withheld = { key: 'note', subject: 'p-1', withheld: true } as const;

const draft: LeafDraft = {
  kind: 'opened',
  log: 'log',
  incident: INCIDENT,
  seq: 1,
  revision: 1,
  at: '2026-01-05T12:00:00.000Z',
  occurredAt: '2026-01-05T12:00:00.000Z',
  actor: { id: 'p-2', type: 'person', roles: [] },
  event: { type: 'note.add' },
  from: null,
  to: 'open',
  machineDigest: 'aa'.repeat(32),
  stateDigest: 'bb'.repeat(32),
  committed: { 'data.text': 'Seen.' },
  personal: [{ opening: sealed, commitment: commitmentTo(opened) }],
};

const entry = sealEntry(draft, genesisHash(INCIDENT), () => 'BBBBBBBBBBBBBBBBBBBBBB');

function check(personal: KeptOpening): string | undefined {
  const openings = [...entry.openings.filter(isOpen), personal];
  return new ChainChecker(INCIDENT).next({ leaf: entry.leaf, hash: entry.hash, openings })?.code;
}

test("a person's value is committed to like any other, and neither it nor its salt is in what is stored", () => {
  expect(readLeaf(entry.leaf).sd).toHaveLength(2);
  expect(readLeaf(entry.leaf).sd).toContain(commitmentTo(opened));
  expect(entry.openings[1]).toEqual(sealed);
  const text = Buffer.from(entry.leaf).toString('utf8') + JSON.stringify(entry.openings);
  for (const secret of ['Ada', opened.salt]) expect(text).not.toContain(secret);
});

test('the chain checks while the value is locked, opened or withheld, and not when another was put in its place', () => {
  expect([sealed, opened, withheld].map(check)).toEqual([undefined, undefined, undefined]);
  expect(check({ ...opened, value: 'Eve was here' })).toBe('E_OPENING');
  expect(check({ ...opened, key: 'data.text' })).toBe('E_OPENING');
});

test('only what is open is read', () => {
  expect(openedValues([opened])).toEqual({ note: 'Ada was here' });
  expect([sealed, withheld, opened].filter(isOpen)).toEqual([opened]);
});

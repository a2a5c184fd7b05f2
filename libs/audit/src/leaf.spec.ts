import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import {
  commitmentTo,
  digestOf,
  genesisHash,
  isOpen,
  leafHash,
  MAX_LEAF_BYTES,
  openedValues,
  readLeaf,
  sealEntry,
  type LeafDraft,
} from './leaf.js';

const INCIDENT = '0198c0de-0000-7000-8000-000000000001';

const draft: LeafDraft = {
  kind: 'transition',
  log: 'test-log',
  incident: INCIDENT,
  seq: 2,
  revision: 2,
  at: '2026-03-24T02:00:01.000Z',
  occurredAt: '2026-03-24T01:58:00.000Z',
  actor: { id: 'bob', type: 'person', roles: ['responder'] },
  event: { type: 'step.complete', step: 'assess' },
  from: { open: { contain: { assess: 'ready' } } },
  to: { open: { contain: { next: 'ready' } } },
  machineDigest: 'aa'.repeat(32),
  stateDigest: 'bb'.repeat(32),
  committed: { note: '三時正', 'data.output': { count: 7 } },
};

const salts = () => {
  let count = 0;
  return () => {
    count += 1;
    return Buffer.alloc(16, count).toString('base64url');
  };
};

const GENESIS = 'c7f93165fa1f2c028882e5f046639ab09f78a9e2994d25b4d3e312dcaeee1b4b';
const TEXT = [
  '{"actor":{"id":"bob","roles":["responder"],"type":"person"},"at":"2026-03-24T02:00:01.000Z",',
  '"event":{"step":"assess","type":"step.complete"},"from":{"open":{"contain":{"assess":"ready"}}},',
  '"incident":"0198c0de-0000-7000-8000-000000000001","kind":"transition","log":"test-log",',
  '"machine":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",',
  '"occurredAt":"2026-03-24T01:58:00.000Z",',
  '"prev":"c7f93165fa1f2c028882e5f046639ab09f78a9e2994d25b4d3e312dcaeee1b4b",',
  '"revision":2,',
  '"sd":["Eagbn2hN60LzfjAmFo6pf9xCECgLiiAZYSC4DGT6KWw","H_qLePFCP7BIA7figThrnaG_qH2oxP_99wV4gwPBDjI"],',
  '"seq":2,',
  '"state":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",',
  '"to":{"open":{"contain":{"next":"ready"}}},"v":1}',
].join('');
const HASH = '01f616cad0f0be5d0ed6e87d52f14da0258359521b1449d3df0de6efc27c087e';

const sha256 = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash;
};

test('a fixed draft gives fixed bytes and a fixed hash', () => {
  const sealed = sealEntry(draft, genesisHash(INCIDENT), salts());
  expect(Buffer.from(genesisHash(INCIDENT)).toString('hex')).toBe(GENESIS);
  expect(Buffer.from(sealed.leaf).toString('utf8')).toBe(TEXT);
  expect(Buffer.from(sealed.hash).toString('hex')).toBe(HASH);
  expect(Buffer.from(sealed.prev).toString('hex')).toBe(GENESIS);
});

test('the hashes are those of RFC 6962, worked out without this library', () => {
  expect(sha256(Buffer.from([0]), INCIDENT).digest('hex')).toBe(GENESIS);
  expect(sha256(Buffer.from([0]), TEXT).digest('hex')).toBe(HASH);
  expect(digestOf('勒索')).toBe(sha256(Buffer.from('勒索', 'utf8')).digest('hex'));
});

test('the commitments are those of RFC 9901, worked out without this library', () => {
  const { openings, leaf } = sealEntry(draft, genesisHash(INCIDENT), salts());
  const byHand = [
    '["AQEBAQEBAQEBAQEBAQEBAQ","note","三時正"]',
    '["AgICAgICAgICAgICAgICAg","data.output",{"count":7}]',
  ].map((disclosure) => sha256(Buffer.from(disclosure, 'utf8').toString('base64url')).digest('base64url'));
  expect(openings.filter(isOpen).map(commitmentTo)).toEqual(byHand);
  expect(readLeaf(leaf).sd).toEqual([...byHand].sort());
});

test('what people typed is not in the leaf, and the same value commits differently each time', () => {
  const { leaf, openings } = sealEntry(
    { ...draft, committed: { a: 'secret', b: 'secret' } },
    genesisHash(INCIDENT),
    salts(),
  );
  expect(Buffer.from(leaf).toString('utf8')).not.toContain('secret');
  expect(
    new Set(openings.filter(isOpen).map((opening) => commitmentTo({ ...opening, key: 'same' }))).size,
  ).toBe(2);
});

test('optional members are there exactly when the draft has them', () => {
  const bare = sealEntry({ ...draft, committed: {} }, genesisHash(INCIDENT), salts());
  expect(Object.keys(readLeaf(bare.leaf))).not.toEqual(expect.arrayContaining(['sd']));
  const full = sealEntry(
    { ...draft, system: { id: 'crm', from: 'affected', to: 'isolated' }, rejection: 'forbidden' },
    genesisHash(INCIDENT),
    salts(),
  );
  expect(readLeaf(full.leaf)).toMatchObject({ system: { id: 'crm' }, rejection: 'forbidden' });
});

test('a leaf that is too long is our fault and is not sealed', () => {
  const long = (length: number) =>
    sealEntry({ ...draft, from: 'x'.repeat(length) }, genesisHash(INCIDENT), salts());
  const spare = MAX_LEAF_BYTES - long(0).leaf.length;
  expect(long(spare).leaf).toHaveLength(MAX_LEAF_BYTES);
  expect(() => long(spare + 1)).toThrow(InvariantError);
});

test('opened values come back under their names, data gathered', () => {
  const { openings } = sealEntry(draft, genesisHash(INCIDENT), salts());
  expect(openedValues(openings.filter(isOpen))).toEqual({ note: '三時正', data: { output: { count: 7 } } });
  expect(openedValues([])).toEqual({});
});

test('the example in the description of the format has the members of a sealed leaf, in order', () => {
  const source = readFileSync(new URL('leaf.ts', import.meta.url), 'utf8');
  const example = /^ \* {5}(\{"actor"[\s\S]*?"v":1\})$/m.exec(source)?.[1] ?? '';
  const members = example.replaceAll(/\n \*\s+/g, '').replaceAll('…,', '0,');
  const shown = JSON.parse(members) as object;
  expect(Object.keys(shown)).toEqual(
    Object.keys(readLeaf(sealEntry(draft, genesisHash(INCIDENT), salts()).leaf)),
  );
  expect(leafHash(Buffer.from(members))).toHaveLength(32);
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, type Json } from '@cordon/kernel';
import { leafHash } from '../leaf.js';
import { BundleError } from './bundle-error.js';
import {
  chainHeadLeaf,
  formatConsistencyLine,
  formatGap,
  formatHeads,
  formatMachine,
  formatOpeningsLine,
  parseConsistencyLine,
  parseGap,
  parseHeads,
  parseMachine,
  parseOpeningsLine,
  type ShownOpening,
} from './documents.js';
import { formatManifest, manifestNoteText, parseManifest, type Manifest } from './manifest.js';

const UUID = '0198c0de-0000-7000-8000-000000000001';
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const index = fc.nat();
const text = fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed());

const manifest: Manifest = {
  attachments: 'included',
  checkpoint: { size: 1234, root: Buffer.alloc(32, 1) },
  entries: 57,
  export: 1233,
  files: [
    { path: 'log/checkpoint', bytes: 212, sha256: 'ab'.repeat(32) },
    { path: 'VERIFY.txt', bytes: 5, sha256: 'cd'.repeat(32) },
  ],
  origin: 'cordon-log/x',
  scope: { kind: 'incident', incident: UUID, ref: 'INC-17', seq: 55 },
};

test('the manifest is the one of the description, and reads back', () => {
  const written = formatManifest(manifest);
  expect(written).toBe(
    `{"attachments":"included","checkpoint":{"root":"${Buffer.alloc(32, 1).toString('base64')}","size":1234},` +
      `"entries":57,"export":1233,"files":[{"bytes":5,"path":"VERIFY.txt","sha256":"${'cd'.repeat(32)}"},` +
      `{"bytes":212,"path":"log/checkpoint","sha256":"${'ab'.repeat(32)}"}],"format":"cordon-bundle/1",` +
      `"origin":"cordon-log/x","scope":{"incident":"${UUID}","kind":"incident","ref":"INC-17","seq":55}}`,
  );
  expect(formatManifest(parseManifest(written))).toBe(written);
  const log = formatManifest({ ...manifest, scope: { kind: 'log', from: 0, to: 1234 } });
  expect(parseManifest(log).scope).toEqual({ kind: 'log', from: 0, to: 1234 });
  expect(manifestNoteText('o', 'ab')).toBe('o/bundle\nab\n');
});

type Fields = Record<string, unknown>;
const changed = (change: (fields: Fields) => Fields): string =>
  canonicalJson(change(JSON.parse(formatManifest(manifest)) as Fields));

test.each<[string, string]>([
  ['not JSON', '{'],
  ['not an object', '[]'],
  ['a line feed behind', `${formatManifest(manifest)}\n`],
  [
    'another order of members',
    formatManifest(manifest).replace('"bytes":5,"path":"VERIFY.txt"', '"path":"VERIFY.txt","bytes":5'),
  ],
  ['a member twice', formatManifest(manifest).replace('"entries":57', '"entries":57,"entries":57')],
  ['a member too many', changed((fields) => ({ ...fields, more: 1 }))],
  ['a member missing', changed(({ origin: _, ...fields }) => fields)],
  ['another format', changed((fields) => ({ ...fields, format: 'cordon-bundle/2' }))],
  ['a fraction', changed((fields) => ({ ...fields, entries: 1.5 }))],
  ['an export beyond the checkpoint', changed((fields) => ({ ...fields, export: 1234 }))],
  [
    'a range beyond the checkpoint',
    changed((fields) => ({ ...fields, scope: { from: 0, kind: 'log', to: 1235 } })),
  ],
  ['an unknown scope', changed((fields) => ({ ...fields, scope: { kind: 'people' } }))],
  ['no word about attachments', changed((fields) => ({ ...fields, attachments: 'some' }))],
  [
    'files out of order',
    changed((fields) => ({ ...fields, files: [...(fields['files'] as unknown[])].reverse() })),
  ],
  [
    'a file twice',
    changed((fields) => ({ ...fields, files: (fields['files'] as unknown[]).flatMap((one) => [one, one]) })),
  ],
  [
    'a path upwards',
    changed((fields) => ({ ...fields, files: [{ bytes: 1, path: '../a', sha256: 'ab'.repeat(32) }] })),
  ],
  [
    'capital hex',
    changed((fields) => ({ ...fields, files: [{ bytes: 1, path: 'a', sha256: 'AB'.repeat(32) }] })),
  ],
])('a manifest with %s is refused', (_what, written) => {
  expect(() => parseManifest(written)).toThrow(BundleError);
  expect(() => parseManifest(written)).toThrow(expect.objectContaining({ code: 'E_MANIFEST' }));
});

test('every document reads back as it was written', () => {
  fc.assert(
    fc.property(index, fc.array(hash, { maxLength: 64 }), text, fc.jsonValue(), (n, proof, words, any) => {
      const value = any as Json;
      const openings: readonly ShownOpening[] = [
        { key: 'note', salt: 'AAAA', value },
        { key: words, salt: 'AAAA', value, subject: words },
        { key: 'note', subject: 'p', withheld: true as const },
      ];
      const line = formatOpeningsLine({ index: n, openings });
      expect(formatOpeningsLine(parseOpeningsLine(line))).toBe(line);
      const older = { checkpoint: words, proof };
      expect(parseConsistencyLine(formatConsistencyLine(older))).toEqual(older);
      const machine = { digest: 'ab'.repeat(32), id: words, version: '1', source: words };
      expect(parseMachine(formatMachine(machine))).toEqual(machine);
      const leaf = { incident: UUID, seq: n + 1, head: 'ab'.repeat(32) };
      const heads = { entry: n, index: n, leaf, proof };
      expect(parseHeads(formatHeads(heads))).toEqual(heads);
    }),
  );
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(20), hash, (n, level, root) => {
      const gap = { start: n * 2 ** level, level, hash: root };
      expect(parseGap(formatGap(gap))).toEqual(gap);
    }),
  );
});

const HASH = Buffer.alloc(32).toString('base64');

test.each([
  `1 1 ${HASH}`,
  `01 0 ${HASH}`,
  `0 53 ${HASH}`,
  `0 0 ${HASH.slice(0, -1)}`,
  `0 0 ${HASH} `,
  `0  0 ${HASH}`,
  `-2 1 ${HASH}`,
  `0x2 1 ${HASH}`,
  `0 0 ${HASH}\r`,
  `9007199254740992 0 ${HASH}`,
  '',
])('%j is no gap', (line) => {
  expect(() => parseGap(line)).toThrow(expect.objectContaining({ code: 'E_ROOT' }));
});

test.each([
  '{"index":0,"openings":[{"key":"a","salt":"b"}]}',
  '{"index":0,"openings":[{"key":"a","salt":"b","value":1,"withheld":true}]}',
  '{"index":0,"openings":[{"key":"a","subject":"b","withheld":false}]}',
  '{"index":0,"openings":[{"key":"a","sealed":"x","subject":"b"}]}',
  '{"index":-1,"openings":[]}',
  '{"openings":[],"index":0}',
])('%s is no line of openings', (line) => {
  expect(() => parseOpeningsLine(line)).toThrow(expect.objectContaining({ code: 'E_OPENING' }));
});

test('what is sealed never gets into a line: only the members of the description do', () => {
  const kept = { key: 'note', salt: 's', value: 1, sealed: 'secret' };
  expect(formatOpeningsLine({ index: 0, openings: [kept] })).not.toContain('secret');
});

test('the leaf of a chain is the text of the description', () => {
  const leaf = chainHeadLeaf({ seq: 3, incident: UUID, head: 'ab'.repeat(32) });
  expect(leaf.toString()).toBe(`{"head":"${'ab'.repeat(32)}","incident":"${UUID}","seq":3}`);
  expect(leafHash(leaf)).toHaveLength(32);
});

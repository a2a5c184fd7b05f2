import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntryBundle, encodeEntryBundle, parseTilePath, type TileName, tilePath } from './tiles.js';

test.each<[TileName, string]>([
  [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
  [{ level: 1, index: 999, width: 17 }, 'tile/1/999.p/17'],
  [{ level: 0, index: 1000, width: 256 }, 'tile/0/x001/000'],
  [{ level: 63, index: 1_234_067, width: 255 }, 'tile/63/x001/x234/067.p/255'],
  [{ level: 'entries', index: 1_234_067, width: 256 }, 'tile/entries/x001/x234/067'],
  [{ level: 'entries', index: 67, width: 1 }, 'tile/entries/067.p/1'],
])('%j is called %s', (name, path) => {
  expect(tilePath(name)).toBe(path);
  expect(parseTilePath(path)).toEqual(name);
});

test('a path reads back as the tile that it was made of', () => {
  const name = fc.record({
    level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
    index: fc.maxSafeNat(),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(fc.property(name, (tile) => expect(parseTilePath(tilePath(tile))).toEqual(tile)));
});

test.each([
  '',
  'tile/0/0',
  'tile/0/00',
  'tile/0/0000',
  'tile/00/000',
  'tile/64/000',
  'tile/-1/000',
  'tile/0/000.p/0',
  'tile/0/000.p/01',
  'tile/0/000.p/256',
  'tile/0/000.p/',
  'tile/0/x000/001',
  'tile/0/001/002',
  'tile/0/x001/x002',
  'tile/0/000/',
  '/tile/0/000',
  'tile/8/0/000',
  'tile/0/../000',
  'tile/data/000',
  'tile/0/000\n',
  `tile/0/${'x999/'.repeat(6)}999`,
  `tile/0/${'x001/'.repeat(9000)}000`,
])('%j is not the path of a tile', (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

test.each<TileName>([
  { level: 64, index: 0, width: 256 },
  { level: 0, index: -1, width: 256 },
  { level: 0, index: 0, width: 0 },
  { level: 0, index: 0, width: 257 },
  { level: 0.5, index: 0, width: 1 },
])('%j has no path', (name) => {
  expect(() => tilePath(name)).toThrow(RangeError);
});

test('entries come out of a bundle as they went in', () => {
  const leaves = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  fc.assert(
    fc.property(leaves, (entries) => {
      const bundle = encodeEntryBundle(entries);
      expect(decodeEntryBundle(bundle).map((entry) => [...entry])).toEqual(
        entries.map((entry) => [...entry]),
      );
    }),
  );
});

test('the length before an entry is two bytes, big end first', () => {
  expect(encodeEntryBundle([Buffer.alloc(258, 7)]).subarray(0, 3)).toEqual(Buffer.from([1, 2, 7]));
  expect(encodeEntryBundle([Buffer.alloc(65_535)])).toHaveLength(65_537);
});

test('an entry that is too long, and a bundle that is cut off, are refused', () => {
  expect(() => encodeEntryBundle([Buffer.alloc(65_536)])).toThrow('at most 65535 fit');
  const bundle = encodeEntryBundle([Buffer.from('first'), Buffer.from('second')]);
  const whole = [7, bundle.length];
  for (let length = 1; length < bundle.length; length++)
    if (!whole.includes(length))
      expect(() => decodeEntryBundle(bundle.subarray(0, length))).toThrow('ends within its leaf');
});

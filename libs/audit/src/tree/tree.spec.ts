import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frontier } from './frontier.js';
import { InclusionPath } from './inclusion-path.js';
import {
  consistencyProof,
  gapsBetween,
  inclusionProof,
  memoryTiles,
  rootAt,
  subtreeHash,
  type TileReader,
  verifyConsistency,
  verifyInclusion,
} from './proofs.js';
import { TILE_WIDTH, TreeEdge } from './tiles.js';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** RFC 6962 section 2.1 as it is written, over leaf hashes. */
function rfc6962Root(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return Buffer.from(first);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.from([1]), rfc6962Root(leaves.slice(0, k)), rfc6962Root(leaves.slice(k)));
}

const HASHES = Array.from({ length: 1500 }, (_, i) => sha256(Buffer.from(`leaf ${i}`)));
const leaves = (size: number): readonly Buffer[] => HASHES.slice(0, size);
const at = (i: number): Buffer => HASHES[i] ?? Buffer.alloc(0);
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

const size = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: HASHES.length }),
  fc.constantFrom(255, 256, 257, 511, 512, 513, 1023, 1024, 1025),
);

test('four ways to the root agree at every size', async () => {
  await fc.assert(
    fc.asyncProperty(size, async (n) => {
      const frontier = new Frontier();
      const edge = TreeEdge.empty();
      for (const leaf of leaves(n)) {
        frontier.append(leaf);
        edge.append(leaf);
      }
      const expected = hex(rfc6962Root(leaves(n)));
      expect(hex(frontier.root())).toBe(expected);
      expect(hex(edge.root())).toBe(expected);
      expect(hex(await rootAt(memoryTiles(leaves(n)), n))).toBe(expected);
      expect([frontier.size, edge.size]).toEqual([n, n]);
    }),
    { numRuns: 40 },
  );
});

test('the empty tree has the hash of nothing as its root', async () => {
  const roots = [new Frontier().root(), TreeEdge.empty().root(), await rootAt(memoryTiles([]), 0)];
  expect(roots.map(hex)).toEqual(Array(3).fill(hex(sha256())));
});

test('an older root is had from the tiles of a later tree', async () => {
  const tiles = memoryTiles(leaves(700));
  for (const n of [1, 2, 3, 255, 256, 257, 511, 512, 513, 699])
    expect(hex(await rootAt(tiles, n))).toBe(hex(rfc6962Root(leaves(n))));
});

test('an inclusion proof verifies, and nothing that differs from it does', async () => {
  const pick = size.chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n - 1 }), fc.nat()));
  await fc.assert(
    fc.asyncProperty(pick, async ([n, index, chance]) => {
      const root = rfc6962Root(leaves(n));
      const proof = await inclusionProof(memoryTiles(leaves(n)), n, index);
      const claim = { leafHash: at(index), index, size: n, root, proof };
      expect(verifyInclusion(claim)).toBe(true);
      const refused = [
        { ...claim, leafHash: flip(claim.leafHash, chance) },
        { ...claim, root: flip(root, chance) },
        { ...claim, proof: [...proof, at(0)] },
        { ...claim, proof: [at(0), ...proof] },
        { ...claim, size: index },
        { ...claim, index: n },
        { ...claim, index: -1 },
        { ...claim, index: index + 0.5 },
        { ...claim, size: Number.NaN },
        ...proof.map((_hash, i) => ({ ...claim, proof: proof.toSpliced(i, 1) })),
        ...proof.map((hash, i) => ({ ...claim, proof: proof.with(i, flip(hash, chance)) })),
        ...proof.map((hash, i) => ({ ...claim, proof: proof.with(i, hash.subarray(1)) })),
        ...(n > 1 ? [{ ...claim, index: (index + 1) % n }] : []),
      ];
      expect(refused.filter(verifyInclusion)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a consistency proof verifies, and nothing that differs from it does', async () => {
  const pick = size.chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n }), fc.nat()));
  await fc.assert(
    fc.asyncProperty(pick, async ([n, oldSize, chance]) => {
      const [root, oldRoot] = [rfc6962Root(leaves(n)), rfc6962Root(leaves(oldSize))];
      const proof = await consistencyProof(memoryTiles(leaves(n)), oldSize, n);
      const claim = { oldSize, oldRoot, size: n, root, proof };
      expect(verifyConsistency(claim)).toBe(true);
      const refused = [
        { ...claim, oldRoot: flip(oldRoot, chance) },
        { ...claim, root: flip(root, chance) },
        { ...claim, proof: [...proof, root] },
        { ...claim, proof: [root, ...proof] },
        { ...claim, size: oldSize - 1 },
        { ...claim, oldSize: 0 },
        { ...claim, oldRoot: oldRoot.subarray(1) },
        ...proof.map((_hash, i) => ({ ...claim, proof: proof.toSpliced(i, 1) })),
        ...proof.map((hash, i) => ({ ...claim, proof: proof.with(i, flip(hash, chance)) })),
        ...(oldSize < n ? [{ ...claim, oldRoot: root, root: oldRoot }] : []),
      ];
      expect(refused.filter(verifyConsistency)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a consistency proof does not prove that another tree was the old one', async () => {
  const roots = Array.from({ length: 25 }, (_, n) => rfc6962Root(leaves(n)));
  for (const [n, root] of roots.entries()) {
    const tiles = memoryTiles(leaves(n));
    for (let oldSize = 1; oldSize < n; oldSize++) {
      const proof = await consistencyProof(tiles, oldSize, n);
      const proven = [...roots.keys()].filter((other) =>
        verifyConsistency({ oldSize, oldRoot: roots[other] ?? root, size: n, root, proof }),
      );
      expect(proven).toEqual([oldSize]);
    }
  }
});

test('a forked log cannot be made consistent by any cut of a real proof', async () => {
  const forked = leaves(300).with(120, at(1400));
  for (const oldSize of [121, 128, 200, 256, 299]) {
    const oldRoot = rfc6962Root(leaves(oldSize));
    const root = rfc6962Root(forked);
    for (const tree of [leaves(300), forked]) {
      const proof = await consistencyProof(memoryTiles(tree), oldSize, 300);
      expect(verifyConsistency({ oldSize, oldRoot, size: 300, root, proof })).toBe(false);
    }
  }
});

test('proofs that cannot be are refused when they are asked for', async () => {
  const tiles = memoryTiles(leaves(10));
  await expect(inclusionProof(tiles, 10, 10)).rejects.toThrow(RangeError);
  await expect(inclusionProof(tiles, 10, -1)).rejects.toThrow(RangeError);
  await expect(consistencyProof(tiles, 11, 10)).rejects.toThrow(RangeError);
  expect(await consistencyProof(tiles, 0, 10)).toEqual([]);
  await expect(rootAt(tiles, 11)).rejects.toThrow('tile 0 of level 0 has 320 bytes, too few for its hash 10');
});

test('a proof asks for each tile once', async () => {
  const asked: string[] = [];
  const tiles = memoryTiles(leaves(1500));
  const counting: TileReader = {
    tile: (level, index) => {
      asked.push(`${level}/${index}`);
      return tiles.tile(level, index);
    },
  };
  await inclusionProof(counting, 1500, 700);
  expect(asked.length).toBeLessThanOrEqual(3);
  expect(new Set(asked).size).toBe(asked.length);
});

test('the parts of a range are complete subtrees that fill it, and the fewest that do', () => {
  const range = fc.tuple(fc.nat({ max: 2 ** 40 }), fc.nat({ max: 2 ** 40 }));
  fc.assert(
    fc.property(range, ([one, other]) => {
      const [start, end] = [Math.min(one, other), Math.max(one, other)];
      let next = start;
      const gaps = gapsBetween(start, end);
      const wrong = gaps.filter((gap, i) => {
        const width = 2 ** gap.level;
        const isInPlace = gap.start === next && gap.start % width === 0;
        next += width;
        const joins = gaps[i + 1]?.level === gap.level && gap.start % (2 * width) === 0;
        return !isInPlace || joins;
      });
      expect(wrong).toEqual([]);
      expect(next).toBe(end);
    }),
  );
  expect(() => gapsBetween(5, 4)).toThrow(RangeError);
});

test('a frontier of shown leaves and hidden subtrees has the root of the whole', async () => {
  const shown = fc.tuple(size, fc.uniqueArray(fc.nat({ max: HASHES.length - 1 }), { maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(shown, async ([n, picks]) => {
      const tiles = memoryTiles(leaves(n));
      const frontier = new Frontier();
      for (const index of [...picks.filter((pick) => pick < n).sort((a, b) => a - b), n]) {
        for (const gap of gapsBetween(frontier.size, index))
          frontier.appendSubtree(gap.level, await subtreeHash(tiles, gap.level, gap.start / 2 ** gap.level));
        if (index < n) frontier.append(at(index));
      }
      expect(hex(frontier.root())).toBe(hex(rfc6962Root(leaves(n))));
    }),
    { numRuns: 40 },
  );
});

test('a subtree is refused where it cannot stand', () => {
  const frontier = new Frontier();
  frontier.append(at(0));
  expect(() => frontier.appendSubtree(1, at(1))).toThrow('a subtree of level 1 cannot stand at leaf 1');
  expect(() => frontier.appendSubtree(-1, at(1))).toThrow(RangeError);
  expect(() => frontier.appendSubtree(0.5, at(1))).toThrow(RangeError);
  expect(() => new Frontier().appendSubtree(53, at(1))).toThrow(RangeError);
  expect(() => frontier.append(at(1).subarray(1))).toThrow('a hash has 32 bytes');
  expect(frontier.size).toBe(1);
});

test('a frontier goes on from what it gave, and a clone goes its own way', () => {
  fc.assert(
    fc.property(size, fc.integer({ min: 0, max: 40 }), (n, more) => {
      const one = new Frontier();
      for (const leaf of leaves(n)) one.append(leaf);
      const before = hex(one.root());
      const [other, copy] = [Frontier.from(n, one.hashes()), one.clone()];
      for (const leaf of leaves(more)) for (const frontier of [other, copy]) frontier.append(leaf);
      const expected = hex(rfc6962Root([...leaves(n), ...leaves(more)]));
      expect([hex(other.root()), hex(copy.root()), hex(one.root())]).toEqual([expected, expected, before]);
    }),
    { numRuns: 40 },
  );
});

test('sizes beyond 32 bits are counted right', () => {
  const big = new Frontier();
  for (const level of [40, 33, 32, 31, 3, 0]) big.appendSubtree(level, at(level));
  expect(big.size).toBe(2 ** 40 + 2 ** 33 + 2 ** 32 + 2 ** 31 + 9);
  const again = Frontier.from(big.size, big.hashes());
  for (const frontier of [big, again]) frontier.append(at(7));
  expect(hex(again.root())).toBe(hex(big.root()));
  expect(big.hashes()).toHaveLength(6);
});

test('a frontier or an edge of the wrong length is an error of ours', () => {
  expect(() => Frontier.from(3, [at(0)])).toThrow('a tree of 3 leaves');
  expect(() => Frontier.from(2, [at(0), at(1)])).toThrow('fewer parts than 2');
  expect(() => Frontier.from(1, [at(0).subarray(1)])).toThrow('needs a hash');
  expect(() => TreeEdge.from(3, Buffer.alloc(64))).toThrow('has 96 bytes, not 64');
  expect(() => TreeEdge.from(-1, Buffer.alloc(0))).toThrow('cannot have -1 leaves');
});

test('an edge goes on from its bytes, gives the same tiles, and a clone goes its own way', () => {
  fc.assert(
    fc.property(size, fc.integer({ min: 0, max: 300 }), (n, more) => {
      const one = TreeEdge.empty();
      for (const leaf of leaves(n)) one.append(leaf);
      const bytes = one.bytes();
      const [other, copy] = [TreeEdge.from(n, bytes), one.clone()];
      const tiles = (edge: TreeEdge): string[] =>
        leaves(more).flatMap((leaf) =>
          edge.append(leaf).map(({ level, index, hashes }) => `${level} ${index} ${hex(hashes)}`),
        );
      expect(tiles(copy)).toEqual(tiles(other));
      expect(other.bytes().equals(copy.bytes())).toBe(true);
      expect(hex(other.root())).toBe(hex(rfc6962Root([...leaves(n), ...leaves(more)])));
      expect(one.bytes().equals(bytes)).toBe(true);
      expect(bytes).toHaveLength(32 * (((n >> 8) & 255) + (n & 255)));
    }),
    { numRuns: 40 },
  );
});

test('the full tiles and the partial ones of an edge are all tiles of the tree', async () => {
  for (const n of [255, 256, 257, 1024, 1500]) {
    const edge = TreeEdge.empty();
    const full = leaves(n).flatMap((leaf) => edge.append(leaf));
    const tiles = memoryTiles(leaves(n));
    for (const { level, index, hashes } of full) {
      expect(hashes).toHaveLength(TILE_WIDTH * 32);
      expect(hashes.equals(await tiles.tile(level, index))).toBe(true);
    }
    expect(full).toHaveLength(Math.floor(n / 256));
    for (const level of [0, 1]) {
      const places = Math.floor(n / 256 ** level);
      const width = places % 256;
      const partial = edge.partial(level);
      expect(partial).toHaveLength(width * 32);
      if (width > 0) expect(partial.equals(await tiles.tile(level, (places - width) / 256))).toBe(true);
    }
    expect(edge.partial(2)).toHaveLength(0);
  }
});

test('a tile that became full does not change when the edge goes on', () => {
  const edge = TreeEdge.empty();
  const [tile] = leaves(256).flatMap((leaf) => edge.append(leaf));
  const before = Buffer.from(tile?.hashes ?? []);
  for (const leaf of leaves(300)) edge.append(leaf);
  expect(tile?.hashes.equals(before)).toBe(true);
  expect(before.equals(Buffer.concat(leaves(256)))).toBe(true);
});

test('the third level of tiles fills at 65,536 leaves', () => {
  const edge = TreeEdge.empty();
  const full = Array.from({ length: 65_537 }, () => edge.append(at(0))).flat();
  expect(full.filter(({ level }) => level === 1).map(({ index }) => index)).toEqual([0]);
  expect(full).toHaveLength(257);
  expect([edge.partial(0), edge.partial(1), edge.partial(2)].map(({ length }) => length / 32)).toEqual([
    1, 0, 1,
  ]);
  const frontier = new Frontier();
  for (let i = 0; i < 65_537; i++) frontier.append(at(0));
  expect(hex(edge.root())).toBe(hex(frontier.root()));
});

/** The hash with one of its 256 bits turned over. */
function flip(hash: Uint8Array, chance: number): Buffer {
  const flipped = Buffer.from(hash);
  const place = chance % (flipped.length * 8);
  flipped.writeUInt8(flipped.readUInt8(place >> 3) ^ (1 << (place & 7)), place >> 3);
  return flipped;
}

test('a proof that is gathered while the leaves pass by is the one that is made of tiles', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), async (n, place) => {
      const index = place % n;
      const before = new Frontier();
      for (const leaf of leaves(index)) before.append(leaf);
      const path = new InclusionPath(before, n);
      for (const leaf of leaves(n).slice(index + 1)) path.append(leaf);
      const expected = await inclusionProof(memoryTiles(leaves(n)), n, index);
      expect(path.proof().map(hex)).toEqual(expected.map(hex));
      expect(() => path.append(at(0))).toThrow('no more than');
    }),
    { numRuns: 200 },
  );
});

test('a proof of a leaf that there is not, or before the last leaf was there, is refused', () => {
  const before = new Frontier();
  expect(() => new InclusionPath(before, 0)).toThrow('is not in a tree');
  expect(() => new InclusionPath(before, 2).proof()).toThrow('not there yet');
});

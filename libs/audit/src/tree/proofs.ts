import { invariant } from '@cordon/kernel';
import { EMPTY_ROOT, HASH_BYTES, isSize, log2Floor, nodeHash, rootOfRow, trailingZeros } from './hashes.js';
import { TILE_WIDTH } from './tile-paths.js';

export {
  verifyInclusion,
  verifyConsistency,
  type InclusionClaim,
  type ConsistencyClaim,
} from './verify-proofs.js';

/** A tree's hashes as C2SP tlog-tiles. */
export interface TileReader {
  /** The full tile, or its partial at the reader's size. Rejects where there is none. */
  tile(level: number, index: number): Promise<Uint8Array>;
}

const TILE_HEIGHT = 8;

/** Root of the complete subtree of the leaves index · 2^level up to, and without, (index + 1) · 2^level. Reads one tile. */
export async function subtreeHash(reader: TileReader, level: number, index: number): Promise<Buffer> {
  const within = level % TILE_HEIGHT;
  const width = 2 ** within;
  const first = index * width;
  const tileLevel = (level - within) / TILE_HEIGHT;
  const tileIndex = Math.floor(first / TILE_WIDTH);
  const offset = (first % TILE_WIDTH) * HASH_BYTES;
  const tile = await reader.tile(tileLevel, tileIndex);
  const row = tile.subarray(offset, offset + width * HASH_BYTES);
  invariant(
    row.length === width * HASH_BYTES,
    `tile ${tileIndex} of level ${tileLevel} has ${tile.length} bytes, too few for its hash ${(first % TILE_WIDTH) + width - 1}`,
  );
  return rootOfRow(row);
}

/** The largest complete subtrees that fill start <= leaf < end, in order. Throws a RangeError where end < start. */
export function gapsBetween(
  start: number,
  end: number,
): readonly { readonly start: number; readonly level: number }[] {
  if (!isSize(start) || !isSize(end) || end < start)
    throw new RangeError(`no leaves from ${start} to ${end}`);
  const gaps: { start: number; level: number }[] = [];
  for (let at = start; at < end;) {
    const room = log2Floor(end - at);
    const level = at === 0 ? room : Math.min(room, trailingZeros(at));
    gaps.push({ start: at, level });
    at += 2 ** level;
  }
  return gaps;
}

/** RFC 6962 root of the first `size` leaves. */
export async function rootAt(reader: TileReader, size: number): Promise<Buffer> {
  if (size === 0) return Buffer.from(EMPTY_ROOT);
  return rangeHash(keepingTiles(reader), 0, size);
}

/** RFC 6962 section 2.1.1, the leaf's sibling first. Throws a RangeError unless index < size. */
export async function inclusionProof(reader: TileReader, size: number, index: number): Promise<Buffer[]> {
  if (!isSize(size) || !isSize(index) || index >= size)
    throw new RangeError(`leaf ${index} is not in a tree of ${size} leaves`);
  const tiles = keepingTiles(reader);
  const proof: Promise<Buffer>[] = [];
  for (let [start, end] = [0, size]; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      proof.unshift(rangeHash(tiles, middle, end));
      end = middle;
    } else {
      proof.unshift(rangeHash(tiles, start, middle));
      start = middle;
    }
  }
  return Promise.all(proof);
}

/**
 * RFC 6962 section 2.1.2. Empty when the sizes are equal, and for an old size of 0, where there is nothing to prove and
 * `verifyConsistency` refuses. Throws a RangeError unless oldSize <= size.
 */
export async function consistencyProof(reader: TileReader, oldSize: number, size: number): Promise<Buffer[]> {
  if (!isSize(size) || !isSize(oldSize) || oldSize > size)
    throw new RangeError(`a tree of ${size} leaves cannot have grown from one of ${oldSize}`);
  if (oldSize === 0 || oldSize === size) return [];
  const tiles = keepingTiles(reader);
  const proof: Promise<Buffer>[] = [];
  let [start, end] = [0, size];
  while (oldSize < end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      proof.unshift(rangeHash(tiles, middle, end));
      end = middle;
    } else {
      proof.unshift(rangeHash(tiles, start, middle));
      start = middle;
    }
  }
  // Where the old tree is itself a complete subtree on the left, the verifier has its hash already.
  if (start > 0) proof.unshift(rangeHash(tiles, start, end));
  return Promise.all(proof);
}

/** Tree hash of start <= leaf < end, where these are a node of some tree: their subtrees get smaller from left to right. */
async function rangeHash(reader: TileReader, start: number, end: number): Promise<Buffer> {
  const parts = await Promise.all(
    gapsBetween(start, end).map((gap) => subtreeHash(reader, gap.level, gap.start / 2 ** gap.level)),
  );
  return parts.reduceRight((right, left) => nodeHash(left, right));
}

/** The greatest power of two that is less than n; n is at least 2. */
function splitOf(n: number): number {
  return 2 ** log2Floor(n - 1);
}

/** Asks for each tile once. */
function keepingTiles(reader: TileReader): TileReader {
  const kept = new Map<string, Promise<Uint8Array>>();
  return {
    tile(level, index) {
      const key = `${level}/${index}`;
      const tile = kept.get(key) ?? reader.tile(level, index);
      kept.set(key, tile);
      return tile;
    },
  };
}

/** All tiles of the tree over these leaf hashes, in memory. For small trees. */
export function memoryTiles(hashes: readonly Uint8Array[]): TileReader {
  const levels = [Buffer.concat(hashes)];
  const tileBytes = TILE_WIDTH * HASH_BYTES;
  for (let row = levels[0]; row !== undefined && row.length >= tileBytes; row = levels.at(-1)) {
    const roots: Buffer[] = [];
    for (let at = 0; at + tileBytes <= row.length; at += tileBytes)
      roots.push(rootOfRow(row.subarray(at, at + tileBytes)));
    levels.push(Buffer.concat(roots));
  }
  return {
    tile(level, index) {
      const tile = levels[level]?.subarray(index * tileBytes, (index + 1) * tileBytes);
      return tile === undefined || tile.length === 0
        ? Promise.reject(new RangeError(`there is no tile ${index} of level ${level}`))
        : Promise.resolve(tile);
    },
  };
}

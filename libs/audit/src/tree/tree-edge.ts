import { invariant } from '@cordon/kernel';
import { EMPTY_ROOT, HASH_BYTES, isSize, nodeHash, rootOfRow } from './hashes.js';
import { TILE_WIDTH } from './tile-paths.js';

/** A tile that became full: 256 hashes, 8,192 bytes. */
export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
}

/**
 * The right edge of a tree that is kept in C2SP tlog-tiles: its partial tiles. With the full tiles that `append` gives
 * away this is the whole tree, so that what is stored of it never has to be read again to grow it.
 */
export class TreeEdge {
  private constructor(
    private leaves: number,
    /** One row a level, lowest first, each with room for a full tile. */
    private readonly rows: Buffer[],
  ) {}

  static empty(): TreeEdge {
    return new TreeEdge(0, []);
  }

  /** Takes up what `bytes` gave at this size. Throws an InvariantError where the length is not that of this size. */
  static from(size: number, bytes: Uint8Array): TreeEdge {
    invariant(isSize(size), `a tree cannot have ${size} leaves`);
    const widths = widthsOf(size);
    const wanted = widths.reduce((sum, width) => sum + width, 0) * HASH_BYTES;
    invariant(
      bytes.length === wanted,
      `the edge of a tree of ${size} leaves has ${wanted} bytes, not ${bytes.length}`,
    );
    let offset = 0;
    const rows = widths.map((width) => {
      const row = emptyRow();
      row.set(bytes.subarray(offset, (offset += width * HASH_BYTES)));
      return row;
    });
    return new TreeEdge(size, rows);
  }

  get size(): number {
    return this.leaves;
  }

  /** Adds a leaf; gives the tiles that became full by it, lowest first: one in every 256 leaves. */
  append(leafHash: Uint8Array): readonly FullTile[] {
    invariant(leafHash.length === HASH_BYTES, `a hash has 32 bytes, this one ${leafHash.length}`);
    const full: FullTile[] = [];
    let place = this.leaves;
    let node = leafHash;
    this.leaves += 1;
    for (let level = 0; ; level++) {
      const row = this.rows[level] ?? emptyRow();
      this.rows[level] = row;
      const at = place % TILE_WIDTH;
      row.set(node, at * HASH_BYTES);
      if (at < TILE_WIDTH - 1) return full;
      this.rows[level] = emptyRow();
      place = (place - at) / TILE_WIDTH;
      full.push({ level, index: place, hashes: row });
      node = rootOfRow(row);
    }
  }

  /** The partial tiles of all levels, lowest first, one after the other: level L has floor(size / 256^L) mod 256 hashes. */
  bytes(): Buffer {
    return Buffer.concat(widthsOf(this.leaves).map((_width, level) => this.partial(level)));
  }

  /** The partial tile of one level; empty where there is none. */
  partial(level: number): Buffer {
    const width = widthsOf(this.leaves)[level] ?? 0;
    return Buffer.from(this.rows[level]?.subarray(0, width * HASH_BYTES) ?? []);
  }

  /** RFC 6962 tree hash at this size. At most 255 node hashes a level: under a millisecond at any size. */
  root(): Buffer {
    let right: Buffer | undefined;
    for (const level of widthsOf(this.leaves).keys()) right = foldRow(this.partial(level), right);
    return right ?? Buffer.from(EMPTY_ROOT);
  }

  clone(): TreeEdge {
    return new TreeEdge(
      this.leaves,
      this.rows.map((row) => Buffer.from(row)),
    );
  }
}

function emptyRow(): Buffer {
  return Buffer.alloc(TILE_WIDTH * HASH_BYTES);
}

/** How many hashes the partial tile of each level has. */
function widthsOf(size: number): number[] {
  const widths: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / TILE_WIDTH)) widths.push(rest % TILE_WIDTH);
  return widths;
}

/** Joins a row's complete subtrees, smallest first, to what stands to the right of it. */
function foldRow(row: Buffer, right: Buffer | undefined): Buffer | undefined {
  let node = right;
  let end = row.length / HASH_BYTES;
  for (let width = 1; end > 0; width *= 2) {
    if ((end & width) === 0) continue;
    const left = rootOfRow(row.subarray((end - width) * HASH_BYTES, end * HASH_BYTES));
    node = node === undefined ? left : nodeHash(left, node);
    end -= width;
  }
  return node;
}

import { invariant } from '@cordon/kernel';
import { EMPTY_ROOT, HASH_BYTES, hashAt, isSize, nodeHash, sha256, trailingZeros } from './hashes.js';

/** 2^53 leaves are as many as a number can count. */
const LEVELS = 54;

/**
 * The right edge of an RFC 6962 tree: one root for each complete subtree that the size consists of. Enough to add
 * leaves, or whole subtrees whose leaves are not shown, in order, and to know the root. 54 hashes at most, and one node
 * hash for each leaf on average.
 */
export class Frontier {
  private leaves = 0;
  /** The subtree of 2^level leaves stands at its level while that bit of the size is set. */
  private readonly row = Buffer.alloc(LEVELS * HASH_BYTES);
  /** What is hashed for a node: 0x01, and its two sides. A buffer for each node would cost as much as hashing it. */
  private readonly node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
  private readonly right = this.node.subarray(1 + HASH_BYTES);

  /** Takes up what `hashes` gave at this size. Throws an InvariantError where these cannot belong together. */
  static from(size: number, hashes: readonly Uint8Array[]): Frontier {
    invariant(isSize(size), `a tree cannot have ${size} leaves`);
    const frontier = new Frontier();
    let next = hashes.length;
    for (let rest = size, level = 0; rest > 0; rest = Math.floor(rest / 2), level++) {
      if (rest % 2 === 0) continue;
      const hash = hashes[--next];
      invariant(
        hash?.length === HASH_BYTES,
        `a tree of ${size} leaves needs a hash of its part of 2^${level}`,
      );
      frontier.row.set(hash, level * HASH_BYTES);
    }
    invariant(next === 0, `a tree of ${size} leaves has fewer parts than ${hashes.length}`);
    frontier.leaves = size;
    return frontier;
  }

  get size(): number {
    return this.leaves;
  }

  append(leafHash: Uint8Array): void {
    this.carry(leafHash, 0);
    this.leaves += 1;
  }

  /** Adds 2^level leaves of which only the root is known. Throws a RangeError unless the size is a multiple of 2^level. */
  appendSubtree(level: number, hash: Uint8Array): void {
    const leaves = 2 ** level;
    if (!Number.isInteger(level) || level < 0 || this.leaves % leaves !== 0 || !isSize(this.leaves + leaves))
      throw new RangeError(`a subtree of level ${level} cannot stand at leaf ${this.leaves}`);
    this.carry(hash, level);
    this.leaves += leaves;
  }

  /** RFC 6962 tree hash of what was added so far. Does not change anything. */
  root(): Buffer {
    const parts = this.hashes();
    let root = parts.pop();
    if (root === undefined) return Buffer.from(EMPTY_ROOT);
    for (let left = parts.pop(); left !== undefined; left = parts.pop()) root = nodeHash(left, root);
    return Buffer.from(root);
  }

  /** Copies of the roots of the complete subtrees, largest first. */
  hashes(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    for (let rest = this.leaves, level = 0; rest > 0; rest = Math.floor(rest / 2), level++)
      if (rest % 2 === 1) parts.unshift(Buffer.from(hashAt(this.row, level)));
    return parts;
  }

  clone(): Frontier {
    const copy = new Frontier();
    copy.row.set(this.row);
    copy.leaves = this.leaves;
    return copy;
  }

  /** Joins the new node with each complete subtree to its left, from this level upwards. */
  private carry(hash: Uint8Array, from: number): void {
    if (hash.length !== HASH_BYTES) throw new RangeError(`a hash has 32 bytes, this one ${hash.length}`);
    const to = trailingZeros((this.leaves + 2 ** from) / 2 ** from) + from;
    const { row, node, right } = this;
    right.set(hash);
    for (let level = from; level < to; level++) {
      const left = level * HASH_BYTES;
      for (let i = 0; i < HASH_BYTES; i++) node[1 + i] = row[left + i] ?? 0;
      right.write(sha256(node), 'latin1');
    }
    row.set(right, to * HASH_BYTES);
  }
}

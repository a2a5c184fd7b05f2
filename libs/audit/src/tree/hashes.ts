/** The two hashes of RFC 6962 section 2.1 that are not of a leaf. */
import { hash } from 'node:crypto';

/** Bytes of every hash here: SHA-256. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = hash('sha256', Buffer.alloc(0), 'buffer');

const scratch = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  scratch.set(left, 1);
  scratch.set(right, 1 + HASH_BYTES);
  return Buffer.from(sha256(scratch), 'latin1');
}

/** SHA-256 as text whose characters are its bytes: half of what it takes as a buffer. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary');
}

/** The i-th hash of a row of hashes, as a view. */
export function hashAt(row: Uint8Array, i: number): Uint8Array {
  return row.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
}

/** Root of a complete subtree from the row of its 2^n nodes at one level. Costs 2^n − 1 hashes. */
export function rootOfRow(row: Uint8Array): Buffer {
  const work = Buffer.from(row);
  for (let nodes = work.length / HASH_BYTES; nodes > 1; nodes /= 2)
    for (let i = 0; i < nodes / 2; i++)
      work.set(nodeHash(hashAt(work, 2 * i), hashAt(work, 2 * i + 1)), i * HASH_BYTES);
  return work.subarray(0, HASH_BYTES);
}

/** The greatest n with 2^n <= size; size is at least 1 and may pass 2^32. */
export function log2Floor(size: number): number {
  const high = Math.floor(size / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(size);
}

/** How many times 2 divides n; n is at least 1 and may pass 2^32. */
export function trailingZeros(n: number): number {
  const low = n % 2 ** 32;
  return low === 0 ? 32 + trailingZeros(n / 2 ** 32) : 31 - Math.clz32(low & -low);
}

/** Whether this is a number of leaves: an integer from 0 to 2^53 − 1. */
export function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

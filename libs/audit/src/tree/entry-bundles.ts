import { MAX_LEAF_BYTES } from '../leaf.js';

/** C2SP tlog-tiles entry bundle: each leaf after its length in two bytes, big end first. Throws a RangeError for a leaf that is too long. */
export function encodeEntryBundle(leaves: Iterable<Uint8Array>): Buffer {
  const parts: Uint8Array[] = [];
  for (const leaf of leaves) {
    if (leaf.length > MAX_LEAF_BYTES)
      throw new RangeError(
        `a leaf has ${leaf.length} bytes; at most ${MAX_LEAF_BYTES} fit into an entry bundle`,
      );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(leaf.length);
    parts.push(length, leaf);
  }
  return Buffer.concat(parts);
}

/** The leaves of a bundle, as views of it. Throws a RangeError where the bytes end within a leaf. */
export function decodeEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length;) {
    const start = offset + 2;
    const end = start <= bytes.length ? start + view.getUint16(offset) : Infinity;
    if (end > bytes.length)
      throw new RangeError(`an entry bundle of ${bytes.length} bytes ends within its leaf ${leaves.length}`);
    leaves.push(bytes.subarray(start, end));
    offset = end;
  }
  return leaves;
}

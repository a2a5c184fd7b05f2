import type { RandomAccess } from '@cordon/audit';

/** Reads smaller than this are answered out of one window, which is read in one go: headers lie close to each other. */
const SMALL = 16 * 1024;
const WINDOW = 256 * 1024;

/** A file that the reader of the page chose. Rejects where the browser cannot read it any more. */
export function blobSource(blob: Blob): RandomAccess {
  let window: { readonly from: number; readonly bytes: Uint8Array } | undefined;
  const bytesAt = async (from: number, length: number): Promise<Uint8Array> =>
    new Uint8Array(await blob.slice(from, from + length).arrayBuffer());
  return {
    size: blob.size,
    async read(offset, length) {
      if (length > SMALL) return bytesAt(offset, length);
      if (!window || offset < window.from || offset + length > window.from + window.bytes.length)
        window = { from: offset, bytes: await bytesAt(offset, WINDOW) };
      const at = offset - window.from;
      return window.bytes.slice(at, at + length);
    },
  };
}

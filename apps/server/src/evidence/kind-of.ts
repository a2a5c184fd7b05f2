import { fileTypeFromBuffer } from 'file-type';

/** Packed files, told by their first bytes alone: the library would look inside to say more, and nothing is unpacked here. */
const PACKED: readonly (readonly [string, readonly number[]])[] = [
  ['application/zip', [0x50, 0x4b, 0x03, 0x04]],
  ['application/zip', [0x50, 0x4b, 0x05, 0x06]],
  ['application/gzip', [0x1f, 0x8b]],
];

/** Media type by the first bytes of a file; undefined when they tell nothing, as those of a text do not. */
export async function kindOf(head: Uint8Array): Promise<string | undefined> {
  const packed = PACKED.find(([, magic]) => magic.every((byte, at) => head[at] === byte));
  if (packed) return packed[0];
  // What cannot be told, because the file was made to confuse, is not known.
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  return found?.mime.split(';')[0]?.trim();
}

/** `node:zlib`, as far as the verifier uses it. */

/** CRC-32 (ISO 3309, as zip files have it), eight bytes at a time: row r is the CRC of a byte with r zero bytes after it. */
const TABLE = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  TABLE[byte] = crc;
}
for (let at = 256; at < TABLE.length; at += 1) {
  const before = TABLE[at - 256] ?? 0;
  TABLE[at] = (before >>> 8) ^ (TABLE[before & 255] ?? 0);
}

const row = (number: number, byte: number | undefined): number => TABLE[256 * number + (byte ?? 0)] ?? 0;

/** Goes on from `value`, the CRC-32 of what came before. */
export function crc32(bytes: Uint8Array, value = 0): number {
  let crc = ~value;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    crc =
      row(7, (crc ^ (bytes[at] ?? 0)) & 255) ^
      row(6, ((crc >>> 8) ^ (bytes[at + 1] ?? 0)) & 255) ^
      row(5, ((crc >>> 16) ^ (bytes[at + 2] ?? 0)) & 255) ^
      row(4, (crc >>> 24) ^ (bytes[at + 3] ?? 0)) ^
      row(3, bytes[at + 4]) ^
      row(2, bytes[at + 5]) ^
      row(1, bytes[at + 6]) ^
      row(0, bytes[at + 7]);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ row(0, (crc ^ (bytes[at] ?? 0)) & 255);
  return ~crc >>> 0;
}

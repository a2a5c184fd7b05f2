/** Whether text is so plain that its bytes are its characters, and JSON spells it in one way only. Asked of every leaf. */

/** Four bytes at a time: a quarter of what it takes one by one. Never read from elsewhere than the buffer it stands for. */
let words: Int32Array = new Int32Array(0);
const LOW_BITS = 0x0101_0101;
const HIGH_BITS = 0x8080_8080;
const SPACES = 0x2020_2020;
const BACKSLASHES = 0x5c5c_5c5c;

/** ASCII without escapes, and without what JSON would have to escape. */
export function isPlain(bytes: Uint8Array): boolean {
  if (words.buffer !== bytes.buffer)
    words = new Int32Array(bytes.buffer, 0, Math.floor(bytes.buffer.byteLength / 4));
  const from = Math.ceil(bytes.byteOffset / 4);
  const to = Math.floor((bytes.byteOffset + bytes.length) / 4);
  if (from >= to) return isPlainSlowly(bytes, 0, bytes.length);
  // The high bit of a byte is set where that byte, or one below it in the word, is not plain.
  let flaws = 0;
  for (let i = from; i < to; i += 1) {
    const word = words[i] ?? 0;
    const other = word ^ BACKSLASHES;
    flaws |= word | (word - SPACES) | ((other - LOW_BITS) & ~other);
  }
  if ((flaws & HIGH_BITS) !== 0) return false;
  const { byteOffset, length } = bytes;
  return isPlainSlowly(bytes, 0, from * 4 - byteOffset) && isPlainSlowly(bytes, to * 4 - byteOffset, length);
}

const [SPACE, BACKSLASH, LAST] = [32, 92, 127];

function isPlainSlowly(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte < SPACE || byte > LAST || byte === BACKSLASH) return false;
  }
  return true;
}

/** RFC 4648 sections 4 and 5, as Node reads and writes them. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ALPHABET = `${LETTERS}+/`;
const URL_ALPHABET = `${LETTERS}-_`;
const END = 64;
const SKIPPED = 65;

const VALUES = new Uint8Array(128).fill(SKIPPED);
for (const alphabet of [ALPHABET, URL_ALPHABET])
  for (let i = 0; i < alphabet.length; i += 1) VALUES[alphabet.charCodeAt(i)] = i;
VALUES['='.charCodeAt(0)] = END;

/** Both alphabets; ends at the first `=`, and passes over what is in neither. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let [length, bits, held] = [0, 0, 0];
  for (let i = 0; i < text.length; i += 1) {
    const value = VALUES[text.charCodeAt(i)] ?? SKIPPED;
    if (value === END) break;
    if (value === SKIPPED) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = held >> bits;
    length += 1;
  }
  return bytes.subarray(0, length);
}

export function encodeBase64(bytes: Uint8Array, forUrls = false): string {
  const alphabet = forUrls ? URL_ALPHABET : ALPHABET;
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += `${alphabet[group >> 18]}${alphabet[(group >> 12) & 63]}`;
    if (left > 1) text += alphabet[(group >> 6) & 63];
    if (left > 2) text += alphabet[group & 63];
  }
  return forUrls ? text : text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** The small fields that all these formats share, read in the one spelling that each has. */
import { HASH_BYTES } from '../tree/hashes.js';
import { malformed } from './note-error.js';

/** RFC 4648 section 4 with padding and nothing else: undefined where another text has the same bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Throws a NoteError that begins with `what`. */
export function parseHash(text: string, what: string): Buffer {
  const hash = decodeBase64(text);
  if (hash?.length !== HASH_BYTES) throw malformed(`${what} is not a SHA-256 hash in base64: ${quote(text)}`);
  return hash;
}

/** Decimal without leading zeros, up to 2^53 − 1. Throws a NoteError that begins with `what`. */
export function parseDecimal(text: string, what: string): number {
  const value = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw malformed(
      `${what} is not a decimal number without leading zeros, at most 2^53 - 1: ${quote(text)}`,
    );
  return value;
}

/** Enough of a foreign text to recognise it by, safe to print. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A proof is at most as long as the tree is high, once down and once up; C2SP tlog-witness sets this limit. */
export const MAX_PROOF_HASHES = 63;

/** Lines of hashes up to the first empty one, and the text behind that. Throws a NoteError. */
export function parseProofLines(text: string): { readonly proof: Buffer[]; readonly rest: string } {
  const proof: Buffer[] = [];
  for (let at = 0; ;) {
    const end = text.indexOf('\n', at);
    if (end < 0) throw malformed('the proof does not end with an empty line');
    const line = text.slice(at, end);
    at = end + 1;
    if (line === '') return { proof, rest: text.slice(at) };
    if (proof.length === MAX_PROOF_HASHES)
      throw malformed(`the proof has more than ${MAX_PROOF_HASHES} hashes`);
    proof.push(parseHash(line, `hash ${proof.length + 1} of the proof`));
  }
}

import { randomBytes } from 'node:crypto';
import { tokenHash } from '../access/token-text.js';

const HOW_MANY = 10;
/** Crockford's base 32: no letter that could be read as another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 24 × 5 = 120 bits: from 112 on a plain hash does (NIST SP 800-63B-4 section 3.1.2.2). */
const LENGTH = 24;

/** Ten new codes, as people write them down: six groups of four. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: HOW_MANY }, () => {
    const letters = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % 32]);
    return letters.join('').replaceAll(/(.{4})(?=.)/g, '$1-');
  });
}

/** What is stored of a code, by which it is found; undefined for what cannot be one. */
export function recoveryHash(code: string): Uint8Array | undefined {
  const bare = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return /^[0-9a-z]{24}$/.test(bare) ? tokenHash(`recovery ${bare}`) : undefined;
}

import { hash, randomBytes } from 'node:crypto';

/** A new API token: 256 random bits behind a prefix that secret scanners can look for. */
export function newTokenText(): string {
  return `cdn_${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a token. A plain SHA-256 does, because the text has too many bits to be guessed. */
export function tokenHash(text: string): Uint8Array {
  return hash('sha256', text, 'buffer');
}

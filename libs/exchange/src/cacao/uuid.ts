/** UUIDs of version 5 (RFC 9562 section 5.5): the same name gives the same id. SHA-1 is what the version is defined by. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** The namespace of ids that Cordon makes for CACAO documents. */
const NAMESPACE = Buffer.from('5d1c7a3e0b9f4f4e8a4b2f6d9c3e7a10', 'hex');

export function nameUuid(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

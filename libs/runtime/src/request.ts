import { createHash } from 'node:crypto';
import { canonicalJson } from '@cordon/kernel';

/** What makes two requests the same under one idempotency key: 32 bytes over the canonical request. */
export function requestHash(request: object): Uint8Array {
  return createHash('sha256').update(canonicalJson(request), 'utf8').digest();
}

/**
 * `node:crypto`, as far as the verifier uses it: SHA-256, and Ed25519 signatures that are verified. What a function gives
 * back is what Node's gives for the same arguments; crypto.spec.ts holds one against the other.
 */
import { Point } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { Buffer, bytesOf, textOf, type Encoding } from './buffer.js';

type OutputEncoding = 'hex' | 'base64' | 'base64url' | 'binary';

/** Throws for another algorithm than SHA-256. */
export function hash(algorithm: string, data: string | Uint8Array, encoding: 'buffer'): Buffer;
export function hash(algorithm: string, data: string | Uint8Array, encoding?: OutputEncoding): string;
export function hash(
  algorithm: string,
  data: string | Uint8Array,
  encoding: OutputEncoding | 'buffer' = 'hex',
): Buffer | string {
  onlySha256(algorithm);
  const digest = sha256(typeof data === 'string' ? bytesOf(data) : data);
  return encoding === 'buffer' ? Buffer.from(digest) : digestText(digest, encoding);
}

/** The same, piece by piece. */
export function createHash(algorithm: string): Hash {
  onlySha256(algorithm);
  return new Hash();
}

class Hash {
  private readonly inner = sha256.create();

  update(data: string | Uint8Array, encoding?: Encoding): this {
    this.inner.update(typeof data === 'string' ? bytesOf(data, encoding) : data);
    return this;
  }

  digest(): Buffer;
  digest(encoding: OutputEncoding): string;
  digest(encoding?: OutputEncoding): Buffer | string {
    const digest = this.inner.digest();
    return encoding === undefined ? Buffer.from(digest) : digestText(digest, encoding);
  }
}

/** `binary` is Node's other name for Latin-1. */
function digestText(digest: Uint8Array, encoding: OutputEncoding): string {
  return textOf(digest, encoding === 'binary' ? 'latin1' : encoding);
}

interface PublicKey {
  readonly bytes: Uint8Array;
}

/** An Ed25519 key as a JSON Web Key (RFC 8037); throws for any other. */
export function createPublicKey({
  key,
}: {
  readonly key: { readonly kty: string; readonly crv: string; readonly x: string };
  readonly format: 'jwk';
}): PublicKey {
  const bytes = bytesOf(key.x, 'base64url');
  if (key.kty !== 'OKP' || key.crv !== 'Ed25519' || bytes.length !== 32)
    throw new TypeError('only Ed25519 keys of 32 bytes are read');
  return { bytes };
}

/**
 * RFC 8032 section 5.1.7 in the form without the cofactor, which OpenSSL has: S is below the order, and [S]B − [k]A has
 * the very bytes of R. The library's own verification has the cofactor in it, and takes signatures of a key's owner that
 * other verifiers refuse.
 */
export function verify(
  algorithm: null,
  message: Uint8Array,
  { bytes: key }: PublicKey,
  signature: Uint8Array,
): boolean {
  if (algorithm !== null || signature.length !== 64) return false;
  const order = Point.CURVE().n;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= order) return false;
  let a: Point;
  try {
    a = Point.fromBytes(key, true);
  } catch {
    // Not the encoding of a point.
    return false;
  }
  const k = littleEndian(sha512(Buffer.concat([r, key, message]))) % order;
  const found = Point.BASE.multiply(s, false).add(a.negate().multiply(k, false));
  return Buffer.compare(found.toBytes(), r) === 0;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${textOf(Uint8Array.from(bytes).reverse(), 'hex')}`);
}

function onlySha256(algorithm: string): void {
  if (algorithm !== 'sha256') throw new TypeError(`${algorithm} is not known here; only sha256 is`);
}

import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { decodeBase64, encodeBase64, quote } from './fields.js';
import { malformed } from './note-error.js';

/** C2SP signed-note signature types that are understood here. */
export const ED25519 = 1;
export const COSIGNATURE = 4;

const ED25519_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;

/** A C2SP signed-note verifier key. */
export interface Vkey {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Buffer;
  /** 1: Ed25519 over the note's text; 4: time-stamped Ed25519 cosignature of a witness. */
  readonly type: number;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** `name+hex+base64`. */
  readonly text: string;
}

/** Whether a key may be called this: not empty, no plus, no space of any script, no control character. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s\p{Z}\p{Cc}+]/u.test(name);
}

/** Reads `name+hex+base64`. Throws a NoteError for another form, a key id that is not this key's, or a type besides 1 and 4. */
export function parseVkey(text: string): Vkey {
  const [name = '', id = '', ...rest] = text.split('+');
  const key = decodeBase64(rest.join('+'));
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id) || key === undefined || key.length === 0)
    throw malformed(`${quote(text)} is not a verifier key; one has the form name+8 hex digits+base64`);
  const type = key[0];
  if (type !== ED25519 && type !== COSIGNATURE)
    throw malformed(
      `the key ${quote(name)} has signature type ${type}; only 1 and 4 (both Ed25519) are supported`,
    );
  if (key.length !== 1 + ED25519_KEY_BYTES)
    throw malformed(`the key ${quote(name)} has ${key.length - 1} bytes; an Ed25519 key has 32`);
  const vkey = vkeyOf(name, key.subarray(1), type);
  if (vkey.keyId.toString('hex') !== id)
    throw malformed(
      `the key ${quote(name)} has the id ${vkey.keyId.toString('hex')}, not ${id}: was it mistyped?`,
    );
  return vkey;
}

/** Names a key: its id follows from name, type and public key. Throws a NoteError for a name that no key may have, or another length than 32 bytes. */
export function vkeyOf(name: string, publicKey: Uint8Array, type: number = ED25519): Vkey {
  if (!isKeyName(name)) throw malformed(`a key cannot be called ${quote(name)}: no spaces and no plus`);
  if (publicKey.length !== ED25519_KEY_BYTES)
    throw malformed(`the key ${quote(name)} has ${publicKey.length} bytes; an Ed25519 key has 32`);
  const typed = Buffer.concat([Buffer.from([type]), publicKey]);
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed]), 'buffer').subarray(
    0,
    4,
  );
  return {
    name,
    keyId,
    type,
    publicKey: Buffer.from(publicKey),
    text: `${name}+${keyId.toString('hex')}+${encodeBase64(typed)}`,
  };
}

/** RFC 8032 Ed25519. False for whatever does not verify, other lengths of key and signature among them. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false;
  return verify(null, message, keyObject(publicKey), signature);
}

function keyObject(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

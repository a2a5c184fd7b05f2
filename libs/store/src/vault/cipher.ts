/**
 * AES-256-GCM (NIST SP 800-38D) as the vault uses it: a random 96-bit nonce, then the ciphertext, then the 128-bit tag.
 * What the bytes are for and whose they are is additional data, so that nothing opens in another place than its own.
 *
 *     sealed value    "v1." base64url(nonce | ciphertext | tag)      under the subject's key
 *     wrapped key               nonce | ciphertext | tag              under the deployment's key; 60 bytes
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { TamperError } from '@cordon/kernel';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1.';

export const newKey = (): Buffer => randomBytes(KEY_BYTES);

/** Names a key without telling anything of it: 64 bits, hex. */
export function keyIdOf(key: Uint8Array): string {
  return createHmac('sha256', key).update('cordon vault key id').digest('hex').slice(0, 16);
}

/** A subject's key under the deployment's. Bound to the subject: it cannot be moved to another row. */
export function wrapKey(deploymentKey: Uint8Array, subject: string, subjectKey: Uint8Array): Buffer {
  return encrypt(deploymentKey, about('subject key', subject), subjectKey);
}

/** Throws a TamperError when the bytes are not this subject's key under this key. */
export function unwrapKey(deploymentKey: Uint8Array, subject: string, wrapped: Uint8Array): Buffer {
  const key = decrypt(deploymentKey, about('subject key', subject), wrapped);
  if (key?.length !== KEY_BYTES) throw new TamperError(`the key of ${subject} in the vault does not open`);
  return key;
}

export function sealText(key: Uint8Array, subject: string, purpose: string, plain: string): string {
  const sealed = encrypt(key, about(`value ${purpose}`, subject), Buffer.from(plain, 'utf8'));
  return VERSION + sealed.toString('base64url');
}

/** Throws a TamperError for text that was not sealed under this key for this subject and purpose. */
export function openText(key: Uint8Array, subject: string, purpose: string, sealed: string): string {
  const plain = isSealed(sealed)
    ? decrypt(key, about(`value ${purpose}`, subject), Buffer.from(sealed.slice(VERSION.length), 'base64url'))
    : undefined;
  if (!plain) throw new TamperError(`a sealed value of ${subject} does not open`);
  return plain.toString('utf8');
}

/** Whether the text has the shape of a sealed value; it may still not open. */
function isSealed(text: string): boolean {
  return /^v1\.[A-Za-z0-9_-]{38,}$/.test(text);
}

function about(what: string, subject: string): Buffer {
  return Buffer.from(JSON.stringify(['cordon vault 1', what, subject]), 'utf8');
}

function encrypt(key: Uint8Array, additional: Buffer, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, additional: Buffer, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additional).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
  } catch {
    // The tag does not fit: the only thing that can fail here.
    return undefined;
  }
}

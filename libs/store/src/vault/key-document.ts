/**
 * The deployment's key as a file holds it. One JSON document:
 *
 *     {"format":"cordon-vault-key/1","key":"<base64url, 32 bytes>","retired":["<key id>",…],"subjects":{"<id>":"<wrapped>"}}
 *
 * `retired` names the keys that were destroyed before this one came, and `subjects` holds the wrapped keys of everybody
 * who was there when it came: with them a database that is older than the file (a restored backup, a standby that lost
 * the last commits) opens again, but for the people who were erased since.
 */
import { isJsonObject } from '@cordon/kernel';
import { KEY_BYTES, keyIdOf, newKey } from './cipher.js';

const FORMAT = 'cordon-vault-key/1';

export interface DeploymentKey {
  /** Follows from the key; the database names the key that counts by it. */
  readonly id: string;
  readonly key: Buffer;
  readonly retired: readonly string[];
  /** Wrapped under this key. */
  readonly subjects: ReadonlyMap<string, Buffer>;
}

export function firstKey(): DeploymentKey {
  const key = newKey();
  return { id: keyIdOf(key), key, retired: [], subjects: new Map() };
}

export function writeDocument({ key, retired, subjects }: DeploymentKey): string {
  const wrapped = [...subjects].map(([subject, bytes]) => [subject, bytes.toString('base64url')]);
  return `${JSON.stringify({
    format: FORMAT,
    key: key.toString('base64url'),
    retired,
    subjects: Object.fromEntries(wrapped),
  })}\n`;
}

/** Undefined for anything that `writeDocument` did not make: cut off, overwritten, or something else. */
export function readDocument(text: string): DeploymentKey | undefined {
  const document = parsed(text);
  if (!isJsonObject(document) || document.format !== FORMAT) return undefined;
  const { key: encoded, retired, subjects } = document;
  if (typeof encoded !== 'string' || !Array.isArray(retired) || !isJsonObject(subjects)) return undefined;
  const key = Buffer.from(encoded, 'base64url');
  if (key.length !== KEY_BYTES) return undefined;
  const wrapped = Object.entries(subjects).map(([subject, bytes]): [string, Buffer] => [
    subject,
    Buffer.from(typeof bytes === 'string' ? bytes : '', 'base64url'),
  ]);
  return { id: keyIdOf(key), key, retired: retired.map(String), subjects: new Map(wrapped) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

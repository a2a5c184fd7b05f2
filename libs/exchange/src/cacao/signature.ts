/**
 * Signatures of CACAO documents (specification section 10.16, JSS). What is signed is the document with one signature
 * that lacks its value and without all others, canonical (RFC 8785), hashed, and the hash **as lower-case
 * hexadecimal text** signed: that is what the standard's own example does, and what is made here. Signatures over the
 * bytes of the hash, or over the canonical text, are recognised too.
 */
import { Buffer } from 'node:buffer';
import { constants, createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson, isJsonObject, type JsonObject } from '@cordon/kernel';
import { listOf, pointerOf, shorten, textOf, type CacaoDocument, type Findings } from './document.js';

/** What was signed, of the forms that are met. */
export type SignedForm = 'hash-hex' | 'hash-bytes' | 'canonical';

export type SignatureCheck =
  | { readonly outcome: 'valid'; readonly form: SignedForm }
  /** The key does not fit, or the document was changed. */
  | { readonly outcome: 'invalid' }
  /** Nothing can be said: `reason` names what is missing. */
  | { readonly outcome: 'unknown'; readonly reason: string };

const HASHES = new Set(['sha-256', 'sha-384', 'sha-512']);

interface Algorithm {
  readonly hash: string | null;
  readonly padding?: number;
  readonly ec?: true;
}

/** Names of RFC 7518 and 8037; the quantum-safe ones of the vocabulary are not in Node's library. */
function algorithmOf(name: string): Algorithm | undefined {
  const [, family, size] = /^(RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  if (family === 'RS') return { hash: `sha${size}`, padding: constants.RSA_PKCS1_PADDING };
  if (family === 'PS') return { hash: `sha${size}`, padding: constants.RSA_PKCS1_PSS_PADDING };
  if (family === 'ES') return { hash: `sha${size}`, ec: true };
  return name === 'Ed25519' || name === 'Ed448' ? { hash: null } : undefined;
}

/** What is hashed for the signature: the document with it alone, without its value. Throws where JSON has no form. */
export function signedText(document: CacaoDocument, signature: JsonObject): string {
  const { value: _value, ...unsigned } = signature;
  return canonicalJson({ ...document, signatures: [unsigned] });
}

function digestOf(text: string, hashAlgorithm: string): Buffer {
  return createHash(hashAlgorithm.replace('-', '')).update(text, 'utf8').digest();
}

/**
 * Checks one signature of a document against the key that it carries (or `key`). A valid signature says that the
 * holder of the key signed exactly this; whose key it is, the caller must know. Never throws.
 */
export function verifySignature(
  document: CacaoDocument,
  signature: JsonObject,
  key?: KeyObject,
): SignatureCheck {
  const algorithm = algorithmOf(textOf(signature, 'algorithm') ?? '');
  const hash = (textOf(signature, 'hash_algorithm') ?? '').toLowerCase();
  const value = textOf(signature, 'value');
  if (value === undefined) return { outcome: 'unknown', reason: 'it has no value' };
  if (!algorithm) return { outcome: 'unknown', reason: 'its algorithm is not known here' };
  if (!HASHES.has(hash)) return { outcome: 'unknown', reason: 'its hash algorithm is not known here' };
  const publicKey = key ?? carriedKey(signature);
  if (!publicKey) return { outcome: 'unknown', reason: 'it carries no public key that can be read' };
  try {
    const text = signedText(document, signature);
    const digest = digestOf(text, hash);
    const forms: readonly (readonly [SignedForm, Buffer])[] = [
      ['hash-hex', Buffer.from(digest.toString('hex'), 'ascii')],
      ['hash-bytes', digest],
      ['canonical', Buffer.from(text, 'utf8')],
    ];
    const bytes = Buffer.from(value, 'base64url');
    for (const [form, data] of forms) {
      if (verify(algorithm.hash, data, keyInput(publicKey, algorithm), bytes))
        return { outcome: 'valid', form };
    }
    return { outcome: 'invalid' };
  } catch {
    return { outcome: 'unknown', reason: 'its key does not fit its algorithm' };
  }
}

function keyInput(key: KeyObject, { padding, ec }: Algorithm) {
  return {
    key,
    ...(padding === undefined
      ? {}
      : {
          padding,
          ...(padding === constants.RSA_PKCS1_PSS_PADDING
            ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
            : {}),
        }),
    ...(ec ? { dsaEncoding: 'ieee-p1363' as const } : {}),
  };
}

/** The PEM body in `public_key`, or the key of the first certificate of the chain. */
function carriedKey(signature: JsonObject): KeyObject | undefined {
  const body = textOf(signature, 'public_key');
  const [certificate] = listOf(signature, 'public_cert_chain');
  try {
    if (body !== undefined) return createPublicKey(pem('PUBLIC KEY', body));
    if (typeof certificate === 'string') return createPublicKey(pem('CERTIFICATE', certificate));
  } catch {
    return undefined;
  }
  return undefined;
}

function pem(label: string, body: string): string {
  const compact = body.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  const lines = compact.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export interface SigningOptions {
  readonly privateKey: KeyObject;
  /** A name of RFC 7518 or 8037, such as RS256, ES256 or Ed25519. */
  readonly algorithm: string;
  /** Ids and times of the signature; `id` begins with `jss--`. */
  readonly id: string;
  readonly at: string;
  readonly signee: string;
  readonly createdBy?: string;
}

/** The document with one more signature, by SHA-256. Throws a TypeError where key and algorithm do not go together. */
export function signDocument(document: CacaoDocument, options: SigningOptions): CacaoDocument {
  const algorithm = algorithmOf(options.algorithm);
  if (!algorithm) throw new TypeError(`there is no signature algorithm ${options.algorithm} here`);
  const publicKey = createPublicKey(options.privateKey)
    .export({ type: 'spki', format: 'der' })
    .toString('base64');
  const unsigned: JsonObject = {
    type: 'jss',
    id: options.id,
    ...(options.createdBy === undefined ? {} : { created_by: options.createdBy }),
    ...{ created: options.at, modified: options.at, signee: options.signee },
    related_to: document['id'] ?? null,
    related_version: document['modified'] ?? null,
    ...{ hash_algorithm: 'sha-256', algorithm: options.algorithm, public_key: publicKey },
  };
  const hex = digestOf(signedText(document, unsigned), 'sha-256').toString('hex');
  const value = sign(algorithm.hash, Buffer.from(hex, 'ascii'), keyInput(options.privateKey, algorithm));
  const signature = { ...unsigned, value: value.toString('base64url') };
  return { ...document, signatures: [...listOf(document, 'signatures'), signature] };
}

/** Says of every signature what it is worth, before anything is left out of the document. */
export function noteSignatures(document: CacaoDocument, findings: Findings): void {
  listOf(document, 'signatures')
    .slice(0, MOST_CHECKED)
    .forEach((signature, i) => {
      const pointer = pointerOf('signatures', i);
      if (!isJsonObject(signature)) {
        findings.add('warning', pointer, 'this signature is no object');
        return;
      }
      const signee = shorten(textOf(signature, 'signee') ?? 'nobody named', 80);
      const check = verifySignature(document, signature);
      if (check.outcome === 'valid') {
        findings.add(
          'note',
          pointer,
          `the signature of ${signee} fits the document and the key in it; whose key that is, you must know`,
        );
      } else if (check.outcome === 'invalid') {
        findings.add(
          'warning',
          pointer,
          `the signature of ${signee} does not fit: the document was changed, or the key is another`,
        );
      } else {
        findings.add('warning', pointer, `the signature of ${signee} cannot be checked: ${check.reason}`);
      }
    });
}

/** A public-key operation each: a document of a megabyte could ask for thousands. */
const MOST_CHECKED = 20;

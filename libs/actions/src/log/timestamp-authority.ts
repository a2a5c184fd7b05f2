/** RFC 3161: asks a time-stamp authority to say that these bytes existed now. */
import { createHash, randomBytes } from 'node:crypto';
import { OperationalError } from '@cordon/kernel';
import type { TimestampAuthority } from '@cordon/runtime';
import { contentOf, der, DerError, derInteger, inside, readDer, TAG } from './der.js';
import { bodyWithin, httpUrl, nameOf } from './http-url.js';

export interface TimestampAuthorityOptions {
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** A reply with a chain of certificates has 2 to 8 KiB. */
const MAX_REPLY_BYTES = 64 * 1024;
const NONCE_BYTES = 16;
/** 2.16.840.1.101.3.4.2.1 with its NULL parameter. */
const SHA256 = der(TAG.sequence, der(TAG.oid, Buffer.from('608648016503040201', 'hex')), der(TAG.null));
const VERSION_1 = derInteger(Buffer.from([1]));
const CERT_REQ = der(TAG.boolean, Buffer.from([0xff]));
/** PKIStatus: 0 granted, 1 granted with modifications. */
const GRANTED = [0, 1];

/**
 * Asks the authority at this address. `stamp` resolves with the whole reply (TimeStampResp), as it goes into a bundle: it
 * was granted, and is over the SHA-256 of these bytes and for this request. Whether its signature holds is the verifier's
 * to check, with the authority's certificate. Rejects with an OperationalError. Throws a TypeError for a URL that is not
 * http or https.
 */
export function timestampAuthority(url: string, options: TimestampAuthorityOptions = {}): TimestampAuthority {
  const { timeoutMs = TIMEOUT_MS } = options;
  const { href, host } = httpUrl(url, 'the URL of the time-stamp authority');
  return {
    async stamp(message) {
      const imprint = der(
        TAG.sequence,
        SHA256,
        der(TAG.octets, createHash('sha256').update(message).digest()),
      );
      const nonce = derInteger(randomBytes(NONCE_BYTES));
      const reply = await post(href, host, der(TAG.sequence, VERSION_1, imprint, nonce, CERT_REQ), timeoutMs);
      const fault = faultOf(reply, imprint, nonce);
      if (fault !== undefined) throw new OperationalError(`the time-stamp authority ${host} ${fault}`, true);
      return reply;
    },
  };
}

async function post(href: string, host: string, query: Buffer, timeoutMs: number): Promise<Buffer> {
  try {
    const response = await fetch(href, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      body: new Uint8Array(query),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const reply = await bodyWithin(response, MAX_REPLY_BYTES);
    if (response.status === 200) return reply;
    throw new OperationalError(`the time-stamp authority ${host} answered ${response.status}`, true);
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    if (error instanceof RangeError)
      throw new OperationalError(`the time-stamp authority ${host}: ${error.message}`, true);
    throw new OperationalError(`the time-stamp authority ${host} did not answer (${nameOf(error)})`, true);
  }
}

/** What is wrong with the reply, as the end of a sentence; undefined when nothing is. */
function faultOf(reply: Buffer, imprint: Buffer, nonce: Buffer): string | undefined {
  try {
    const [response, ...rest] = readDer(reply);
    const [statusInfo, token] = inside(response, TAG.sequence);
    const status = contentOf(inside(statusInfo, TAG.sequence)[0], TAG.integer);
    if (rest.length > 0) return 'sent more than a reply';
    if (status.length !== 1 || !GRANTED.includes(status[0] ?? -1))
      return `did not grant the time-stamp (status ${BigInt(`0x${status.toString('hex') || '0'}`)})`;
    const stamped = tstInfoOf(contentOf(token, TAG.sequence));
    const [, , hashed, , , ...optional] = stamped;
    if (hashed === undefined || !der(hashed.tag, hashed.content).equals(imprint))
      return 'stamped something else';
    const integer = optional.find(({ tag }) => tag === TAG.integer);
    if (integer === undefined || !der(integer.tag, integer.content).equals(nonce))
      return 'answered another request (the nonce differs)';
    return undefined;
  } catch (error) {
    if (error instanceof DerError) return `sent something that is no reply: ${error.message}`;
    throw error;
  }
}

/** The members of TSTInfo, out of ContentInfo, SignedData and EncapsulatedContentInfo (RFC 5652). */
function tstInfoOf(token: Buffer): ReturnType<typeof readDer> {
  const [, content] = readDer(token);
  const [signedData] = inside(content, TAG.context0);
  const [, , encapsulated] = inside(signedData, TAG.sequence);
  const [, explicit] = inside(encapsulated, TAG.sequence);
  const [octets] = inside(explicit, TAG.context0);
  return inside(readDer(contentOf(octets, TAG.octets))[0], TAG.sequence);
}

/**
 * RFC 3161 time-stamps of a bundle: that the reply is over these bytes, that its signature holds, and who signed it. The
 * same is to be had from `openssl ts -verify`.
 */
import { createHash, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { type ASN1Obj, RFC3161Timestamp, X509Certificate as Asn1Certificate } from '@sigstore/core';

export type TimestampVerdict =
  | {
      readonly ok: true;
      readonly time: Date;
      /** Subject of the authority's certificate, in one line. */
      readonly signer: string;
      /** Whether the certificate leads to the given CA. False where none was given: then anybody may have signed. */
      readonly anchored: boolean;
    }
  | { readonly ok: false; readonly reason: string };

/** What is wrong with a reply; the message is the reason. */
class TimestampFault extends Error {
  override readonly name = 'TimestampFault';
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const RSA_PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
/** Of a certificate that is meant by its hash alone (RFC 2634); nothing is signed with it. */
const SHA1 = 'sha1';
const MAX_REPLY_BYTES = 1024 * 1024;
const MAX_CHAIN = 8;

/**
 * Verifies a reply (TimeStampResp) over a message: granted, the message's hash, the signature over the signed attributes,
 * the certificate that they name, its purpose (critical, time-stamping alone), and with `caPem` its chain to one of these
 * certificates, all valid at the time that is stamped. Whether a certificate was revoked is not asked. Never throws.
 */
export function verifyTimestamp(reply: Uint8Array, message: Uint8Array, caPem?: string): TimestampVerdict {
  try {
    if (reply.length > MAX_REPLY_BYTES) throw new TimestampFault('the reply is longer than 1 MiB');
    const anchors = caPem === undefined ? undefined : certificatesIn(caPem);
    return verified(RFC3161Timestamp.parse(Buffer.from(reply)), Buffer.from(message), anchors);
  } catch (error) {
    if (error instanceof TimestampFault) return { ok: false, reason: error.message };
    // The parser throws whatever its walk over foreign bytes comes upon.
    return {
      ok: false,
      reason: `the reply cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
    };
  }
}

function verified(
  reply: RFC3161Timestamp,
  message: Buffer,
  anchors: readonly X509Certificate[] | undefined,
): TimestampVerdict {
  need(reply.status === 0n || reply.status === 1n, `the time-stamp was not granted (status ${reply.status})`);
  const token = reply.root.subs[1];
  need(token !== undefined, 'the reply holds no time-stamp');
  need(reply.contentType === SIGNED_DATA && reply.eContentType === TST_INFO, 'the reply holds no time-stamp');
  const { tstInfo } = reply;
  const hash = tstInfo.messageImprintHashAlgorithm as string | undefined;
  need(hash !== undefined, 'the message was hashed with something else than SHA-256, SHA-384 or SHA-512');
  need(
    same(createHash(hash).update(message).digest(), tstInfo.messageImprintHashedMessage),
    'the time-stamp is over another message',
  );
  const { certificates, signer, content } = partsOf(token);
  const certificate = signerOf(signer, certificates);
  verifySignature(signer, content, certificate);
  const time = timeOf(tstInfo.root.subs[4]);
  verifyPurpose(certificate);
  verifyDates(certificate, time);
  if (anchors !== undefined) verifyChain(certificate, certificates, anchors, time);
  return { ok: true, time, signer: lineOf(certificate), anchored: anchors !== undefined };
}

interface Parts {
  readonly certificates: readonly X509Certificate[];
  readonly signer: ASN1Obj;
  /** TSTInfo as it was signed. */
  readonly content: Buffer;
}

/** ContentInfo, SignedData (RFC 5652): one signer, as RFC 3161 has it. */
function partsOf(token: ASN1Obj): Parts {
  const signedData = at(at(token, 1), 0);
  const content = at(at(at(signedData, 2), 1), 0).value;
  const listed = signedData.subs.slice(3).find(({ tag }) => tag.isContextSpecific(0));
  const signers = signedData.subs.at(-1)?.subs ?? [];
  const [signer] = signers;
  need(signer !== undefined && signers.length === 1, 'the time-stamp has no signer, or more than one');
  const certificates =
    listed === undefined ? [] : valuesIn(listed.value).map((raw) => new X509Certificate(raw));
  need(certificates.length > 0, 'the reply holds no certificate of the authority');
  return { certificates, signer, content };
}

/** By the hash that is among what was signed (ESSCertID, RFC 5816), so that no other certificate can be put in its place. */
function signerOf(signer: ASN1Obj, certificates: readonly X509Certificate[]): X509Certificate {
  const v2 = attribute(signer, SIGNING_CERTIFICATE_V2);
  const named = v2 ?? attribute(signer, SIGNING_CERTIFICATE);
  need(named !== undefined, 'the time-stamp does not say which certificate signed it');
  const essCertId = at(at(named, 0), 0);
  const first = at(essCertId, 0);
  const algorithm = first.tag.isOctetString() ? (v2 ? 'sha256' : SHA1) : HASHES[at(first, 0).toOID()];
  const expected = first.tag.isOctetString() ? first.value : at(essCertId, 1).value;
  need(algorithm !== undefined, 'the certificate that signed is named by an unknown hash');
  const found = certificates.find(({ raw }) => same(createHash(algorithm).update(raw).digest(), expected));
  need(found !== undefined, 'the certificate that signed is not in the reply');
  return found;
}

/** RFC 5652 section 5.4: over the DER of the signed attributes as a SET, with the hash of the content among them. */
function verifySignature(signer: ASN1Obj, content: Buffer, certificate: X509Certificate): void {
  const hash = HASHES[at(at(signer, 2), 0).toOID()];
  need(hash !== undefined, 'the time-stamp is signed with something else than SHA-256, SHA-384 or SHA-512');
  const attributes = at(signer, 3);
  need(attributes.tag.isContextSpecific(0), 'the time-stamp has no signed attributes');
  need(
    attribute(signer, CONTENT_TYPE)?.toOID() === TST_INFO,
    'the signed attributes name another kind of content',
  );
  const digest = attribute(signer, MESSAGE_DIGEST)?.value ?? Buffer.alloc(0);
  need(
    same(createHash(hash).update(content).digest(), digest),
    'the time-stamp was changed after it was signed',
  );
  need(
    at(at(signer, 4), 0).toOID() !== RSA_PSS,
    'the signature has the form RSA-PSS, which is not understood',
  );
  const signed = Buffer.concat([setHeader(attributes.value.length), attributes.value]);
  const key = certificate.publicKey;
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : hash;
  need(verify(algorithm, signed, key, at(signer, 5).value), 'the signature does not verify');
}

/** The one value of a signed attribute; undefined where there is none, or more than one. */
function attribute(signer: ASN1Obj, oid: string): ASN1Obj | undefined {
  const found = at(signer, 3).subs.filter(({ subs }) => subs[0]?.toOID() === oid);
  const values = found[0]?.subs[1]?.subs ?? [];
  return found.length === 1 && values.length === 1 ? values[0] : undefined;
}

/** RFC 3161 section 2.3: the certificate serves time-stamping and nothing else, and says so with weight. */
function verifyPurpose(certificate: X509Certificate): void {
  const extension = Asn1Certificate.parse(Buffer.from(certificate.raw)).extension(EXTENDED_KEY_USAGE);
  const purposes = certificate.keyUsage as readonly string[] | undefined;
  need(
    extension?.critical === true && purposes?.length === 1 && purposes[0] === TIME_STAMPING,
    `the certificate ${lineOf(certificate)} is not one for time-stamping alone (critical extended key usage)`,
  );
}

function verifyChain(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  time: Date,
): void {
  const isAnchor = (certificate: X509Certificate): boolean =>
    anchors.some(({ raw }) => raw.equals(certificate.raw));
  let current = leaf;
  for (let length = 1; length <= MAX_CHAIN; length++) {
    if (isAnchor(current)) return;
    const below = current;
    const issuer = [...anchors, ...others].find((candidate) => issued(candidate, below));
    need(issuer !== undefined, `the certificate ${lineOf(leaf)} does not lead to the given CA`);
    need(
      issuer !== below,
      `the certificate ${lineOf(leaf)} leads to ${lineOf(issuer)}, which is not the given CA`,
    );
    verifyDates(issuer, time);
    current = issuer;
  }
  throw new TimestampFault(`the chain of ${lineOf(leaf)} is longer than ${MAX_CHAIN}`);
}

function issued(candidate: X509Certificate, below: X509Certificate): boolean {
  return candidate.ca && below.checkIssued(candidate) && below.verify(candidate.publicKey);
}

function verifyDates(certificate: X509Certificate, time: Date): void {
  const isValid =
    Date.parse(certificate.validFrom) <= time.getTime() && time.getTime() <= Date.parse(certificate.validTo);
  need(isValid, `the certificate ${lineOf(certificate)} was not valid at ${time.toISOString()}`);
}

/** GeneralizedTime with any number of decimals (RFC 3161 section 2.4.2); what is finer than a millisecond is cut off. */
function timeOf(value: ASN1Obj | undefined): Date {
  const text = value?.value.toString('latin1') ?? '';
  const [, year, month, day, hours, minutes, seconds, decimals = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/.exec(text) ?? [];
  const time = new Date(
    `${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${decimals.slice(0, 3).padEnd(3, '0')}Z`,
  );
  need(
    value?.tag.isGeneralizedTime() === true && !Number.isNaN(time.getTime()),
    'the time-stamp holds no time',
  );
  return time;
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  need(blocks.length > 0, 'the file of the CA holds no certificate in PEM form');
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new TimestampFault('the file of the CA holds a certificate that cannot be read');
    }
  });
}

/** The values that lie one after the other in these bytes, as they are: written again, one might come out otherwise. */
function valuesIn(bytes: Buffer): readonly Buffer[] {
  const values: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const first = bytes[start + 1] ?? 0;
    const more = first > 0x80 ? first - 0x80 : 0;
    need(more <= 4 && start + 2 + more <= bytes.length, 'the certificates in the reply cannot be read');
    const length = more === 0 ? first : bytes.readUIntBE(start + 2, more);
    const end = start + 2 + more + length;
    values.push(bytes.subarray(start, end));
    start = end;
  }
  return values;
}

function setHeader(length: number): Buffer {
  if (length < 0x80) return Buffer.from([0x31, length]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  need(length < 0x1_0000, 'the signed attributes are longer than 64 KiB');
  return Buffer.from([0x31, 0x80 + bytes.length, ...bytes]);
}

function at(parent: ASN1Obj, index: number): ASN1Obj {
  const found = parent.subs[index];
  need(found !== undefined, 'the time-stamp has not the form of RFC 3161');
  return found;
}

function lineOf({ subject }: X509Certificate): string {
  return subject.split('\n').join(', ');
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function need(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new TimestampFault(reason);
}

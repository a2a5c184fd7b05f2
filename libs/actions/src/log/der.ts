/** As much of DER (X.690) as a time-stamp request and the answer to it need. */

/** Tag bytes. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  context0: 0xa0,
} as const;

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

/** Bytes that are not DER, or not of the form that was expected. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** One value: tag, length in its shortest form, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

/** A positive integer from big-endian bytes: shortest form, never negative. */
export function derInteger(bytes: Uint8Array): Buffer {
  const from = bytes.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(from));
  const isNegative = (digits[0] ?? 0) > 0x7f;
  return der(TAG.integer, isNegative ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** The values that lie one after the other in these bytes. Throws a DerError. */
export function readDer(bytes: Uint8Array): readonly DerValue[] {
  const buffer = Buffer.from(bytes);
  const values: DerValue[] = [];
  for (let at = 0; at < buffer.length;) {
    const { tag, start, end } = headerAt(buffer, at);
    values.push({ tag, content: buffer.subarray(start, end) });
    at = end;
  }
  return values;
}

/** The values inside one that must have this tag. Throws a DerError. */
export function inside(value: DerValue | undefined, tag: number): readonly DerValue[] {
  return readDer(contentOf(value, tag));
}

/** The content of a value that must have this tag. Throws a DerError. */
export function contentOf(value: DerValue | undefined, tag: number): Buffer {
  if (value === undefined || value.tag !== tag)
    throw new DerError(
      `there is ${value === undefined ? 'nothing' : `tag ${value.tag}`} where tag ${tag} was expected`,
    );
  return value.content;
}

function headerAt(buffer: Buffer, at: number): { tag: number; start: number; end: number } {
  const tag = buffer[at] ?? 0;
  const first = buffer[at + 1];
  if (first === undefined) throw new DerError('the bytes end within a value');
  if ((tag & 0x1f) === 0x1f || first === 0x80 || first > 0x84)
    throw new DerError('a tag or length has a form that is not used here');
  const lengthBytes = first > 0x80 ? first - 0x80 : 0;
  const start = at + 2 + lengthBytes;
  if (start > buffer.length) throw new DerError('the bytes end within a value');
  const length = lengthBytes === 0 ? first : buffer.readUIntBE(at + 2, lengthBytes);
  if (start + length > buffer.length) throw new DerError('the bytes end within a value');
  return { tag, start, end: start + length };
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const digits = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([0x80 + digits.length]), digits]);
}

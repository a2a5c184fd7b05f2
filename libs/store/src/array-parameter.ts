/**
 * Arrays as PostgreSQL's own binary format (`array_send` and the `*_send` of the element types): the driver hands a
 * Buffer on as it is, so nothing is spelled out, escaped and read again on the way. A statement that takes one has to
 * name the type (`$1::text[]`), because the format carries the element's type and the server compares the two.
 */
import { invariant, type EpochMs } from '@cordon/kernel';

/** One type of elements: its object identifier in every PostgreSQL, and how a value is laid out. */
interface Element<Value> {
  readonly oid: number;
  /** Bytes of the value. */
  size(value: Value): number;
  /** Writes exactly `size` bytes. */
  write(value: Value, into: Buffer, at: number): void;
}

type Nullable<Value> = readonly (Value | null | undefined)[];

const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const WORD = 2 ** 32;
/** Instants count from 2000-01-01T00:00:00Z, in microseconds. */
const EPOCH_OFFSET_MS = 946_684_800_000;
const US_PER_MS = 1_000;
/** `infinity`, later than every instant: the greatest number of eight bytes. */
const INFINITY_HIGH = 0x7fff_ffff;
const INFINITY_LOW = 0xffff_ffff;

/** One dimension, or none where there are no values, as the server writes an empty array. */
function arrayOf<Value>(element: Element<Value>, values: Nullable<Value>): Buffer {
  let size = HEADER_BYTES + (values.length > 0 ? DIMENSION_BYTES : 0);
  let holes = 0;
  for (const value of values) {
    size += LENGTH_BYTES;
    if (value === null || value === undefined) holes += 1;
    else size += element.size(value);
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(values.length > 0 ? 1 : 0, 0);
  bytes.writeInt32BE(holes > 0 ? 1 : 0, 4);
  bytes.writeInt32BE(element.oid, 8);
  if (values.length === 0) return bytes;
  bytes.writeInt32BE(values.length, HEADER_BYTES);
  bytes.writeInt32BE(1, HEADER_BYTES + 4);
  let at = HEADER_BYTES + DIMENSION_BYTES;
  for (const value of values) {
    const absent = value === null || value === undefined;
    const length = absent ? NULL_LENGTH : element.size(value);
    bytes.writeInt32BE(length, at);
    at += LENGTH_BYTES;
    if (absent) continue;
    element.write(value, bytes, at);
    at += length;
  }
  return bytes;
}

const INT4: Element<number> = {
  oid: 23,
  size: () => 4,
  write: (value, into, at) => void into.writeInt32BE(value, at),
};

const INT8: Element<number> = { oid: 20, size: () => 8, write: writeInt64 };

const BOOL: Element<boolean> = {
  oid: 16,
  size: () => 1,
  write: (value, into, at) => void into.writeUInt8(value ? 1 : 0, at),
};

const TEXT: Element<string> = {
  oid: 25,
  size: (value) => Buffer.byteLength(value),
  write: (value, into, at) => void into.write(value, at),
};

const BYTEA: Element<Uint8Array> = {
  oid: 17,
  size: (value) => value.length,
  write: (value, into, at) => void into.set(value, at),
};

const TIMESTAMPTZ: Element<EpochMs> = { oid: 1184, size: () => 8, write: writeInstant };

/** A whole number that JavaScript holds exactly, in eight bytes. */
function writeInt64(value: number, into: Buffer, at: number): void {
  invariant(Number.isSafeInteger(value), `${value} is no whole number that can be held exactly`);
  const high = Math.floor(value / WORD);
  into.writeInt32BE(high, at);
  into.writeUInt32BE(value - high * WORD, at + 4);
}

function writeInstant(at: EpochMs, into: Buffer, offset: number): void {
  if (at === Infinity) {
    into.writeInt32BE(INFINITY_HIGH, offset);
    into.writeUInt32BE(INFINITY_LOW, offset + 4);
    return;
  }
  const us = (at - EPOCH_OFFSET_MS) * US_PER_MS;
  // Beyond the year 2285 microseconds are more than a number holds exactly.
  if (Number.isSafeInteger(us)) writeInt64(us, into, offset);
  else into.writeBigInt64BE(BigInt(at - EPOCH_OFFSET_MS) * BigInt(US_PER_MS), offset);
}

/** `int[]` */
export const int4s = (values: Nullable<number>): Buffer => arrayOf(INT4, values);
/** `bigint[]`, of numbers up to 2⁵³. */
export const int8s = (values: Nullable<number>): Buffer => arrayOf(INT8, values);
/** `boolean[]` */
export const booleans = (values: Nullable<boolean>): Buffer => arrayOf(BOOL, values);
/** `text[]`; U+0000 is refused by the server. */
export const texts = (values: Nullable<string>): Buffer => arrayOf(TEXT, values);
/** `bytea[]` */
export const byteas = (values: Nullable<Uint8Array>): Buffer => arrayOf(BYTEA, values);
/** `timestamptz[]`; `Infinity` is later than every instant. */
export const instants = (values: Nullable<EpochMs>): Buffer => arrayOf(TIMESTAMPTZ, values);

/**
 * The records of a zip file, in the one form that a bundle has (docs/audit.md section 4; PKWARE APPNOTE 6.3.10 sections
 * 4.3.7 to 4.3.16). Every field, in order:
 *
 * - local header: signature, version needed (20; 45 with ZIP64), flags (0, or 8 for a streamed member), method 0, time 0,
 *   date 0x0021, CRC-32, size twice, length of the name, length of the extra field, name, extra field. A streamed member
 *   has 0 for CRC-32 and sizes; one that may need ZIP64 has 0xFFFFFFFF for the sizes, and the extra field 0x0001 with two
 *   zeros of 8 bytes.
 * - data descriptor of a streamed member: signature, CRC-32, size twice; sizes have 8 bytes where its header has ZIP64.
 * - central record: signature, version made by (as needed, MS-DOS), version needed (45 also where the local header has
 *   ZIP64), flags, method, time, date, CRC-32, size twice, lengths of name, extra and comment, disk 0, attributes 0 and 0,
 *   offset, name, extra field. The extra field 0x0001 holds only what does not fit: size twice, then offset.
 * - where the number of members, or size or offset of the central directory, does not fit: ZIP64 end record and locator.
 * - end record, without a comment.
 *
 * A value does not fit when it is 0xFFFFFFFF or more (the number of members: 0xFFFF).
 */

export const U32 = 0xffff_ffff;
const U16 = 0xffff;
const DATE = 0x0021;
const PLAIN_VERSION = 20;
const ZIP64_VERSION = 45;
const STREAMED = 0x0008;

export interface ZipRecord {
  readonly path: string;
  readonly bytes: number;
  readonly crc32: number;
  readonly offset: number;
  /** CRC-32 and size stand in a data descriptor. */
  readonly streamed: boolean;
  /** A streamed member whose header and descriptor have room for more than 4 GiB. */
  readonly wide: boolean;
}

export function localHeader({ path, bytes, crc32, streamed, wide }: Omit<ZipRecord, 'offset'>): Buffer {
  const size = wide ? U32 : streamed ? 0 : bytes;
  const extra = wide ? zip64Extra([0, 0]) : EMPTY;
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  writeCommon(head, 4, { path, streamed, wide, extra });
  head.writeUInt32LE(streamed ? 0 : crc32, 14);
  head.writeUInt32LE(size, 18);
  head.writeUInt32LE(size, 22);
  return Buffer.concat([head, Buffer.from(path, 'ascii'), extra]);
}

export function dataDescriptor({ bytes, crc32, wide }: Pick<ZipRecord, 'bytes' | 'crc32' | 'wide'>): Buffer {
  const tail = Buffer.alloc(wide ? 24 : 16);
  tail.writeUInt32LE(0x0807_4b50, 0);
  tail.writeUInt32LE(crc32, 4);
  if (wide) {
    tail.writeBigUInt64LE(BigInt(bytes), 8);
    tail.writeBigUInt64LE(BigInt(bytes), 16);
  } else {
    tail.writeUInt32LE(bytes, 8);
    tail.writeUInt32LE(bytes, 12);
  }
  return tail;
}

export function centralRecord({ path, bytes, crc32, offset, streamed, wide }: ZipRecord): Buffer {
  const large = bytes >= U32 ? [bytes, bytes] : [];
  const far = offset >= U32 ? [offset] : [];
  const extra = large.length + far.length > 0 ? zip64Extra([...large, ...far]) : EMPTY;
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x0201_4b50, 0);
  record.writeUInt16LE(extra.length > 0 || wide ? ZIP64_VERSION : PLAIN_VERSION, 4);
  writeCommon(record, 6, { path, streamed, wide, extra });
  record.writeUInt32LE(crc32, 16);
  record.writeUInt32LE(Math.min(bytes, U32), 20);
  record.writeUInt32LE(Math.min(bytes, U32), 24);
  record.writeUInt32LE(Math.min(offset, U32), 42);
  return Buffer.concat([record, Buffer.from(path, 'ascii'), extra]);
}

/** What follows the central directory. */
export function endRecords(members: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(Math.min(members, U16), 8);
  end.writeUInt16LE(Math.min(members, U16), 10);
  end.writeUInt32LE(Math.min(directoryBytes, U32), 12);
  end.writeUInt32LE(Math.min(directoryOffset, U32), 16);
  if (members < U16 && directoryBytes < U32 && directoryOffset < U32) return end;
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(0x0606_4b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(ZIP64_VERSION, 12);
  wide.writeUInt16LE(ZIP64_VERSION, 14);
  wide.writeBigUInt64LE(BigInt(members), 24);
  wide.writeBigUInt64LE(BigInt(members), 32);
  wide.writeBigUInt64LE(BigInt(directoryBytes), 40);
  wide.writeBigUInt64LE(BigInt(directoryOffset), 48);
  wide.writeUInt32LE(0x0706_4b50, 56);
  wide.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, end]);
}

const EMPTY = Buffer.alloc(0);

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return extra;
}

/** The fields that a local header and a central record share, from version needed on; the lengths lie 22 bytes behind. */
function writeCommon(
  record: Buffer,
  at: number,
  { path, streamed, wide, extra }: Pick<ZipRecord, 'path' | 'streamed' | 'wide'> & { readonly extra: Buffer },
): void {
  record.writeUInt16LE(extra.length > 0 || wide ? ZIP64_VERSION : PLAIN_VERSION, at);
  record.writeUInt16LE(streamed ? STREAMED : 0, at + 2);
  record.writeUInt16LE(DATE, at + 8);
  record.writeUInt16LE(path.length, at + 22);
  record.writeUInt16LE(extra.length, at + 24);
}

/**
 * Reads the zip file of a bundle, in the one form that docs/audit.md section 4 allows. Every record that is read is
 * written again from what it says and must come out the same, so that no two readers can see different files in it.
 */
import { crc32 } from 'node:zlib';
import { BundleError } from './bundle-error.js';
import { MAX_MEMBERS } from './manifest.js';
import { isMemberPath } from './member-path.js';
import {
  centralRecord,
  dataDescriptor,
  endRecords,
  localHeader,
  U32,
  type ZipRecord,
} from './zip-records.js';

/** A file that can be read in places. */
export interface RandomAccess {
  readonly size: number;
  /** Exactly these bytes, which lie within the file. They are the caller's to keep. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface ZipEntry {
  readonly path: string;
  readonly bytes: number;
  readonly crc32: number;
}

export interface ZipFile {
  /** In the order of the file. */
  readonly members: readonly ZipEntry[];
  /** The member's bytes; throws a BundleError (E_ZIP) at the end where they do not have their CRC-32. */
  stream(path: string): AsyncGenerator<Uint8Array>;
  /** The same in one piece. Throws a BundleError (E_LIMIT) where there are more than `most`. */
  bytes(path: string, most: number): Promise<Buffer>;
}

interface Placed extends ZipRecord {
  /** Where its bytes begin. */
  readonly from: number;
}

const CHUNK = 1024 * 1024;
const END_BYTES = 22;
const WIDE_END_BYTES = 56 + 20;
const U16 = 0xffff;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** A central record with the longest name and extra field. */
const MAX_CENTRAL_BYTES = CENTRAL_BYTES + 255 + 28;

/**
 * Opens the file, reading the central directory and every header. Throws a BundleError: E_ZIP for any other form,
 * E_LIMIT for too many members. What comes of no member that was streamed is known before it was read to its end.
 */
export async function openZip(source: RandomAccess): Promise<ZipFile> {
  const { directory, from } = await readDirectory(source);
  const records = recordsIn(directory);
  const members = new Map<string, Placed>();
  const folded = new Set<string>();
  let offset = 0;
  for (const record of records) {
    if (record.offset !== offset) bad(`${record.path} does not lie where the one before it ends`);
    const placed = await placedAt(source, record, from);
    folded.add(record.path.toLowerCase());
    members.set(record.path, placed);
    offset = placed.from + placed.bytes + (placed.streamed ? dataDescriptor(placed).length : 0);
  }
  if (offset !== from) bad('its central directory does not follow the last member');
  if (folded.size !== records.length) bad('two of its members have the same name');
  const placed = (path: string): Placed => members.get(path) ?? bad(`there is no member ${path}`);
  return {
    members: [...members.values()].map(({ path, bytes, crc32: crc }) => ({ path, bytes, crc32: crc })),
    stream: (path) => contentOf(source, placed(path)),
    async bytes(path, most) {
      const member = placed(path);
      if (member.bytes > most)
        throw new BundleError('E_LIMIT', `${path} has ${member.bytes} bytes; at most ${most} are allowed`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of contentOf(source, member)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

/** The central directory, and where it begins. */
async function readDirectory(source: RandomAccess): Promise<{ directory: Buffer; from: number }> {
  if (source.size < END_BYTES) bad('it is too short for a zip file');
  const tail = await bytesAt(source, Math.max(0, source.size - END_BYTES - WIDE_END_BYTES), source.size);
  const end = tail.subarray(tail.length - END_BYTES);
  if (end.readUInt32LE(0) !== 0x0605_4b50) bad('it does not end as a zip file without a comment does');
  const short = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)] as const;
  const wide = short[0] === U16 || short[1] === U32 || short[2] === U32;
  if (wide && tail.length < END_BYTES + WIDE_END_BYTES) bad('its end record has no ZIP64 record before it');
  const [members, bytes, from] = wide ? [whole(tail, 32), whole(tail, 40), whole(tail, 48)] : short;
  if (members > MAX_MEMBERS)
    throw new BundleError('E_LIMIT', `the file has ${members} members; at most ${MAX_MEMBERS} are allowed`);
  const expected = endRecords(members, bytes, from);
  if (!expected.equals(tail.subarray(tail.length - expected.length))) bad('its end record has another form');
  if (from + bytes + expected.length !== source.size) bad('something lies between its directory and its end');
  if (bytes > members * MAX_CENTRAL_BYTES) bad('its central directory is longer than its members explain');
  const directory = await bytesAt(source, from, from + bytes);
  return { directory, from };
}

/** What the central directory says, where it says it in the one form. */
function recordsIn(directory: Buffer): readonly ZipRecord[] {
  const records: ZipRecord[] = [];
  for (let at = 0; at < directory.length;) {
    if (directory.length - at < CENTRAL_BYTES) bad('its central directory is cut off');
    const nameEnd = at + CENTRAL_BYTES + directory.readUInt16LE(at + 28);
    const end = nameEnd + directory.readUInt16LE(at + 30);
    if (end > directory.length) bad('its central directory is cut off');
    const path = directory.toString('latin1', at + CENTRAL_BYTES, nameEnd);
    if (!isMemberPath(path)) bad('a member has a name that is not allowed in a bundle');
    const extra = directory.subarray(nameEnd, end);
    const values = extraValues(extra);
    const bytes = directory.readUInt32LE(at + 24);
    const offset = directory.readUInt32LE(at + 42);
    const record = {
      path,
      bytes: bytes === U32 ? (values[0] ?? bytes) : bytes,
      crc32: directory.readUInt32LE(at + 16),
      offset: offset === U32 ? (values.at(-1) ?? offset) : offset,
      streamed: (directory.readUInt16LE(at + 8) & 8) !== 0,
      wide: false,
    };
    const found = directory.subarray(at, end);
    // Only what was streamed may have had its sizes left open.
    const forms = record.streamed ? [record, { ...record, wide: true }] : [record];
    const form = forms.find((one) => centralRecord(one).equals(found));
    if (!form) bad(`the central directory describes ${path} in another form`);
    records.push(form ?? record);
    at = end;
  }
  return records;
}

/** The 8-byte values of a ZIP64 extra field. */
function extraValues(extra: Buffer): readonly number[] {
  if (extra.length === 0) return [];
  if (extra.length < 4 || extra.readUInt16LE(0) !== 1 || (extra.length - 4) % 8 !== 0)
    bad('a member has an extra field that is not ZIP64');
  return Array.from({ length: (extra.length - 4) / 8 }, (_, i) => whole(extra, 4 + 8 * i));
}

/** The member with its header read, and the descriptor after it. */
async function placedAt(source: RandomAccess, record: ZipRecord, limit: number): Promise<Placed> {
  const { path, offset } = record;
  const head = await bytesAt(source, offset, Math.min(limit, offset + LOCAL_BYTES + path.length + 20));
  // A central record with ZIP64 values says nothing of the room that a streamed member's header has.
  const silent = record.streamed && (record.bytes >= U32 || record.offset >= U32);
  const forms = silent ? [record, { ...record, wide: !record.wide }] : [record];
  const form = forms.find((one) => {
    const header = localHeader(one);
    return header.equals(head.subarray(0, header.length));
  });
  if (!form) return bad(`the header of ${path} is not what the central directory says`);
  if (!form.wide && form.bytes >= U32) bad(`${path} needs ZIP64 and does not have it`);
  const from = offset + localHeader(form).length;
  const end = from + form.bytes;
  if (end > limit) bad(`${path} runs into the central directory`);
  if (form.streamed) {
    const expected = dataDescriptor(form);
    const found = await bytesAt(source, end, Math.min(limit, end + expected.length));
    if (!expected.equals(found)) bad(`the data descriptor of ${path} is not what the central directory says`);
  }
  return { ...form, from };
}

async function* contentOf(
  source: RandomAccess,
  { path, from, bytes, crc32: expected }: Placed,
): AsyncGenerator<Uint8Array> {
  let crc = 0;
  for (let at = 0; at < bytes; at += CHUNK) {
    const chunk = await bytesAt(source, from + at, from + Math.min(bytes, at + CHUNK));
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (crc !== expected) bad(`${path} does not have its CRC-32`);
}

async function bytesAt(source: RandomAccess, from: number, to: number): Promise<Buffer> {
  if (from < 0 || to > source.size || to < from) bad('it points outside of itself');
  const bytes = to === from ? new Uint8Array() : await source.read(from, to - from);
  if (bytes.length !== to - from) bad('it became shorter while it was read');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function whole(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at));
  return Number.isSafeInteger(value) ? value : bad('it holds a number that no file can need');
}

function bad(why: string): never {
  throw new BundleError('E_ZIP', `the zip file is not in the form of a bundle: ${why}`);
}

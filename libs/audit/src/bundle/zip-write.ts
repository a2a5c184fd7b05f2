/** Writes the zip file of a bundle as a stream: stored only, deterministic, constant memory but for the directory. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { InvariantError } from '@cordon/kernel';
import { isMemberPath } from './member-path.js';
import {
  centralRecord,
  dataDescriptor,
  endRecords,
  localHeader,
  U32,
  type ZipRecord,
} from './zip-records.js';

export interface ZipMember {
  readonly path: string;
  /** A stream's chunks are taken over as they are: whoever yields one does not write into it again. */
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
  /** More than this the stream does not yield; without it, it may pass 4 GiB. */
  readonly maxBytes?: number;
}

export type OnWritten = (path: string, bytes: number, sha256: string) => void;

/**
 * The bytes of the zip file. `onWritten` is told of each member before the next one is asked for, so that the last can
 * list those before it. Throws an InvariantError for a path that is not one of a member, or that was there already in
 * whatever case, and for a stream that is longer than was said; rejects with a stream's own error. Whatever it throws,
 * what was yielded is no zip file.
 */
export async function* writeZip(
  members: AsyncIterable<ZipMember> | Iterable<ZipMember>,
  onWritten: OnWritten = () => undefined,
): AsyncGenerator<Buffer> {
  const seen = new Set<string>();
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const member of members) {
    claim(seen, member.path);
    const start = offset;
    const written: { record?: ZipRecord } = {};
    for await (const chunk of bytesOf(member, start, onWritten, written)) {
      offset += chunk.length;
      yield chunk;
    }
    if (!written.record) throw new InvariantError(`the member ${member.path} was not finished`);
    directory.push(centralRecord(written.record));
  }
  const bytes = Buffer.concat(directory);
  if (bytes.length > 0) yield bytes;
  yield endRecords(directory.length, bytes.length, offset);
}

/** Header, content and descriptor of one member. */
async function* bytesOf(
  { path, data, maxBytes = Number.MAX_SAFE_INTEGER }: ZipMember,
  offset: number,
  onWritten: OnWritten,
  written: { record?: ZipRecord },
): AsyncGenerator<Buffer> {
  if (data instanceof Uint8Array) {
    const record = { path, bytes: data.length, crc32: crc32(data), offset, streamed: false, wide: false };
    if (data.length >= U32) throw new InvariantError(`the member ${path} must be streamed`);
    yield localHeader(record);
    if (data.length > 0) yield asBuffer(data);
    onWritten(path, data.length, createHash('sha256').update(data).digest('hex'));
    written.record = record;
    return;
  }
  const shape = { path, offset, streamed: true, wide: maxBytes >= U32 };
  yield localHeader({ ...shape, bytes: 0, crc32: 0 });
  const hash = createHash('sha256');
  let [crc, bytes] = [0, 0];
  for await (const chunk of data) {
    if (chunk.length === 0) continue;
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new InvariantError(`the member ${path} has more than the ${maxBytes} bytes that were said`);
    hash.update(chunk);
    crc = crc32(chunk, crc);
    yield asBuffer(chunk);
  }
  const record = { ...shape, bytes, crc32: crc };
  yield dataDescriptor(record);
  onWritten(path, bytes, hash.digest('hex'));
  written.record = record;
}

function claim(seen: Set<string>, path: string): void {
  if (!isMemberPath(path)) throw new InvariantError('a bundle has no member of such a name');
  const folded = path.toLowerCase();
  if (seen.has(folded)) throw new InvariantError(`the member ${path} is there already`);
  seen.add(folded);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

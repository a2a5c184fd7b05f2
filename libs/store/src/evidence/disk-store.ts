/**
 * Evidence files in a folder of this machine:
 *
 *     incoming/<uuid>              being received
 *     pending/<sha256>.<uuid>      an upload has kept this content, and its entry may not be committed yet
 *     sha256/ab/cd/<sha256>        the content, read-only
 *     leaving/<sha256>             about to be removed by a sweep
 *
 * A mark in `pending` is on disk before its content is in place and goes when the entry is committed. So content without
 * a mark is named by an entry, and only old marks need to be looked into.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  chmod,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  statfs,
  utimes,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMs } from '@cordon/kernel';
import {
  HEAD_BYTES,
  type EvidenceStore,
  type ReceivedFile,
  type Receipt,
  type StoredFile,
} from '@cordon/runtime';
import { codeOf, ensureFolder, openPlain, syncFolder, syncParent } from './folders.js';

export interface DiskEvidenceOptions {
  /** Made when it is not there; its owner alone may enter it. */
  readonly root: string;
  /** Left free for the database, which may live on the same disk. */
  readonly reserveBytes?: number;
  /** Bytes that may still be written there. */
  readonly freeBytes?: (root: string) => Promise<number>;
}

const RESERVE_BYTES = 256 * 1024 * 1024;
/** How much is written between two looks at the free space, and read at once. */
const CHECK_EVERY_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 256 * 1024;
/** Before every real upload. */
export const LET_GO: EpochMs = 86_400_000;
const SHA256 = /^[0-9a-f]{64}$/;

export class DiskEvidenceStore implements EvidenceStore {
  private readonly root: string;
  private readonly reserveBytes: number;
  private readonly freeBytes: (root: string) => Promise<number>;

  constructor({ root, reserveBytes = RESERVE_BYTES, freeBytes = freeOn }: DiskEvidenceOptions) {
    this.root = root;
    this.reserveBytes = reserveBytes;
    this.freeBytes = freeBytes;
  }

  async receive(bytes: AsyncIterable<Uint8Array>, maxBytes: number, expectedBytes = 0): Promise<Receipt> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    await chmod(this.root, 0o700);
    if (expectedBytes > maxBytes) return { outcome: 'too_large' };
    if (!(await this.hasRoom(expectedBytes))) return { outcome: 'no_room' };
    const path = join(await ensureFolder(this.root, 'incoming'), randomUUID());
    const handle = await open(path, 'wx', 0o600);
    try {
      const written = await this.write(handle, bytes, maxBytes);
      if (typeof written !== 'string') return { outcome: 'received', file: this.received(path, written) };
      await rm(path, { force: true });
      return { outcome: written };
    } catch (error) {
      await rm(path, { force: true });
      if (FULL.includes(codeOf(error) ?? '')) return { outcome: 'no_room' };
      throw error;
    } finally {
      await handle.close();
    }
  }

  async open(sha256: string): Promise<StoredFile | undefined> {
    const handle = SHA256.test(sha256) ? await openPlain(this.root, ...placeOf(sha256)) : undefined;
    if (!handle) return undefined;
    const { size } = await handle.stat();
    return { sizeBytes: size, read: () => readAll(handle), close: () => handle.close() };
  }

  /**
   * Marks these as if uploads had left them long ago: the next sweep, also one that reaches back only to `LET_GO`, removes
   * those that no entry names. To be called before and after the entries go that name them: then a crash between leaves
   * nothing behind.
   */
  async letGo(sha256s: readonly string[]): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const pending = await ensureFolder(this.root, 'pending');
    for (const sha256 of sha256s.filter((one) => SHA256.test(one))) {
      const mark = join(pending, `${sha256}.${randomUUID()}`);
      await (await open(mark, 'wx', 0o600)).close();
      await utimes(mark, 0, 0);
    }
    await syncFolder(pending);
  }

  async sweep(
    before: EpochMs,
    wanted: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<number> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    for (const name of await this.olderThan(before, 'incoming')) {
      await rm(join(this.root, 'incoming', name), { force: true });
    }
    await this.putBack();
    const marks = (await this.olderThan(before, 'pending')).filter((name) => SHA256.test(contentOf(name)));
    if (marks.length === 0) return 0;
    const named = await wanted([...new Set(marks.map(contentOf))]);
    let removed = 0;
    for (const mark of marks) {
      if (!named.has(contentOf(mark)) && (await this.remove(contentOf(mark), mark, wanted))) removed += 1;
      await rm(join(this.root, 'pending', mark), { force: true });
    }
    return removed;
  }

  /** The whole stream on disk, or why it stopped: more than allowed, or too little room. */
  private async write(
    handle: FileHandle,
    bytes: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<Written | 'too_large' | 'no_room'> {
    const hash = createHash('sha256');
    const head: Uint8Array[] = [];
    let [sizeBytes, headBytes, checkAt] = [0, 0, CHECK_EVERY_BYTES];
    for await (const chunk of bytes) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) return 'too_large';
      if (sizeBytes >= checkAt) {
        checkAt = sizeBytes + CHECK_EVERY_BYTES;
        if (!(await this.hasRoom(chunk.length))) return 'no_room';
      }
      hash.update(chunk);
      if (headBytes < HEAD_BYTES) head.push(chunk.slice(0, HEAD_BYTES - headBytes));
      headBytes += chunk.length;
      await writeAll(handle, chunk);
    }
    await handle.sync();
    return { sizeBytes, sha256: hash.digest('hex'), head: Buffer.concat(head) };
  }

  private async hasRoom(bytes: number): Promise<boolean> {
    return (await this.freeBytes(this.root)) - this.reserveBytes >= bytes;
  }

  private received(path: string, { sha256, sizeBytes, head }: Written): ReceivedFile {
    const mark = `${sha256}.${randomUUID()}`;
    return {
      ...{ sha256, sizeBytes, head },
      keep: async () => {
        const pending = await ensureFolder(this.root, 'pending');
        await (await open(join(pending, mark), 'wx', 0o600)).close();
        await syncFolder(pending);
        const parts = placeOf(sha256);
        await ensureFolder(this.root, ...parts.slice(0, -1));
        await chmod(path, 0o400);
        // Over what may lie there: it has the same content, or had it once.
        const place = join(this.root, ...parts);
        await rename(path, place);
        await syncParent(place);
      },
      settle: () => rm(join(this.root, 'pending', mark), { force: true }),
      discard: () => rm(path, { force: true }),
    };
  }

  /**
   * Removes the content unless somebody wants it after all. It is put aside first: whoever uploads the same content from
   * then on puts it in place anew, and whoever did so just before has left a mark, or an entry, which is seen now.
   */
  private async remove(
    sha256: string,
    mark: string,
    wanted: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<boolean> {
    const place = join(this.root, ...placeOf(sha256));
    const aside = join(await ensureFolder(this.root, 'leaving'), sha256);
    await rename(place, aside).catch(unlessGone);
    const others = (await readdir(join(this.root, 'pending'))).some(
      (name) => name !== mark && contentOf(name) === sha256,
    );
    if (others || (await wanted([sha256])).has(sha256)) {
      await rename(aside, place).catch(unlessGone);
      await syncParent(place);
      return false;
    }
    const there = (await stat(aside).catch(unlessGone)) !== undefined;
    await rm(aside, { force: true });
    return there;
  }

  /** What a sweep had put aside when it was killed. Its mark is still there, so it is looked into again. */
  private async putBack(): Promise<void> {
    const leaving = await ensureFolder(this.root, 'leaving');
    for (const name of await readdir(leaving)) {
      if (!SHA256.test(name)) continue;
      const place = join(this.root, ...placeOf(name));
      await ensureFolder(this.root, ...placeOf(name).slice(0, -1));
      await rename(join(leaving, name), place).catch(unlessGone);
    }
  }

  private async olderThan(before: EpochMs, folder: string): Promise<readonly string[]> {
    const names = await readdir(await ensureFolder(this.root, folder));
    const ages = await Promise.all(
      names.map(async (name) => (await stat(join(this.root, folder, name)).catch(() => undefined))?.mtimeMs),
    );
    return names.filter((_, index) => (ages[index] ?? Infinity) < before);
  }
}

interface Written {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly head: Uint8Array;
}

/** The disk is full, the quota spent, or the file larger than the file system takes. */
const FULL: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

function placeOf(sha256: string): readonly string[] {
  return ['sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256];
}

function contentOf(mark: string): string {
  return mark.slice(0, 64);
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    offset += (await handle.write(chunk, offset)).bytesWritten;
  }
}

async function* readAll(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Another process that sweeps the same folder was quicker. */
function unlessGone(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

async function freeOn(root: string): Promise<number> {
  const { bavail, bsize } = await statfs(root);
  return bavail * bsize;
}

/** A bundle in a file, verified with all that this program can do, and without a network. */
import { type FileHandle, open } from 'node:fs/promises';
import { verifyBundle, type LevelNumber, type Policy, type RandomAccess, type Report } from '@cordon/audit';
import { historyViews } from '@cordon/exchange';
import { replayHistory } from '@cordon/runtime';
import { verifyTimestamp } from './timestamps.js';

export interface VerifyFileOptions {
  readonly policy?: Policy;
  /** A checkpoint that was kept, as its file has it. */
  readonly since?: string;
  readonly upTo: LevelNumber;
  /** PEM: certificates of time-stamping authorities that are trusted. */
  readonly authorities?: string;
  readonly onProgress?: (entries: number, of: number) => void;
}

const ZIP_START = Buffer.from('PK\u0003\u0004', 'latin1');

/** Whether the file begins as a zip file does; also an empty zip file, which begins with its end. */
export async function isBundle(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(4);
    await file.read(head, 0, 4, 0);
    return head.equals(ZIP_START) || head.subarray(0, 2).equals(ZIP_START.subarray(0, 2));
  } finally {
    await file.close();
  }
}

/** Verifies the bundle at this path. Rejects where the file cannot be read. */
export async function verifyFile(path: string, options: VerifyFileOptions): Promise<Report> {
  const { authorities, ...rest } = options;
  const file = await open(path);
  try {
    return await verifyBundle(await sourceOf(file), {
      ...rest,
      replay: replayHistory,
      views: historyViews,
      verifyTimestamp: (reply, message) => {
        const verdict = verifyTimestamp(reply, message, authorities);
        return verdict.ok
          ? Promise.resolve({ at: verdict.time.getTime(), signer: verdict.signer, trusted: verdict.anchored })
          : Promise.reject(new Error(verdict.reason));
      },
    });
  } finally {
    await file.close();
  }
}

async function sourceOf(file: FileHandle): Promise<RandomAccess> {
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
  };
}

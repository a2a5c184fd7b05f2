/** Reads a backup, and believes nothing in it that its own sums do not bear out. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { BundleError, openZip, type RandomAccess, type ZipFile } from '@cordon/audit';
import { codeOf } from '../evidence/folders.js';
import { BackupError } from './backup-error.js';
import { linesIn } from './copy.js';
import {
  BACKUP_MANIFEST,
  MAX_MANIFEST_BYTES,
  memberOf,
  parseBackupManifest,
  type BackupManifest,
  type BackupTable,
} from './manifest.js';

export interface OpenBackup {
  readonly file: string;
  readonly manifest: BackupManifest;
  /** Reads all of it once. Rejects with a BackupError (`damaged`) where a table is not the one that was written. */
  check(told?: (table: string) => void): Promise<void>;
  /** A table's rows as COPY reads them; throws as `check` does, at the end. */
  rows(table: BackupTable): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens the file and reads what it says of itself. Rejects with a BackupError: `file` where it cannot be read, `damaged`
 * where it is cut off, changed, or something else.
 */
export async function openBackup(file: string): Promise<OpenBackup> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw new BackupError(
      'file',
      `The file ${file} cannot be read (${codeOf(error) ?? String(error)}): name a file that "cordon backup" wrote.`,
      { cause: error },
    );
  });
  try {
    const zip = await whole(file, async () => openZip(await sourceOf(handle)));
    const manifest = await whole(file, () => manifestIn(zip));
    const rows = (table: BackupTable): AsyncGenerator<Uint8Array> => checkedRows(file, zip, table);
    return {
      ...{ file, manifest, rows },
      async check(told = () => undefined) {
        for (const table of manifest.tables) {
          told(table.name);
          for await (const chunk of rows(table)) void chunk;
        }
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function manifestIn(zip: ZipFile): Promise<BackupManifest> {
  const { members } = zip;
  if (members.at(-1)?.path !== BACKUP_MANIFEST)
    throw new BackupError('damaged', `its last member is not ${BACKUP_MANIFEST}`);
  const text = (await zip.bytes(BACKUP_MANIFEST, MAX_MANIFEST_BYTES)).toString('utf8');
  const manifest = parseBackupManifest(text);
  const listed = manifest.tables.map(({ name, bytes }) => `${memberOf(name)} ${bytes}`);
  const found = members.slice(0, -1).map(({ path, bytes }) => `${path} ${bytes}`);
  if (listed.join() !== found.join())
    throw new BackupError('damaged', `its members are not those that its ${BACKUP_MANIFEST} lists`);
  return manifest;
}

async function* checkedRows(file: string, zip: ZipFile, table: BackupTable): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let rows = 0;
  try {
    for await (const chunk of zip.stream(memberOf(table.name))) {
      hash.update(chunk);
      rows += linesIn(chunk);
      yield chunk;
    }
  } catch (error) {
    throw asDamaged(file, error);
  }
  if (hash.digest('hex') !== table.sha256)
    throw damaged(file, `the table ${table.name} does not have its SHA-256`);
  if (rows !== table.rows)
    throw damaged(file, `the table ${table.name} does not have its ${table.rows} rows`);
}

async function whole<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDamaged(file, error);
  }
}

function asDamaged(file: string, error: unknown): unknown {
  if (error instanceof BundleError || error instanceof BackupError)
    return damaged(file, error.message, { cause: error });
  return error;
}

function damaged(file: string, why: string, options?: ErrorOptions): BackupError {
  return new BackupError(
    'damaged',
    `${file} is not a whole backup, and nothing of it was put back: ${why}. Take another copy of it, or an earlier one.`,
    options,
  );
}

async function sourceOf(handle: FileHandle): Promise<RandomAccess> {
  const { size } = await handle.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
  };
}

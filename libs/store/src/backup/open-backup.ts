/** Reads a backup, and believes nothing in it that its own sums do not bear out. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { BundleError, openZip, type RandomAccess, type ZipFile } from '@cordon/audit';
import { InvariantError } from '@cordon/kernel';
import { codeOf } from '../evidence/folders.js';
import { BackupError } from './backup-error.js';
import { linesIn } from './copy.js';
import {
  BACKUP_MANIFEST,
  MAX_MANIFEST_BYTES,
  evidenceMember,
  memberOf,
  membersListed,
  parseBackupManifest,
  type BackupEvidence,
  type BackupManifest,
  type BackupMember,
  type BackupTable,
} from './manifest.js';

export interface OpenBackup {
  readonly file: string;
  readonly manifest: BackupManifest;
  /** Reads all of it once. Rejects with a BackupError (`damaged`) where a member is not the one that was written. */
  check(told?: (member: string) => void): Promise<void>;
  /** A table's rows as COPY reads them; throws as `check` does, at the end. */
  rows(table: BackupTable): AsyncGenerator<Uint8Array>;
  /** The bytes of an evidence file that is included; throws as `check` does, at the end. */
  evidence(one: BackupEvidence): AsyncGenerator<Uint8Array>;
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
    const listed = new Map(membersListed(manifest).map((member) => [member.path, member]));
    const evidence = ({ sha256 }: BackupEvidence): AsyncGenerator<Uint8Array> => {
      const member = listed.get(evidenceMember(sha256));
      if (!member) throw new InvariantError(`the backup does not hold the evidence file ${sha256}`);
      return checked(file, zip, member);
    };
    return {
      ...{ file, manifest, rows, evidence },
      async check(told = () => undefined) {
        for (const table of manifest.tables) {
          told(table.name);
          for await (const chunk of rows(table)) void chunk;
        }
        for (const one of manifest.evidence.filter(({ bytes }) => bytes !== undefined)) {
          told(evidenceMember(one.sha256));
          for await (const chunk of evidence(one)) void chunk;
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
  const listed = membersListed(manifest).map(({ path, bytes }) => `${path} ${bytes}`);
  const found = members.slice(0, -1).map(({ path, bytes }) => `${path} ${bytes}`);
  if (listed.join() !== found.join())
    throw new BackupError('damaged', `its members are not those that its ${BACKUP_MANIFEST} lists`);
  return manifest;
}

async function* checkedRows(file: string, zip: ZipFile, table: BackupTable): AsyncGenerator<Uint8Array> {
  const { name, bytes, sha256 } = table;
  let rows = 0;
  for await (const chunk of checked(file, zip, { path: memberOf(name), bytes, sha256 })) {
    rows += linesIn(chunk);
    yield chunk;
  }
  if (rows !== table.rows) throw damaged(file, `the table ${name} does not have its ${table.rows} rows`);
}

/** The member's bytes; throws at the end where they do not have their SHA-256. */
async function* checked(
  file: string,
  zip: ZipFile,
  { path, sha256 }: BackupMember,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of zip.stream(path)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw asDamaged(file, error);
  }
  if (hash.digest('hex') !== sha256) throw damaged(file, `${path} does not have its SHA-256`);
}

async function whole<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDamaged(file, error);
  }
}

function asDamaged(file: string, error: unknown): unknown {
  if (error instanceof BackupError && error.code !== 'damaged') return error;
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

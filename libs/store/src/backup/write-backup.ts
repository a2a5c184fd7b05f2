/** Makes a backup: everything of one moment in one file, while servers go on working. */
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TreeEdge, writeZip, type ZipMember } from '@cordon/audit';
import { OperationalError, toIso, type EpochMs } from '@cordon/kernel';
import type { EvidenceStore } from '@cordon/runtime';
import pg, { type Client } from 'pg';
import { codeOf } from '../evidence/folders.js';
import { closing, syncFolder } from '../log-keys/files.js';
import { withOwner } from '../owner-session.js';
import { asOwnersWork, BackupError } from './backup-error.js';
import { difference, NOT_BACKED_UP, numberingOf, ranMigrations, tablesOf } from './catalogue.js';
import { EvidenceMembers } from './evidence-members.js';
import { evidenceNamed } from './evidence-named.js';
import { copyOut, linesIn, PLAIN_SETTINGS } from './copy.js';
import {
  BACKUP_MANIFEST,
  formatBackupManifest,
  memberOf,
  type BackupManifest,
  type BackupTable,
} from './manifest.js';
import { queueCopy } from './queue-rows.js';
import { mustNotBeHalfRestored } from './under-way.js';

export interface WriteBackupOptions {
  /** The owner's login. */
  readonly url: string;
  /** Not there yet. */
  readonly file: string;
  readonly at: EpochMs;
  /** Where the evidence files lie; without it they are left out, and the manifest says so. */
  readonly evidence?: Pick<EvidenceStore, 'open'> | undefined;
  /** Hears of each table and evidence file before it is read, and how many bytes there are so far. */
  readonly told?: (what: string, bytes: number) => void;
  readonly signal?: AbortSignal;
}

interface Source {
  readonly name: string;
  readonly columns: readonly string[];
  readonly statement: string;
}

/** Columns that would not be told apart from text in a path or a statement are not Cordon's. */
const PLAIN_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

const HEAD = `
SELECT deployment.log, log_head.epoch, log_head.origin, log_head.size::int8::text AS size, log_head.edge,
       (SELECT note FROM log_checkpoint WHERE epoch = log_head.epoch ORDER BY size DESC, at DESC LIMIT 1) AS checkpoint
  FROM log_head, deployment`;

/**
 * Writes the file beside its place and gives it its name when all of it is on disk; only its owner may read it. Rejects
 * with a BackupError that names the fix, or an OperationalError; there is then no file.
 */
export async function writeBackup(options: WriteBackupOptions): Promise<BackupManifest> {
  const { url, file } = options;
  await mustBeFree(file);
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  try {
    const manifest = await withOwner(url, (client) => inSnapshot(client, part, options)).catch(asOwnersWork);
    await mustBeFree(file);
    await rename(part, file);
    await syncFolder(file);
    return manifest;
  } catch (error) {
    await rm(part, { force: true });
    throw asFileError(error, file);
  }
}

async function mustBeFree(file: string): Promise<void> {
  const there = await open(file, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new BackupError('file', `The file ${file} cannot be made there: name another.`, {
      cause: error,
    });
  });
  if (!there) return;
  await there.close();
  throw new BackupError(
    'file',
    `The file ${file} is there already, and no backup is overwritten: name another.`,
  );
}

async function inSnapshot(
  client: Client,
  part: string,
  options: WriteBackupOptions,
): Promise<BackupManifest> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  for (const setting of PLAIN_SETTINGS) await client.query(setting);
  const migrations = await ranMigrations(client);
  await mustNotBeHalfRestored(client);
  const other = difference(migrations);
  if (other !== undefined)
    throw new BackupError(
      'other_version',
      `The database is not that of this version of Cordon (${other}): make the backup with the version that runs on it.`,
    );
  const { sources, leftOut, queue } = await whatToCopy(client);
  const rest = { ...(await headOf(client)), migrations, leftOut, queue, madeAt: toIso(options.at) };
  const evidence = new EvidenceMembers(await evidenceNamed(client), options.evidence);
  const tables: BackupTable[] = [];
  let manifest: BackupManifest | undefined;
  async function* members(): AsyncGenerator<ZipMember> {
    for (const { name, statement } of sources) {
      options.told?.(name, total);
      yield { path: memberOf(name), data: counted(copyOut(client, statement)) };
    }
    // Sequences do not wait for a commit: read after all rows, they are past every one of them.
    const numbering = await numberingOf(client);
    // Files never change, and those that entries name stay: the moment need not be held any longer.
    await client.query('COMMIT');
    yield* evidence.members((sha256, bytes) => options.told?.(`evidence ${sha256}`, total + bytes));
    manifest = { ...rest, evidence: evidence.found, tables, numbering };
    yield { path: BACKUP_MANIFEST, data: Buffer.from(formatBackupManifest(manifest), 'utf8') };
  }
  let rows = 0;
  let total = 0;
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    rows = 0;
    for await (const chunk of chunks) {
      rows += linesIn(chunk);
      total += chunk.length;
      yield chunk;
    }
  }
  const written = (path: string, bytes: number, sha256: string): void => {
    const source = sources.find(({ name }) => memberOf(name) === path);
    if (source) tables.push({ name: source.name, columns: source.columns, rows, bytes, sha256 });
    else evidence.written(path, bytes, sha256);
  };
  await closing(await open(part, 'wx', 0o600), async (handle) => {
    for await (const chunk of writeZip(members(), written)) {
      options.signal?.throwIfAborted();
      await handle.writeFile(chunk);
    }
    await handle.sync();
  });
  if (!manifest) throw new BackupError('database', 'The backup was not finished.');
  return manifest;
}

async function whatToCopy(client: Client): Promise<{
  readonly sources: readonly Source[];
  readonly leftOut: readonly string[];
  readonly queue: BackupManifest['queue'];
}> {
  const sources: Source[] = [];
  const leftOut: string[] = [];
  let queue = { included: 0, missing: 0 };
  for (const { name, columns, own } of await tablesOf(client)) {
    if (NOT_BACKED_UP.includes(name) || !own || ![name, ...columns].every((one) => PLAIN_NAME.test(one))) {
      leftOut.push(name);
      continue;
    }
    const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
    let what = `${pg.escapeIdentifier(name)} (${list})`;
    if (name === 'outbox') {
      const { select, ...counts } = await queueCopy(client, columns);
      queue = counts;
      what = `(${select})`;
    }
    sources.push({ name, columns, statement: `COPY ${what} TO STDOUT` });
  }
  return { sources, leftOut, queue };
}

async function headOf(
  client: Client,
): Promise<Pick<BackupManifest, 'log' | 'origin' | 'epoch' | 'size' | 'root' | 'checkpoint'>> {
  const { rows } = await client.query<{
    log: string;
    epoch: number;
    origin: string;
    size: string;
    edge: Buffer;
    checkpoint: string | null;
  }>(HEAD);
  const [row] = rows;
  if (!row) throw new BackupError('database', 'The database has no log: run the migrations first.');
  const { edge, ...rest } = row;
  const size = Number(row.size);
  return { ...rest, size, root: Buffer.from(TreeEdge.from(size, edge).root()).toString('base64') };
}

/** What the system says, as a sentence with its fix. */
function asFileError(error: unknown, file: string): unknown {
  const code = codeOf(error instanceof OperationalError ? error.cause : error);
  if (['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'ENOENT', 'EFBIG'].includes(String(code)))
    return new BackupError(
      'file',
      `The file ${file} cannot be written (${String(code)}): name another place with more room.`,
      {
        cause: error,
      },
    );
  return error;
}

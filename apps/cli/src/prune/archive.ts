/** The bundle of what is to go: written beside its place, verified from the file, and then given its name. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { parsePolicy, VERIFY_TEXT, type Report } from '@cordon/audit';
import { historyViews } from '@cordon/exchange';
import {
  AlteredEvidenceError,
  ErasedMeanwhileError,
  type HistoryExportParts,
  type HistoryExports,
} from '@cordon/runtime';
import { verifyFile } from '../audit/verify-file.js';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';

/** Leaves `from` to `to` - 1, and the keys whose signature is to be on it. */
export interface ArchiveOf {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly vkeys: readonly string[];
}

export interface Archive {
  readonly sha256: string;
  readonly bytes: number;
  readonly report: Report;
}

/** The text that goes with every bundle, for `HistoryExports`. */
export async function bundleText(): Promise<HistoryExportParts['text']> {
  const verifyPy = await readFile(createRequire(import.meta.url).resolve('@cordon/audit/verify.py'));
  const about = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(about) as { readonly version: string };
  return { verifyText: Buffer.from(VERIFY_TEXT, 'utf8'), verifyPy, views: historyViews, release: version };
}

/**
 * Makes the archive where it is not there, and verifies it from the file in any case: one that an earlier try left is
 * good if it holds the same. Rejects with a CliError where it does not verify, or is of something else.
 */
export async function archived(exports: HistoryExports, of: ArchiveOf): Promise<Archive> {
  if (!(await stat(of.file).catch(() => undefined))) await write(exports, of);
  const report = await verifyFile(of.file, {
    upTo: 5,
    policy: parsePolicy([...of.vkeys.map((vkey) => `log ${vkey}`), 'quorum none', ''].join('\n')),
  });
  if (!report.ok)
    throw new CliError(
      `The archive ${of.file} does not verify (${report.fault?.code ?? ''}: ${report.fault?.message ?? ''}): nothing was removed. Delete the file, or name another; if it happens again, look at the log with "restore --drill".`,
      exitCodes.verification,
    );
  const { kind, from, to } = report.bundle?.scope ?? {};
  if (kind !== 'log' || from !== of.from || to !== of.to)
    throw new CliError(
      `The file ${of.file} is there already and holds something else than places ${of.from} to ${of.to - 1} of the log: name another.`,
      exitCodes.conflict,
    );
  const [sha256, { size }] = [await digestOf(of.file), await stat(of.file)];
  return { sha256, bytes: size, report };
}

async function write(exports: HistoryExports, { file, from, to }: ArchiveOf): Promise<void> {
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  try {
    const options = { format: 'bundle', attachments: true };
    const begun = await exports.ofLog(from, to, options, { type: 'system', id: 'cordon', roles: [] });
    if (!begun.ok)
      throw new CliError(
        'The log was not signed in time, and nothing was removed: see why the server does not sign, or stop it, and try again.',
      );
    const handle = await open(part, 'wx', 0o600);
    try {
      for await (const chunk of begun.bundle.bytes()) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
    const folder = await open(dirname(file));
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    await rm(part, { force: true });
    throw explained(error, file);
  }
}

/** What a person can do about it, where there is something. */
function explained(error: unknown, file: string): unknown {
  if (error instanceof ErasedMeanwhileError)
    return new CliError('Somebody was erased while the archive was being made: try again.');
  if (error instanceof AlteredEvidenceError)
    return new CliError(
      `The archive would not hold all that was collected (${error.message}): put the file back from its copy. Nothing was removed.`,
      exitCodes.verification,
    );
  if ((error as NodeJS.ErrnoException).syscall === undefined) return error;
  return new CliError(`The archive ${file} cannot be written (${reasonOf(error)}): nothing was removed.`);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

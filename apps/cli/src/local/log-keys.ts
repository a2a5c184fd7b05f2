/** The log's keys where the server of this checkout keeps them. */
import { dirname, join, resolve } from 'node:path';
import { parseCheckpoint, parseNote } from '@cordon/audit';
import { FolderKeys, SignerMemoryFile } from '@cordon/store';
import { OperationalError, TamperError } from '@cordon/kernel';
import { CliError, exitCodes } from '../exit-codes.js';
import type { Io } from '../io.js';
import { dataFolderOf } from './data-folder.js';

/** Beside the vault's key, as the server has it. */
export function keyFolderOf(io: Io): string {
  const vaultKey = io.env['CORDON_VAULT_KEY_FILE'];
  return vaultKey ? dirname(resolve(io.root, vaultKey)) : join(dataFolderOf(io), 'keys');
}

export function signerMemoryOf(io: Io): SignerMemoryFile {
  return new SignerMemoryFile(join(keyFolderOf(io), 'log.checkpoint'));
}

/** The keys in files; `log` is false where CORDON_LOG_KEY names another place for the log's own. */
export function folderKeysOf(io: Io): { readonly keys: FolderKeys; readonly log: boolean } {
  const spec = io.env['CORDON_LOG_KEY'] ?? '';
  const folder = keyFolderOf(io);
  if (spec === '') return { keys: new FolderKeys(folder), log: true };
  const path = /^file:(?!.* -> )(?<path>.+)$/.exec(spec)?.groups?.['path'];
  if (path === undefined) return { keys: new FolderKeys(folder), log: false };
  return { keys: new FolderKeys(folder, resolve(io.root, path)), log: true };
}

/** The origin of the log, by what was signed last. Throws a CliError where nothing was. */
export async function originOf(io: Io): Promise<string> {
  const memory = signerMemoryOf(io);
  const note = await memory.last();
  if (note !== undefined) return parseCheckpoint(parseNote(note).text).origin;
  throw new CliError(
    `Nothing has been signed here yet (there is no ${memory.path}): start the server once, or name its folder in CORDON_DATA_DIR.`,
    exitCodes.notFound,
  );
}

/** What the log's own errors say is for a person as it is. */
export async function speaking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TamperError) throw new CliError(error.message, exitCodes.verification);
    if (error instanceof OperationalError) throw new CliError(error.message);
    throw error;
  }
}

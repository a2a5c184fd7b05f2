import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Io } from '../io.js';

/** Where the server of this checkout keeps its data: relative to the checkout, which the server runs in. */
export function dataFolderOf(io: Io): string {
  return resolve(io.root, io.env['CORDON_DATA_DIR'] || '.cordon');
}

export function tokenFileOf(io: Io, dataFolder = dataFolderOf(io)): string {
  return join(dataFolder, 'admin-token');
}

/** The administrator's token that a server leaves in its data folder; undefined when there is none to read. */
export async function readAdminToken(file: string): Promise<string | undefined> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    return token === '' ? undefined : token;
  } catch {
    return undefined;
  }
}

/** The permission bits of a file, like 0o600; undefined when it is not there. Meaningless on Windows. */
export async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return undefined;
  }
}

/** Folders that are really ours: nothing below the root is a link that somebody planted. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperationalError } from '@cordon/kernel';

/** Makes the folder below the root, each of its parts a folder of its own and on disk. Throws where one is a link. */
export async function ensureFolder(root: string, ...parts: readonly string[]): Promise<string> {
  let path = root;
  for (const part of parts) {
    const parent = path;
    path = join(path, part);
    const made = await mkdir(path, { mode: 0o700 }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
        return false;
      },
    );
    if (!made && !(await lstat(path)).isDirectory()) {
      throw new OperationalError(
        `${path} is not a folder: evidence is only kept in folders of its own`,
        false,
      );
    }
    if (made) await syncFolder(parent);
  }
  return path;
}

/** Opens the file at this place below the root for reading; undefined when it is not there, or not a plain file. */
export async function openPlain(root: string, ...parts: readonly string[]): Promise<FileHandle | undefined> {
  try {
    for (let depth = 1; depth < parts.length; depth += 1) {
      if (!(await lstat(join(root, ...parts.slice(0, depth)))).isDirectory()) return undefined;
    }
    const handle = await open(
      join(root, ...parts),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  } catch (error) {
    if (MISSING.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Nothing there, a link (ELOOP), a file where a folder should be, a socket. */
const MISSING: readonly string[] = ['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO', 'EISDIR'];

/** A rename or a new name survives a crash only when the folder itself is on disk. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function syncParent(path: string): Promise<void> {
  return syncFolder(dirname(path));
}

export function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

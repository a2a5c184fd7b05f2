/** Small files that matter, written so that a crash leaves the one before or the new one, and nothing half. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export async function closing<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

/** Resolves to undefined where there is no such file. */
export function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}

/** The file's text; undefined where there is none. */
export function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessGone);
}

/** A file beside this one that only its owner may read, on disk when this resolves; its path. Its folder is made where it is missing. */
export async function writeDraft(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await closing(await open(draft, 'wx', 0o600), async (handle) => {
      await handle.writeFile(text);
      await handle.sync();
    });
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  return draft;
}

/** The file holds this text from here on, whatever happens. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await rename(await writeDraft(path, text), path);
  await syncFolder(path);
}

/** A name is on disk only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  await closing(await open(dirname(path), 'r'), (folder) => folder.sync());
}

/** Random bytes over the contents, on disk when this resolves; nothing where there is no such file. */
export async function overwrite(path: string): Promise<void> {
  const handle = await open(path, 'r+').catch(unlessGone);
  if (!handle) return;
  await closing(handle, async () => {
    const { size } = await handle.stat();
    await handle.write(randomBytes(size), 0, size, 0);
    await handle.sync();
  });
}

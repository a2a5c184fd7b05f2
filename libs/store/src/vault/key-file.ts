/**
 * Where the deployment's key lies: outside the database, so that a backup of the database alone opens nothing. While the
 * key changes, the next one lies beside the present one as `<file>.<key id>`; the database says which of them counts.
 *
 * Every step may be cut short by a crash, be done twice, or be done by two processes at once: a key that counts is always
 * whole under one of the names, and what is destroyed is told by what it holds, not by its name.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readDocument, writeDocument, type DeploymentKey } from './key-document.js';
import { VaultKeyError } from './vault-key-error.js';

const KEY_ID = /^[0-9a-f]{16}$/;

export class KeyFile {
  constructor(readonly path: string) {}

  /** The key in the file itself; undefined where there is none. Throws a VaultKeyError for a file that may not be read. */
  present(): Promise<DeploymentKey | undefined> {
    return read(this.path);
  }

  /** Whether there is a file at all, be it a key or not. */
  async exists(): Promise<boolean> {
    const found = await withReason(`The vault's key file ${this.path} cannot be read`, () =>
      stat(this.path).catch(unlessGone),
    );
    return found !== undefined;
  }

  /** The key of this id, under whichever name; undefined when it is not here. */
  async find(id: string): Promise<DeploymentKey | undefined> {
    // Beside first: between the two looks a key may move from there into the file, never the other way.
    const beside = await read(this.beside(id));
    if (beside?.id === id) return beside;
    const present = await this.present();
    return present?.id === id ? present : undefined;
  }

  /** Lays a key beside the file, on disk for good when this resolves. */
  async add(key: DeploymentKey): Promise<void> {
    await withReason(`The next key cannot be written beside ${this.path}`, async () => {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      const handle = await open(this.beside(key.id), 'wx', 0o600);
      await closing(handle, async () => {
        await handle.writeFile(writeDocument(key));
        await handle.sync();
      });
      await this.syncFolder();
    });
  }

  /** The key of this id takes the place of the one in the file, which is overwritten first where it is a retired one. */
  async promote(id: string): Promise<void> {
    await withReason(`The key in ${this.path} cannot be replaced`, async () => {
      const next = await read(this.beside(id));
      if (next?.id !== id) return;
      await overwrite(this.path, (found) => found !== undefined && next.retired.includes(found.id));
      await rename(this.beside(id), this.path).catch(unlessGone);
      await this.syncFolder();
    });
  }

  /** Destroys every key beside the file. Only while no other process may be laying one there. */
  async dropOthers(): Promise<void> {
    await withReason(`The keys beside ${this.path} cannot be removed`, async () => {
      const prefix = `${basename(this.path)}.`;
      const names = await readdir(dirname(this.path)).catch(none);
      const others = names.filter(
        (name) => name.startsWith(prefix) && KEY_ID.test(name.slice(prefix.length)),
      );
      for (const name of others) {
        const path = join(dirname(this.path), name);
        await overwrite(path, () => true);
        await unlink(path).catch(unlessGone);
      }
      if (others.length > 0) await this.syncFolder();
    });
  }

  private beside(id: string): string {
    return `${this.path}.${id}`;
  }

  /** A name is on disk only when its folder is. */
  private async syncFolder(): Promise<void> {
    const folder = await open(dirname(this.path), 'r');
    await closing(folder, () => folder.sync());
  }
}

async function read(path: string): Promise<DeploymentKey | undefined> {
  const text = await withReason(`The vault's key file ${path} cannot be read`, () =>
    readFile(path, 'utf8').catch((error: unknown) => unlessGone(error)),
  );
  return text === undefined ? undefined : readDocument(text);
}

/**
 * Random bytes over a file's contents, on disk when this resolves. The contents are judged and overwritten through one
 * handle: whatever takes the name meanwhile is left alone.
 */
async function overwrite(
  path: string,
  isDoomed: (found: DeploymentKey | undefined) => boolean,
): Promise<void> {
  const handle = await open(path, 'r+').catch(unlessGone);
  if (!handle) return;
  await closing(handle, async () => {
    const contents = await handle.readFile();
    if (!isDoomed(readDocument(contents.toString('utf8')))) return;
    await handle.write(randomBytes(contents.length), 0, contents.length, 0);
    await handle.sync();
  });
}

async function closing<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await handle.close();
  }
}

function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}

function none(error: unknown): string[] {
  unlessGone(error);
  return [];
}

async function withReason<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VaultKeyError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new VaultKeyError(
      `${what} (${reason}). The user that runs Cordon must own the folder, and may read and write it.`,
      { cause: error },
    );
  }
}

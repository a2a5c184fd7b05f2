/**
 * One private key of the log: Ed25519 as PKCS#8 PEM, readable by its owner only, outside the database. While another one
 * takes its place, that lies beside it as `<file>.next`; which of them signs follows from what the journal says of them.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { link, rename, stat, unlink } from 'node:fs/promises';
import { LogKeyError } from '@cordon/runtime';
import { overwrite, syncFolder, textOf, unlessGone, writeDraft } from './files.js';

export class LogKeyFile {
  constructor(readonly path: string) {}

  get nextPath(): string {
    return `${this.path}.next`;
  }

  /**
   * The keys that are here, the one in the file first. A replacement that was cut short, after the old key had been
   * destroyed, is finished. Rejects with a LogKeyError for a file that others may read, or that holds something else.
   */
  async keys(): Promise<readonly KeyObject[]> {
    return withReason(this.path, async () => {
      const next = await readKey(this.nextPath);
      const present = await readKey(this.path).catch(async (error: unknown) => {
        if (!next || !(error instanceof NoKeyInside)) throw error;
        await this.takeOver();
        return undefined;
      });
      return [present, next].flatMap((key) => key ?? []);
    });
  }

  /** Makes the first key where there is no file; of several processes that do, one does. */
  async make(): Promise<void> {
    await withReason(this.path, () => layDown(this.path));
  }

  /** Lays the next key beside the present one. False when one lies there already. */
  async addNext(): Promise<boolean> {
    return withReason(this.nextPath, () => layDown(this.nextPath));
  }

  /** The next key takes the place of the present one, which is destroyed first. Nothing happens where there is no next one. */
  async replace(): Promise<void> {
    await withReason(this.path, async () => {
      if (!(await readKey(this.nextPath))) return;
      await overwrite(this.path);
      await this.takeOver();
    });
  }

  /** Gives the key another name, `<file>.<suffix>`, so that the next start makes a new one. Nothing where there is none. */
  async moveAside(suffix: string): Promise<void> {
    await withReason(this.path, async () => {
      await rename(this.nextPath, `${this.nextPath}.${suffix}`).catch(unlessGone);
      await rename(this.path, `${this.path}.${suffix}`).catch(unlessGone);
      await syncFolder(this.path).catch(unlessGone);
    });
  }

  private async takeOver(): Promise<void> {
    await rename(this.nextPath, this.path).catch(unlessGone);
    await syncFolder(this.path);
  }
}

/** What the file holds is no key. */
class NoKeyInside extends LogKeyError {}

/** A new key under this name; false when there is a file of that name. */
async function layDown(path: string): Promise<boolean> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = await writeDraft(path, String(privateKey.export({ format: 'pem', type: 'pkcs8' })));
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await unlink(draft);
  }
  await syncFolder(path);
  return true;
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  const found = await stat(path).catch(unlessGone);
  if (!found) return undefined;
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new LogKeyError(
      `${path} is open to others (${(found.mode & 0o777).toString(8).padStart(4, '0')}): whoever has read it can sign as this log. Run "chmod 600 ${path}", and where others had access to this machine, "cordon audit key rotate".`,
    );
  const text = await textOf(path);
  if (text === undefined) return undefined;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The reason would quote what is in the file.
  }
  throw new NoKeyInside(
    `${path} does not hold an Ed25519 private key (PKCS#8, PEM): it was cut off, overwritten, or is something else. Put the log's key file back there.`,
  );
}

async function withReason<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LogKeyError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LogKeyError(
      `The key file ${path} cannot be used (${reason}). The user that runs Cordon must own its folder, and may read and write it.`,
      { cause: error },
    );
  }
}

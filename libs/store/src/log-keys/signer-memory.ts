/**
 * What the signer signed last, in files outside the database: what is restored with the database remembers nothing.
 *
 *     log.checkpoint          the note, for people and for whoever keeps a copy
 *     log.checkpoint.<size>   the same, under the number of leaves that it is about
 *
 * A process that has lost its lead without knowing may still write, a moment after the next one did. Nothing that is
 * asked of the file system there waits for anybody, so a lock would have to be broken after a time, and who sleeps longer
 * than that writes all the same. Therefore a note lies under its size first, and that file goes only when one of a
 * larger size lies beside it: whatever is written over `log.checkpoint`, and by whom, the largest of all is what was
 * signed last.
 */
import { readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { NoteError, parseCheckpoint, parseNote } from '@cordon/audit';
import { OperationalError, TamperError } from '@cordon/kernel';
import type { SignerMemory } from '@cordon/runtime';
import { syncFolder, textOf, unlessGone, writeWhole } from './files.js';

interface Kept {
  readonly path: string;
  readonly note: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

export class SignerMemoryFile implements SignerMemory {
  constructor(readonly path: string) {}

  async last(): Promise<string | undefined> {
    return newest(await this.trying('read', () => this.kept()))?.note;
  }

  /**
   * Keeps the note unless a larger tree was signed already: then that is what stays remembered. Any number of processes
   * may call this at once. Rejects with a TamperError where another log was signed here, or another tree of that size.
   */
  async remember(note: string): Promise<void> {
    await this.trying('written', async () => {
      const mine = keptIn(this.path, note);
      const before = newest(await this.kept());
      if (before) mustFollow(mine, before);
      if (before === undefined || before.size <= mine.size) await writeWhole(this.pathOf(mine.size), note);
      await this.show(mine);
      await this.removeSmaller();
    });
  }

  /** Gives it another name, so that the next tree starts without it. Nothing where there is none. */
  async moveAside(suffix: string): Promise<void> {
    await this.trying('moved', async () => {
      const all = await this.kept();
      const last = newest(all);
      if (!last) return;
      // What was signed last goes last: cut short, it is found again.
      for (const { path } of all) if (path !== last.path) await unlink(path).catch(unlessGone);
      await rename(last.path, `${this.path}.${suffix}`).catch(unlessGone);
      await syncFolder(this.path).catch(unlessGone);
    });
  }

  private pathOf(size: number): string {
    return `${this.path}.${size}`;
  }

  /** `log.checkpoint` holds what was signed last; whoever writes over it meanwhile is seen when it is read again. */
  private async show(mine: Kept): Promise<void> {
    for (let wrote = false; ; wrote = true) {
      const all = await this.kept();
      const last = newest(all) ?? mine;
      const wanted = last.size === mine.size ? mine : last;
      const shown = all.find(({ path }) => path === this.path);
      if (shown && (shown.note === wanted.note || (wrote && shown.size === wanted.size))) return;
      await writeWhole(this.path, wanted.note);
    }
  }

  private async removeSmaller(): Promise<void> {
    const sizes = (await this.kept()).flatMap(({ path, size }) => (path === this.path ? [] : [size]));
    const largest = Math.max(...sizes);
    await syncFolder(this.path);
    for (const size of sizes) if (size < largest) await unlink(this.pathOf(size)).catch(unlessGone);
  }

  /** Every note that lies there. Where one went while they were read, a larger one has come: they are read again. */
  private async kept(): Promise<readonly Kept[]> {
    for (;;) {
      const names = await readdir(dirname(this.path)).catch(unlessGone);
      const sized = (names ?? []).filter(
        (name) => name.startsWith(`${basename(this.path)}.`) && /\.[1-9]\d{0,15}$/.test(name),
      );
      const paths = sized.map((name) => this.pathOf(Number(name.slice(name.lastIndexOf('.') + 1))));
      const texts = await Promise.all([this.path, ...paths].map((path) => textOf(path)));
      if (texts.slice(1).includes(undefined)) continue;
      return [this.path, ...paths].flatMap((path, i) => {
        const text = texts[i];
        return text === undefined ? [] : keptIn(path, text);
      });
    }
  }

  private async trying<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TamperError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new OperationalError(`${this.path} cannot be ${what} (${reason}).`, false, { cause: error });
    }
  }
}

/** The first where two are of one size: that for people, who may have put back what they kept. */
function newest(all: readonly Kept[]): Kept | undefined {
  let found: Kept | undefined;
  for (const one of all) if (!found || one.size > found.size) found = one;
  return found;
}

function keptIn(path: string, note: string): Kept {
  try {
    const { origin, size, root } = parseCheckpoint(parseNote(note).text);
    return { path, note, origin, size, root: Buffer.from(root).toString('base64') };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new TamperError(
      `${path} does not hold the last checkpoint that was signed: ${error.message}. Put back a copy of it, or the newest checkpoint that was kept elsewhere`,
      { cause: error },
    );
  }
}

function mustFollow(mine: Kept, before: Kept): void {
  if (mine.origin !== before.origin)
    throw new TamperError(
      `${before.path} holds what was signed of the log ${before.origin}, and ${mine.origin} was to be written over it: each deployment has a folder of its own`,
    );
  if (mine.size === before.size && mine.root !== before.root)
    throw new TamperError(
      `Two trees of ${mine.size} entries were signed of the log ${mine.origin}: ${before.path} holds the other one`,
    );
}

import { rename } from 'node:fs/promises';
import { NoteError, parseCheckpoint, parseNote } from '@cordon/audit';
import { OperationalError, TamperError } from '@cordon/kernel';
import type { SignerMemory } from '@cordon/runtime';
import { syncFolder, textOf, unlessGone, writeWhole } from './files.js';

/** The last checkpoint that was signed, in a file outside the database: what is restored with the database remembers nothing. */
export class SignerMemoryFile implements SignerMemory {
  constructor(readonly path: string) {}

  async last(): Promise<string | undefined> {
    const text = await this.trying('read', () => textOf(this.path));
    if (text === undefined) return undefined;
    try {
      parseCheckpoint(parseNote(text).text);
      return text;
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      throw new TamperError(
        `${this.path} does not hold the last checkpoint that was signed: ${error.message}. Put back a copy of it, or the newest checkpoint that was kept elsewhere`,
        { cause: error },
      );
    }
  }

  async remember(note: string): Promise<void> {
    await this.trying('written', () => writeWhole(this.path, note));
  }

  /** Gives it another name, so that the next tree starts without it. Nothing where there is none. */
  async moveAside(suffix: string): Promise<void> {
    await this.trying('moved', async () => {
      await rename(this.path, `${this.path}.${suffix}`).catch(unlessGone);
      await syncFolder(this.path).catch(unlessGone);
    });
  }

  private async trying<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new OperationalError(`${this.path} cannot be ${what} (${reason}).`, false, { cause: error });
    }
  }
}

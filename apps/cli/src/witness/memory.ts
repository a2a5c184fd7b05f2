/**
 * What the witness remembers: of each log the last checkpoint that it cosigned, as the signed note itself with the
 * witness's own line under it. A folder of text files that a person can read, and that serves as evidence.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, NoteError, openNote, parseCheckpoint, type Vkey } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { CliError } from '../exit-codes.js';
import { lockFolder, replaceFile } from './folder.js';
import type { WitnessKey } from './key.js';

export interface Remembered {
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

export class WitnessMemory {
  private constructor(
    private readonly folder: string,
    private readonly vkey: Vkey,
    /** Gives the folder free for another process. */
    readonly close: () => Promise<void>,
  ) {}

  /**
   * Takes the folder for this process. The key is the witness's own, whose line every note in it must bear. Refuses a key
   * that has signed before and a memory that is gone: such a witness might contradict itself.
   */
  static async open(folder: string, { vkey, made }: WitnessKey): Promise<WitnessMemory> {
    const logs = join(folder, 'logs');
    if (made) await mkdir(logs, { recursive: true, mode: 0o700 });
    else if (!existsSync(logs))
      throw new CliError(
        `The folder ${logs} is gone, and with it what this witness cosigned: start a new witness with another --state, and put its key into the policies. An old copy of the folder would let this one contradict itself.`,
      );
    return new WitnessMemory(logs, vkey, await lockFolder(folder));
  }

  /** Undefined for a log that nothing was cosigned for. Throws a TamperError where the file is not what was written. */
  async last(origin: string): Promise<Remembered | undefined> {
    const path = this.pathOf(origin);
    const note = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (note === undefined) return undefined;
    try {
      const { text } = openNote(note, [this.vkey]);
      const checkpoint = parseCheckpoint(text, true);
      if (checkpoint.origin !== origin) throw new NoteError('E_ORIGIN', 'it is of another log');
      return { checkpoint, note };
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      throw new TamperError(
        `${path} is not what this witness wrote (${error.message}): nothing is cosigned for this log any more; start a new witness with another --state`,
      );
    }
  }

  /** By the SHA-256 of its origin line, hex; undefined where there is none. */
  async noteOf(name: string): Promise<string | undefined> {
    return readFile(join(this.folder, `${name}.checkpoint`), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  /** On return it survives a crash of the machine. */
  remember(origin: string, note: string): Promise<void> {
    return replaceFile(this.pathOf(origin), note);
  }

  private pathOf(origin: string): string {
    return join(this.folder, `${checkpointName(origin)}.checkpoint`);
  }
}

/** SHA-256 of the origin line, hex: an origin may hold what no file name may. */
function checkpointName(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}

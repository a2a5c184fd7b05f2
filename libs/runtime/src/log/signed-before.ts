import {
  type Checkpoint,
  NoteError,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVkey,
  rootAt,
} from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import type { LogHead, LogStore } from './ports.js';
import { storedTiles } from './tile-source.js';

/**
 * Whether the tree as it stands has grown from what was signed: same origin, no smaller, and the same root at that size.
 * Where keys are given, one of them must have signed it. Reads a few tiles. Rejects with a TamperError that says what was
 * found; `where` is where the note lies. C2SP
 * tlog-checkpoint: a log must not sign what is inconsistent with anything that it signed before.
 */
export async function checkAgainst(
  store: Pick<LogStore, 'tiles'>,
  head: LogHead,
  note: string,
  vkeys: readonly string[],
  where: string,
): Promise<Checkpoint> {
  const parsed = reading(where, () => parseNote(note));
  const signed = reading(where, () => parseCheckpoint(parsed.text));
  if (signed.origin !== head.origin)
    throw new TamperError(
      `The last checkpoint signed here (${where}) is of the log ${signed.origin}, and this database holds ` +
        `${head.origin}: it belongs to another deployment, or was recovered elsewhere. Check DATABASE_URL and ` +
        `CORDON_DATA_DIR; each deployment has a data folder of its own`,
    );
  if (vkeys.length > 0) reading(where, () => openNote(parsed, vkeys.map(parseVkey)));
  if (signed.size > head.size)
    throw new TamperError(
      `The database holds ${head.size} entries of the log ${head.origin}, and ${signed.size} were signed (${where}): ` +
        `${signed.size - head.size} are missing, as after the restore of an older backup`,
    );
  const root = await rootAt(storedTiles(store, head), signed.size);
  if (!root.equals(signed.root))
    throw new TamperError(
      `The first ${signed.size} entries of the log ${head.origin} are not those that were signed (${where}): the tree ` +
        `has the root ${root.toString('base64')} there, signed was ${Buffer.from(signed.root).toString('base64')}`,
    );
  return signed;
}

/** What cannot be read, or was not signed by us, is no checkpoint of ours. */
function reading<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new TamperError(`The last checkpoint (${where}) cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}

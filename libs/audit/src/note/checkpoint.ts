/** C2SP tlog-checkpoint: origin, size and root of a tree as the text of a signed note. */
import { invariant } from '@cordon/kernel';
import { HASH_BYTES, isSize } from '../tree/hashes.js';
import { encodeBase64, parseDecimal, parseHash } from './fields.js';
import { malformed } from './note-error.js';
import { isKeyName } from './vkey.js';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** The three lines that are signed. Throws an InvariantError for what no checkpoint can say. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  invariant(isKeyName(origin), `a log cannot be called ${JSON.stringify(origin)}`);
  invariant(
    isSize(size) && root.length === HASH_BYTES,
    `no checkpoint has size ${size} and a root of ${root.length} bytes`,
  );
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/**
 * Reads the text of a note. Throws a NoteError. Extension lines, which our logs never write, are refused; with
 * `foreign`, for logs of others, they are passed over, as C2SP says.
 */
export function parseCheckpoint(text: string, foreign = false): Checkpoint {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.includes(''))
    throw malformed('a checkpoint has the lines origin, size and root, and none is empty');
  const [origin = '', size = '', root = '', ...extensions] = lines;
  if (extensions.length > 0 && !foreign)
    throw malformed(`the checkpoint of ${JSON.stringify(origin)} has lines after its root`);
  return {
    origin,
    size: parseDecimal(size, 'the size of the checkpoint'),
    root: parseHash(root, 'the root of the checkpoint'),
  };
}

/** C2SP tlog-cosignature, the Ed25519 kind: a witness says when it saw which tree of a log as the largest one. */
import { NoteError } from './note-error.js';
import { formatSignature, type Note, parseNote } from './parse-note.js';
import { COSIGNATURE, type Vkey, verifyEd25519 } from './vkey.js';

const TIME_BYTES = 8;

export interface Cosigned {
  readonly vkey: Vkey;
  /** When the witness says that it signed, in seconds since 1970. */
  readonly timeSeconds: number;
}

/** What a witness signs: the note's text (with its last line feed) under a header and the time. Throws a RangeError for a time that is none. */
export function cosignedMessage(timeSeconds: number, text: string): Buffer {
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0)
    throw new RangeError(`${timeSeconds} is not a time in whole seconds since 1970`);
  return Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`, 'utf8');
}

/** The signature line of a witness, without its line feed; `signature` is over `cosignedMessage`. */
export function cosignatureLine(vkey: Vkey, timeSeconds: number, signature: Uint8Array): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  return formatSignature(vkey.name, vkey.keyId, Buffer.concat([time, signature]));
}

/** The time that a witness signed this text with; undefined where its signature does not verify. */
export function cosignedTime(vkey: Vkey, text: string, signature: Buffer): number | undefined {
  if (vkey.type !== COSIGNATURE || signature.length < TIME_BYTES) return undefined;
  const time = signature.readBigUInt64BE();
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const message = cosignedMessage(Number(time), text);
  return verifyEd25519(vkey.publicKey, message, signature.subarray(TIME_BYTES)) ? Number(time) : undefined;
}

/**
 * The cosignatures of these witnesses, in the order of their lines; lines of others, and keys of
 * another type than 4, are passed over. Throws a NoteError
 * `E_SIG` when a line that names one of the witnesses does not verify. The log's own signature is not looked at.
 */
export function verifyCosignatures(
  note: Note | string | Uint8Array,
  witnesses: readonly Vkey[],
): readonly Cosigned[] {
  const { text, signatures } =
    typeof note === 'string' || note instanceof Uint8Array ? parseNote(note) : note;
  return signatures.flatMap(({ name, keyId, signature }) => {
    const vkey = witnesses.find(
      (known) => known.type === COSIGNATURE && known.name === name && known.keyId.equals(keyId),
    );
    if (vkey === undefined) return [];
    const timeSeconds = cosignedTime(vkey, text, signature);
    if (timeSeconds === undefined)
      throw new NoteError('E_SIG', `the cosignature of the witness ${vkey.name} does not verify`);
    return [{ vkey, timeSeconds }];
  });
}

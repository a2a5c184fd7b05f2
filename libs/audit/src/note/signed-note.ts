/** C2SP signed-note: a text, and below it who signed it. */
import { invariant } from '@cordon/kernel';
import { cosignedTime } from './cosignature.js';
import { malformed, NoteError } from './note-error.js';
import { formatSignature, type Note, parseNote } from './parse-note.js';
import { ED25519, parseVkey, type Vkey, verifyEd25519 } from './vkey.js';

export { NoteError, type NoteErrorCode } from './note-error.js';
export {
  parseNote,
  parseSignature,
  formatSignature,
  MAX_NOTE_BYTES,
  MAX_NOTE_SIGNATURES,
  type Note,
  type NoteSignature,
} from './parse-note.js';

export interface OpenedNote extends Note {
  /** Whose signatures were verified: each known key once, in the order of their lines. At least one. */
  readonly by: readonly Vkey[];
}

/** What signs a note: a C2SP vkey of type 1 and the Ed25519 signature over the bytes. */
export interface NoteSigner {
  readonly vkey: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * A note that at least one of these keys signed. Lines of other keys are passed over. Throws a NoteError: `E_SIG` when a
 * line that names a known key does not verify, also beside others that do; `E_UNKNOWN_LOG` when no line names one.
 */
export function openNote(note: Note | string | Uint8Array, vkeys: readonly Vkey[]): OpenedNote {
  const parsed = typeof note === 'string' || note instanceof Uint8Array ? parseNote(note) : note;
  const message = Buffer.from(parsed.text, 'utf8');
  const by = new Set<Vkey>();
  for (const { name, keyId, signature } of parsed.signatures) {
    const vkey = vkeys.find((known) => known.name === name && known.keyId.equals(keyId));
    if (vkey === undefined) continue;
    const verifies =
      vkey.type === ED25519
        ? verifyEd25519(vkey.publicKey, message, signature)
        : cosignedTime(vkey, parsed.text, signature) !== undefined;
    if (!verifies) throw new NoteError('E_SIG', `the signature of ${name} does not verify`);
    by.add(vkey);
  }
  if (by.size === 0)
    throw new NoteError(
      'E_UNKNOWN_LOG',
      `no known key signed this note; it names ${parsed.signatures.map(({ name }) => name).join(', ')}`,
    );
  return { ...parsed, by: [...by] };
}

/** Text and signature lines as one note. The lines stand without their line feeds, as `formatSignature` gives them. Throws a NoteError for what would not be a note. */
export function noteOf(text: string, lines: readonly string[]): string {
  if (!text.endsWith('\n')) throw malformed('the text of a note ends with a line feed');
  const note = `${text}\n${lines.map((line) => `${line}\n`).join('')}`;
  const { text: readBack, signatures } = parseNote(note);
  invariant(readBack === text && signatures.length === lines.length, 'a note reads back as it was written');
  return note;
}

/** Signs the text with each key, in order. Throws a NoteError for a text that is none, or a key that is not of type 1. */
export async function signNote(text: string, keys: readonly NoteSigner[]): Promise<string> {
  const lines: string[] = [];
  for (const key of keys) {
    const { name, keyId, type } = parseVkey(key.vkey);
    if (type !== ED25519)
      throw malformed(`the key ${name} is of type ${type}, and does not sign notes as such`);
    lines.push(formatSignature(name, keyId, await key.sign(Buffer.from(text, 'utf8'))));
  }
  return noteOf(text, lines);
}

/** C2SP tlog-witness: the body of `POST add-checkpoint`. */
import { encodeBase64, MAX_PROOF_HASHES, parseDecimal, parseProofLines } from './fields.js';
import { malformed } from './note-error.js';
import { parseNote } from './parse-note.js';

export interface AddCheckpoint {
  /** Size of the checkpoint that the witness cosigned last; 0 before the first. */
  readonly oldSize: number;
  /** RFC 6962 consistency proof from there; empty from 0. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint. */
  readonly note: string;
}

/** Writes the body. Nothing is verified. Throws a NoteError for a proof of more than 63 hashes. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  if (proof.length > MAX_PROOF_HASHES)
    throw malformed(`a witness takes at most ${MAX_PROOF_HASHES} hashes, not ${proof.length}`);
  return `old ${oldSize}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
}

/** Reads the body in its one spelling, the note among it. Throws a NoteError. Verifies neither signature nor proof. */
export function parseAddCheckpoint(text: string): AddCheckpoint {
  const [, size, rest] = /^old (.*)\n([^]*)$/.exec(text) ?? [];
  if (size === undefined || rest === undefined)
    throw malformed('the request does not begin with a line "old SIZE"');
  const oldSize = parseDecimal(size, 'the old size');
  const { proof, rest: note } = parseProofLines(rest);
  if (oldSize === 0 && proof.length > 0) throw malformed('the proof from size 0 must be empty');
  parseNote(note);
  return { oldSize, proof, note };
}

/** C2SP tlog-proof: that one entry is in a log, as a file to hand over. */
import { decodeBase64, encodeBase64, parseDecimal, parseProofLines, quote } from './fields.js';
import { malformed } from './note-error.js';
import { parseNote } from './parse-note.js';

const HEADER = 'c2sp.org/tlog-proof@v1\n';

export interface TlogProof {
  /** Place of the entry, from 0. */
  readonly index: number;
  /** RFC 6962 inclusion proof, the leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  /** The signed note, cosignatures among it. */
  readonly checkpoint: string;
  /** Bytes that nothing vouches for. */
  readonly extra?: Uint8Array;
}

/** Writes the file. Nothing is verified. */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  const lines = [
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...proof.map(encodeBase64),
  ];
  return `${HEADER}${lines.join('\n')}\n\n${checkpoint}`;
}

/** Reads such a file in its one spelling. Throws a NoteError. Nothing is verified: open the checkpoint, then hold the proof against it. */
export function parseTlogProof(text: string): TlogProof {
  if (!text.startsWith(HEADER)) throw malformed(`a tlog-proof begins with the line ${HEADER.trim()}`);
  const [, extra, index, rest] =
    /^(?:extra (.*)\n)?index (.*)\n([^]*)$/.exec(text.slice(HEADER.length)) ?? [];
  if (index === undefined || rest === undefined)
    throw malformed('the proof has no line "index N" where it belongs');
  const extraBytes = extra === undefined ? undefined : decodeBase64(extra);
  if (extra !== undefined && extraBytes === undefined)
    throw malformed(`the extra data of the proof is not base64: ${quote(extra)}`);
  const { proof, rest: checkpoint } = parseProofLines(rest);
  parseNote(checkpoint);
  return {
    index: parseDecimal(index, 'the index of the proof'),
    proof,
    checkpoint,
    ...(extraBytes === undefined ? {} : { extra: extraBytes }),
  };
}

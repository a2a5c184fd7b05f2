import { decodeBase64, encodeBase64, quote } from './fields.js';
import { malformed } from './note-error.js';
import { isKeyName } from './vkey.js';

export const MAX_NOTE_BYTES = 1024 * 1024;
export const MAX_NOTE_SIGNATURES = 64;

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Buffer;
  /** What follows the key id. */
  readonly signature: Buffer;
  /** The whole line, without its line feed. */
  readonly line: string;
}

/** A C2SP signed note in its parts. Says nothing about who signed. */
export interface Note {
  /** Ends with a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const MARK = '\u2014 ';
const KEY_ID_BYTES = 4;

/**
 * Reads a signed note, strictly: UTF-8, no control characters but the line feed, at least one signature, base64 in its
 * one spelling, at most 1 MiB and 64 signatures. Throws a NoteError. Verifies nothing: see `openNote`.
 */
export function parseNote(note: string | Uint8Array): Note {
  const whole = typeof note === 'string' ? checkedText(note) : decodeUtf8(note);
  const control = /[\0-\x09\x0b-\x1f]/.exec(whole); // eslint-disable-line no-control-regex
  if (control !== null)
    throw malformed(`the note has the control character ${quote(control[0])}; lines end with one line feed`);
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) throw malformed('the note has no empty line between its text and its signatures');
  const lines = whole.slice(split + 2).split('\n');
  if (lines.pop() !== '') throw malformed('the note does not end with a line feed');
  if (lines.length === 0) throw malformed('the note has no signature');
  if (lines.length > MAX_NOTE_SIGNATURES)
    throw malformed(`the note has ${lines.length} signatures; at most ${MAX_NOTE_SIGNATURES} are read`);
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

/** Reads one signature line, without its line feed. Throws a NoteError. */
export function parseSignature(line: string): NoteSignature {
  const [name = '', base64 = '', ...more] = line.startsWith(MARK) ? line.slice(MARK.length).split(' ') : [];
  const bytes = decodeBase64(base64);
  if (!isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES || more.length > 0)
    throw malformed(
      `this is not a signature line, which is an em dash, a key name and base64: ${quote(line)}`,
    );
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES), line };
}

/** A signature line, without its line feed. Throws a NoteError for a name that no key may have. */
export function formatSignature(name: string, keyId: Uint8Array, signature: Uint8Array): string {
  if (!isKeyName(name)) throw malformed(`a key cannot be called ${quote(name)}: no spaces and no plus`);
  return `${MARK}${name} ${encodeBase64(Buffer.concat([keyId, signature]))}`;
}

function checkedText(text: string): string {
  if (Buffer.byteLength(text, 'utf8') > MAX_NOTE_BYTES) throw tooLong();
  if (!text.isWellFormed()) throw malformed('the note is not Unicode text');
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length > MAX_NOTE_BYTES) throw tooLong();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('the note is not UTF-8');
  }
}

function tooLong(): Error {
  return malformed(`the note is longer than ${MAX_NOTE_BYTES} bytes`);
}

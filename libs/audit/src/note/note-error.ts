/** Why a note is not accepted. */
export type NoteErrorCode = 'E_NOTE_FORMAT' | 'E_SIG' | 'E_UNKNOWN_LOG' | 'E_ORIGIN';

/** A note, or a part of one, from outside that is malformed or not signed as it must be. The message says which and why. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
  constructor(
    readonly code: NoteErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export function malformed(message: string): NoteError {
  return new NoteError('E_NOTE_FORMAT', message);
}

/**
 * What the use cases of evidence need from the world: a place for files, and somebody who looks for malware in them.
 *
 * A file goes through four stages. It is **received** under a name of its own while its hash is being made; it is
 * **kept** once it lies under its hash; the entry `evidence.add` then names that hash; and it is **settled** when that
 * entry is committed. A crash between two stages leaves a file that no entry names, and a **sweep** removes it later.
 */
import type { EpochMs } from '@cordon/kernel';

/** Bytes by their SHA-256. Nothing of what people call a file is part of where it lies. */
export interface EvidenceStore {
  /**
   * Takes all bytes, or none: nothing is left behind when the source fails, when there are more than `maxBytes`, or
   * when there is no room. `expectedBytes` is what the sender announced. Rejects with the source's error.
   */
  receive(bytes: AsyncIterable<Uint8Array>, maxBytes: number, expectedBytes?: number): Promise<Receipt>;
  /** Undefined when there is no such file. Whoever opens it closes it. */
  open(sha256: string): Promise<StoredFile | undefined>;
  /**
   * Removes files that were kept before this moment and never settled, and what was being received then. `wanted` says
   * which of these hashes an entry names after all; they stay. Returns how many files are gone.
   */
  sweep(
    before: EpochMs,
    wanted: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<number>;
}

export type Receipt =
  | { readonly outcome: 'received'; readonly file: ReceivedFile }
  | { readonly outcome: 'too_large' }
  | { readonly outcome: 'no_room' };

/** A file that is whole, and not yet under its hash. */
export interface ReceivedFile {
  /** Lowercase hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The first bytes, at most `HEAD_BYTES`: enough to tell what kind of file it is. */
  readonly head: Uint8Array;
  /** On return it lies under its hash and survives a crash; that the same content lies there already is no matter. */
  keep(): Promise<void>;
  /** An entry names it now: no sweep removes it any more. */
  settle(): Promise<void>;
  /** Forgets it, where it was not kept. */
  discard(): Promise<void>;
}

export const HEAD_BYTES = 4_100;

export interface StoredFile {
  readonly sizeBytes: number;
  /** From the first byte on; each call starts anew. */
  read(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface ScanVerdict {
  /** `unavailable`: nobody could look, or not at all of it. That says nothing about the file. */
  readonly verdict: 'clean' | 'infected' | 'unavailable';
  /** What was found, or why nobody could look. */
  readonly detail?: string;
}

/** Looks for malware. Never rejects: what goes wrong is `unavailable`. */
export interface EvidenceScanner {
  scan(bytes: AsyncIterable<Uint8Array>): Promise<ScanVerdict>;
}

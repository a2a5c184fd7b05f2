/** What a bundle is made from, and what is asked for. */
import type { BundleScope, KeptOpening, Leaf, ShownOpening } from '@cordon/audit';
import type { EvidenceStore } from '../evidence-ports.js';
import type { IncidentId, PlaybookStore } from '../ports.js';
import type { Vault } from '../vault.js';
import type { LogEntry, LogKey, LogStore, StoredCheckpoint } from './ports.js';

export interface BundleParts {
  readonly log: Pick<
    LogStore,
    | 'head'
    | 'tiles'
    | 'entries'
    | 'chainEntries'
    | 'journalEntries'
    | 'heads'
    | 'dailyCheckpoints'
    | 'checkpointOf'
    | 'timestamps'
  >;
  readonly playbooks: Pick<PlaybookStore, 'byDigest'>;
  /** Absent where the history holds no personal data. */
  readonly vault?: Vault;
  /** Absent where no files are kept: a bundle of an incident with files is then asked for without them. */
  readonly evidence?: Pick<EvidenceStore, 'open'>;
}

/** The scope of the manifest, with the number under which the store knows the incident. */
export type WantedScope =
  | (Extract<BundleScope, { kind: 'incident' }> & { readonly id: IncidentId })
  | Extract<BundleScope, { kind: 'log' }>;

export interface WantedBundle {
  readonly scope: WantedScope;
  /** Covers the export's own entry, and everything in scope. */
  readonly checkpoint: StoredCheckpoint;
  /** `seq` of the `history.export` in the journal. */
  readonly exportSeq: number;
  readonly attachments: boolean;
  /** Size of a checkpoint that the auditor has: it gets its consistency proof. */
  readonly since?: number;
}

/** What does not depend on the history. */
export interface BundleText {
  /** `VERIFY.txt` and `verify/verify.py`. */
  readonly verifyText: Uint8Array;
  readonly verifyPy: Uint8Array;
  /** Keys of the log, as C2SP vkeys. */
  readonly vkeys: readonly string[];
  /** Signs the manifest. */
  readonly key: LogKey;
  readonly views: readonly BundleView[];
  /** Of the program: another one may write views otherwise. */
  readonly release: string;
}

/** An entry as views get it. */
export interface BundleRecord {
  readonly index: number;
  /** Hex. */
  readonly hash: string;
  readonly leaf: Leaf;
  readonly openings: readonly KeptOpening[];
}

export interface BundleAbout {
  readonly origin: string;
  readonly ref?: string;
  readonly size: number;
}

/** The same history in another format. Pure: the same records give the same text. */
export interface BundleView {
  readonly path: string;
  write(records: () => AsyncIterable<BundleRecord>, about: BundleAbout): AsyncIterable<string | Uint8Array>;
}

/** An entry that is shown, and what is shown of its commitments. */
export interface ShownEntry {
  readonly entry: LogEntry;
  readonly leaf: Leaf;
  readonly openings: readonly ShownOpening[];
}

/** Somebody was erased since the checkpoint: the bundle that was begun cannot be finished. A new one can be made. */
export class ErasedMeanwhileError extends Error {
  override readonly name = 'ErasedMeanwhileError';
  constructor() {
    super('a person was erased after the checkpoint of this bundle');
  }
}

/** The checkpoint does not cover the entry that announces the key of bundles: nobody could say whose signature it is. */
export class UnannouncedKeyError extends Error {
  override readonly name = 'UnannouncedKeyError';
  constructor() {
    super('the key of bundles is not announced up to this checkpoint');
  }
}

/** The auditor's checkpoint is none that was signed here, as far as is known. */
export class UnknownCheckpointError extends Error {
  override readonly name = 'UnknownCheckpointError';
  constructor(readonly size: number) {
    super(`no checkpoint of ${size} leaves is known`);
  }
}

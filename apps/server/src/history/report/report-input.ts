/** What a report is written from. It is a function of this and of nothing else: the same input gives the same bytes. */
import type { EpochMs } from '@cordon/kernel';
import type { EntryView, EvidenceView, IncidentView, StepView } from '@cordon/runtime';

export type ReportLanguage = 'en' | 'zh-Hant';

/** An entry's place in the log. */
export interface ReportLeaf {
  readonly index: number;
  /** Leaf hash, lowercase hex. */
  readonly hash: string;
}

/** What the history is proved against. */
export interface ReportProof {
  /** The signed note, cosignatures among it. Its origin, size and root are printed from here. */
  readonly checkpoint: string;
  /** The keys that sign, `name+hex+base64`. */
  readonly keys: readonly { readonly purpose: 'log' | 'bundle'; readonly vkey: string }[];
  /** Of the incident's first and last entry. */
  readonly first: ReportLeaf;
  readonly last: ReportLeaf;
}

/** The bundle that belongs to the report. */
export interface ReportBundle {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Its content, to be attached; left out where it is too large. See `MAX_ATTACHED_BYTES`. */
  readonly content?: Uint8Array;
}

export interface ReportInput {
  readonly language: ReportLanguage;
  /** Printed as the time of the report, and written into the file. */
  readonly createdAt: EpochMs;
  /** IANA name of the zone in which times are printed, each with its offset; UTC when left out. */
  readonly timeZone?: string;
  readonly incident: IncidentView;
  /** All entries of the incident, ascending. */
  readonly entries: readonly EntryView[];
  readonly steps: readonly StepView[];
  readonly evidence: readonly EvidenceView[];
  readonly proof: ReportProof;
  readonly bundle?: ReportBundle;
}

/** A bundle of more bytes than this is named in the report, and not attached. */
export const MAX_ATTACHED_BYTES = 50 * 1024 * 1024;

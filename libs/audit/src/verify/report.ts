/** What a verifier says: docs/audit.md section 5. */
import type { NotChecked } from './not-checked.js';

export type FaultCode =
  | 'E_ZIP'
  | 'E_LIMIT'
  | 'E_MANIFEST'
  | 'E_NOTE_FORMAT'
  | 'E_SIG'
  | 'E_UNKNOWN_LOG'
  | 'E_ORIGIN'
  | 'E_SIZE'
  | 'E_ROOT'
  | 'E_CONSISTENCY'
  | 'E_PROOF'
  | 'E_LEAF_FORMAT'
  | 'E_NONCANONICAL'
  | 'E_FOREIGN_LEAF'
  | 'E_CHAIN_SEQ'
  | 'E_CHAIN_PREV'
  | 'E_COMPLETENESS'
  | 'E_TIME_ORDER'
  | 'E_TIME_WINDOW'
  | 'E_TSR'
  | 'E_QUORUM'
  | 'E_OPENING'
  | 'E_SUPPRESSED'
  | 'E_ATTACHMENT'
  | 'E_VIEW'
  | 'E_MACHINE'
  | 'E_REPLAY';

export type LevelNumber = 1 | 2 | 3 | 4 | 5;

export const LEVEL_NAMES = ['bytes', 'chain', 'time', 'openings', 'semantics'] as const;

/** Where a fault lies, as far as it lies in one place. */
export interface FaultPlace {
  /** Member of the bundle. */
  readonly path?: string;
  /** Place of the leaf in the log. */
  readonly index?: number;
  readonly incident?: string;
  readonly seq?: number;
}

export interface Fault extends FaultPlace {
  readonly code: FaultCode;
  readonly level: LevelNumber;
  /** One sentence for a person. */
  readonly message: string;
}

export interface LevelReport {
  readonly level: LevelNumber;
  readonly name: (typeof LEVEL_NAMES)[number];
  readonly outcome: 'holds' | 'fails' | 'not reached' | 'not asked';
  /** How much of what was checked; also where it fails. */
  readonly checked: Readonly<Record<string, number>>;
}

export interface Report {
  /** Every level that was asked for holds. What was not checked although it could be is in `notChecked`. */
  readonly ok: boolean;
  /** As the manifest says; absent where it could not be read. */
  readonly bundle?: {
    readonly origin: string;
    readonly scope: Readonly<Record<string, string | number>>;
    readonly size: number;
    /** Base64. */
    readonly root: string;
    readonly entries: number;
  };
  readonly levels: readonly LevelReport[];
  /** The first fault of the lowest level that has one. */
  readonly fault?: Fault;
  readonly notChecked: readonly NotChecked[];
  /** Whose values are withheld, the leaf that says that they were erased, and how many values that are. */
  readonly erased: readonly { readonly subject: string; readonly by: number; readonly values: number }[];
}

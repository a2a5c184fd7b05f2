import { BundleError } from '../bundle/bundle-error.js';
import { NoteError } from '../note/note-error.js';
import type { Fault, FaultCode, FaultPlace, LevelNumber } from './report.js';

/** The order in which the checks are described, whatever the order in which they are made. Tens are levels. */
export const RANK = {
  form: 10,
  manifest: 11,
  manifestSignature: 12,
  checkpoint: 13,
  size: 14,
  root: 15,
  consistency: 16,
  proof: 17,
  chain: 20,
  completeness: 21,
  order: 30,
  window: 31,
  timestamp: 32,
  quorum: 33,
  opening: 40,
  attachment: 41,
  view: 42,
  replay: 50,
} as const;

export type Rank = (typeof RANK)[keyof typeof RANK];

/** Ends the verification: nothing after it can be read. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly rank: Rank,
    readonly code: FaultCode,
    message: string,
    readonly place: FaultPlace = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Keeps the fault that counts: of the lowest rank, and of these the first that was found. */
export class Faults {
  private kept: { readonly rank: Rank; readonly fault: Fault } | undefined;

  get first(): Fault | undefined {
    return this.kept?.fault;
  }

  add(rank: Rank, code: FaultCode, message: string, place: FaultPlace = {}): void {
    if (this.kept && this.kept.rank <= rank) return;
    this.kept = { rank, fault: { code, level: levelOf(rank), message, ...place } };
  }

  /** Takes what was thrown; whatever is not a fault of the bundle is thrown on. */
  take(error: unknown, rank: Rank, place: FaultPlace = {}): void {
    const known = asRefused(error, rank, place);
    if (!known) throw error;
    this.add(known.rank, known.code, known.message, known.place);
  }

  /** Whether a fault of this level or a lower one is known. */
  upTo(level: LevelNumber): boolean {
    return this.kept !== undefined && this.kept.fault.level <= level;
  }
}

function levelOf(rank: Rank): LevelNumber {
  return Math.floor(rank / 10) as LevelNumber;
}

/** The fault that an error of the parts means; undefined for any other error. */
export function asRefused(error: unknown, rank: Rank, place: FaultPlace = {}): Refused | undefined {
  if (error instanceof Refused) return error;
  if (error instanceof NoteError) return new Refused(rank, error.code, error.message, place);
  if (!(error instanceof BundleError)) return undefined;
  const form = error.code === 'E_ZIP' || error.code === 'E_LIMIT';
  return new Refused(form ? RANK.form : rank, error.code, error.message, place);
}

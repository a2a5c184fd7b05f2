/** The verifier of the command line, as far as it runs in a browser: everything but RFC 3161 time-stamps. */
import {
  parsePolicy,
  PolicyError,
  verifyBundle,
  type BundleHistory,
  type HistoryRecord,
  type Report,
} from '@cordon/audit';
import { replayHistory } from '@cordon/runtime';
import { historyViews } from '@cordon/exchange';
import { blobSource } from './blob-source.js';

/** What is to be checked: the files that were chosen. */
export interface Question {
  readonly bundle: Blob;
  /** Text of the auditor's policy file. */
  readonly policy?: string;
  /** A checkpoint that was kept, as its file has it. */
  readonly since?: string;
}

/** When the first and the last entry that the bundle shows were recorded; known once levels 1 to 4 hold. */
export interface Span {
  readonly first: string;
  readonly last: string;
}

export type Answer =
  | { readonly kind: 'report'; readonly report: Report; readonly span?: Span }
  /** The auditor's own policy file cannot be used, and nothing was checked. */
  | { readonly kind: 'policy refused'; readonly message: string };

/** How far the check is: entries are read first, and then played again. */
export interface Progress {
  readonly phase: 'reading' | 'replaying';
  readonly entries: number;
  readonly of: number;
}

const REPLAY_PROGRESS_EVERY = 1_000;

/** Rejects where the file cannot be read. */
export async function checkBundle(
  { bundle, policy, since }: Question,
  onProgress: (progress: Progress) => void,
): Promise<Answer> {
  let known;
  try {
    known = policy === undefined ? undefined : parsePolicy(policy);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { kind: 'policy refused', message: error.message };
  }
  let span: Span | undefined;
  let [of, replayed] = [0, 0];
  const played = ({ leaf }: HistoryRecord): void => {
    span = { first: span?.first ?? leaf.at, last: leaf.at };
    if (replayed % REPLAY_PROGRESS_EVERY === 0) onProgress({ phase: 'replaying', entries: replayed, of });
    replayed += 1;
  };
  const report = await verifyBundle(blobSource(bundle), {
    ...(known ? { policy: known } : {}),
    ...(since === undefined ? {} : { since }),
    views: historyViews,
    replay: (history) => replayHistory(watched(history, played)),
    onProgress: (entries, all) => {
      of = all;
      onProgress({ phase: 'reading', entries, of });
    },
  });
  return { kind: 'report', report, ...(span ? { span } : {}) };
}

/** The same history; tells of every entry that is read. */
function watched(history: BundleHistory, seen: (record: HistoryRecord) => void): BundleHistory {
  return {
    ...history,
    async *records() {
      for await (const record of history.records()) {
        seen(record);
        yield record;
      }
    },
  };
}

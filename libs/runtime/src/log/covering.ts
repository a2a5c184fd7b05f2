import { JOURNAL_ID } from '../journal.js';
import type { LogStore, StoredCheckpoint } from './ports.js';

const LOOK_EVERY_MS = 50;
/** A hint may be lost. */
const ASK_EVERY_MS = 1_000;
/** Where nobody leads for so long there is nobody to wait for. The next one takes over sooner. */
const LEADERLESS_MS = 2_500;

export interface CoveringOptions {
  readonly store: Pick<LogStore, 'chainEntries' | 'checkpoint' | 'askForCheckpoint' | 'isLed'>;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * A checkpoint that covers this entry of the journal, asked for and waited for; undefined when none comes in time, or
 * nobody leads who could sign one. Time is what was paused: a clock that is set does not matter.
 */
export async function checkpointCovering(
  { store, pause }: CoveringOptions,
  journalSeq: number,
  timeoutMs: number,
): Promise<StoredCheckpoint | undefined> {
  let askAt = 0;
  let ledAt = 0;
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const found = await coveringNow(store, journalSeq);
    if (found || waited >= timeoutMs) return found;
    if (waited >= askAt) {
      await store.askForCheckpoint();
      askAt = waited + ASK_EVERY_MS;
      if (await store.isLed()) ledAt = waited;
    }
    if (waited - ledAt >= LEADERLESS_MS) return undefined;
    await pause(LOOK_EVERY_MS);
  }
}

async function coveringNow(
  store: CoveringOptions['store'],
  journalSeq: number,
): Promise<StoredCheckpoint | undefined> {
  const [entry] = await store.chainEntries(JOURNAL_ID, journalSeq - 1, journalSeq, 1);
  return entry && (await store.checkpoint(entry.index + 1));
}

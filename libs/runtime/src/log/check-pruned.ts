import { rootAt } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { JOURNAL_ID } from '../journal.js';
import type { LogHead, LogStore, Pruning } from './ports.js';
import { headsGone, saidPruned, type SaidPruned } from './pruned-leaf.js';
import { storedTiles } from './tile-source.js';

type Store = Pick<LogStore, 'prunings' | 'prunedChains' | 'chainEntries' | 'tiles'>;

/**
 * Whether everything that is gone went in good order: each pruning is backed by a `log.pruned` in the tree, below what
 * was signed, which says the same of the place, of the tree up to there, and of the incidents. Gives how many entries of
 * the journal are left below the newest. Rejects with a TamperError. Reads a row for each incident that is gone.
 */
export async function checkPruned(store: Store, head: LogHead, signed: number | undefined): Promise<number> {
  let kept = 0;
  let gone = 0;
  let before: Pruning | undefined;
  for (const pruning of await store.prunings()) {
    const from = before?.epoch === pruning.epoch ? before.place : 0;
    if (from === 0) gone = 0;
    const said = await announcementOf(store, pruning, signed);
    const { entries, ...chains } = await headsGone(store, pruning);
    gone += entries;
    const agrees =
      said.from === from &&
      said.to === pruning.place &&
      said.incidents === chains.incidents &&
      said.heads === chains.heads &&
      said.kept + gone === pruning.place;
    if (!agrees) throw notAsSaid(pruning);
    if (pruning.epoch === head.epoch) {
      const root = await rootAt(storedTiles(store, head), pruning.place);
      if (root.toString('base64') !== said.root) throw notAsSaid(pruning);
      kept = said.kept;
    }
    before = pruning;
  }
  const newest = before?.epoch === head.epoch ? before : undefined;
  if (newest?.place !== head.pruned?.place || newest?.lastEntry !== head.pruned?.lastEntry)
    throw new TamperError('What is said to be gone from the log changed while it was looked at');
  return kept;
}

async function announcementOf(
  store: Pick<LogStore, 'chainEntries'>,
  { place, announced }: Pruning,
  signed: number | undefined,
): Promise<SaidPruned> {
  const [entry] = await store.chainEntries(JOURNAL_ID, announced - 1, announced, 1);
  const said = entry && saidPruned(entry);
  if (!said)
    throw new TamperError(
      `Entries below place ${place} of the log are said to be gone, and entry ${announced} of the journal does not say so`,
    );
  if (signed !== undefined && entry.index >= signed)
    throw new TamperError(
      `Entries below place ${place} of the log are said to be gone, and what says so (entry ${announced} of the journal) was never signed`,
    );
  return said;
}

function notAsSaid({ place, announced }: Pruning): TamperError {
  return new TamperError(
    `What is gone below place ${place} of the log is not what entry ${announced} of the journal says`,
  );
}

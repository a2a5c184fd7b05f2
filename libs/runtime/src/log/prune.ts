/** Says in the journal what goes, waits until that is signed, and lets it go. */
import type { Clock } from '@cordon/kernel';
import type { Journal } from '../journal.js';
import { summariseHeads } from './heads.js';
import type { PruningOrder, PruningStore } from './plan-pruning.js';
import type { LogStore, StoredCheckpoint } from './ports.js';
import { PRUNED, prunedData, saidPruned, type PruningGrounds } from './pruned-leaf.js';
import type { LogService } from './service.js';

export interface PruneParts {
  readonly log: Pick<LogStore, 'head' | 'heads' | 'journalEntries'>;
  readonly pruning: PruningStore;
  readonly journal: Journal;
  readonly service: Pick<LogService, 'covering'>;
  readonly clock: Clock;
  /** How long it waits for a signature. */
  readonly waitMs: number;
}

export type Pruned =
  | {
      readonly ok: true;
      /** `seq` of the journal's entry. */
      readonly announced: number;
      readonly checkpoint: StoredCheckpoint;
    }
  /** Nobody signed in time: nothing is gone, and the same again goes on from here. */
  | { readonly ok: false };

/**
 * Prunes what was planned, after its archive was written and verified. May be cut short anywhere and done again: an
 * announcement of the same that was not followed up is taken up, and the rows go in one transaction. Rejects with a
 * PruningRefusedError where the plan no longer holds.
 */
export async function prune(
  parts: PruneParts,
  order: PruningOrder,
  grounds: PruningGrounds,
): Promise<Pruned> {
  const { log, pruning, journal, service, clock, waitMs } = parts;
  let announced = await announcedAlready(log, order, grounds.archive);
  if (announced === undefined) {
    // From here on the newest heads are such that they can be proved when the entries below are gone.
    await journal.record({ actor: CORDON, type: 'log.heads', data: { ...(await summariseHeads(log)) } });
    const data = prunedData(order.said, grounds);
    ({ seq: announced } = await journal.record({ actor: CORDON, type: PRUNED, data }));
  }
  const checkpoint = await service.covering(announced, waitMs);
  if (!checkpoint) return { ok: false };
  await pruning.prune(order, announced, clock.now());
  return { ok: true, announced, checkpoint };
}

const CORDON = { type: 'system', id: 'cordon', roles: [] } as const;

async function announcedAlready(
  log: Pick<LogStore, 'journalEntries'>,
  { said }: PruningOrder,
  archive: string,
): Promise<number | undefined> {
  const same = (await log.journalEntries([PRUNED])).findLast((entry) => {
    const before = saidPruned(entry);
    return (
      before?.archive === archive &&
      before.from === said.from &&
      before.to === said.to &&
      before.root === said.root &&
      before.kept === said.kept &&
      before.incidents === said.incidents &&
      before.heads === said.heads
    );
  });
  return same?.seq;
}

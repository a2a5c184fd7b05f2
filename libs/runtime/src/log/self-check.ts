/** Better to stop than to go on with a history that is not what was written. */
import { TILE_WIDTH } from '@cordon/audit';
import { InvariantError, TamperError } from '@cordon/kernel';
import { checkChains } from './check-chains.js';
import { BLOCK_TILES, EntryCheck } from './check-entries.js';
import { checkPruned } from './check-pruned.js';
import { checkUpperLevels } from './check-tree.js';
import type { LogHead, LogStore, SignerMemory } from './ports.js';
import { checkAgainst } from './signed-before.js';
import { MEMORY } from './signer.js';
import { mending } from './tamper.js';

/** Entries that are looked at before anything else happens; the patrol looks at the others. */
const CHECKED_AT_START = 200_000;
/** Blocks at once: the database reads the next while this process hashes. */
const LANES = 3;

export interface SelfCheckOptions {
  readonly store: LogStore;
  readonly memory: SignerMemory;
  /** Keys of the log that are here; one of them must have signed what is remembered. Empty: not asked. */
  readonly vkeys: readonly string[];
  /** Hears of progress: what is looked at, how much of it, of how many. */
  readonly told?: (what: 'entries' | 'incidents', done: number, all?: number) => void;
  readonly newest?: number;
}

/** What a look at the log found: where it stood then, and how many of its tiles of entries, from the first, are left to the patrol. */
export interface SelfChecked {
  readonly head: LogHead;
  readonly unchecked: number;
}

/**
 * Looks at all that a start depends on: head, tiles, what was signed, the newest entries and where each incident stands.
 * Rejects with a TamperError that says what was found and what to do. Others may write meanwhile.
 */
export function selfCheck(options: SelfCheckOptions): Promise<SelfChecked> {
  return mending(async () => {
    const { pruned } = await readHead(options.store);
    return unlessPruned(options.store, pruned, () => check(options));
  });
}

async function check(options: SelfCheckOptions): Promise<SelfChecked> {
  const { store, memory, vkeys, told, newest = CHECKED_AT_START } = options;
  const head = await readHead(store);
  const remembered = await memory.last();
  const signed = remembered && (await checkAgainst(store, head, remembered, vkeys, MEMORY));
  const stored = await store.checkpoint();
  if (stored) await checkAgainst(store, head, stored.note, vkeys, 'in the database');
  await checkUpperLevels(store, head);
  const entries = new EntryCheck(store, head);
  await entries.nothingBefore(await checkPruned(store, head, signed ? signed.size : stored?.size));
  const unchecked = Math.max(0, Math.floor((head.size - newest) / TILE_WIDTH));
  let [next, done] = [unchecked, 0];
  const lane = async (): Promise<void> => {
    while (next < entries.tiles) {
      const [from, to] = [next, Math.min(entries.tiles, next + BLOCK_TILES)];
      next = to;
      await entries.block(from, to).catch((error: unknown) => {
        next = entries.tiles;
        throw error;
      });
      done += (to - from) * TILE_WIDTH;
      told?.('entries', Math.min(done, head.size), head.size);
    }
  };
  await together(lane, LANES);
  await checkChains(store, (chains) => told?.('incidents', chains));
  return { head, unchecked };
}

/**
 * One round over what is in the tree, a block at a time with `pause` before each: the entries that a start left out, or,
 * without one, all of them and every incident. Rejects like `selfCheck`, and with whatever `pause` rejects with.
 */
export function patrol(store: LogStore, pause: () => Promise<void>, since?: SelfChecked): Promise<void> {
  return mending(async () => {
    const head = since?.head ?? (await readHead(store));
    // A round that was overtaken is walked again, whole.
    await unlessPruned(store, head.pruned, (again) => walk(store, pause, again ? undefined : since));
  });
}

async function walk(store: LogStore, pause: () => Promise<void>, since?: SelfChecked): Promise<void> {
  const head = since?.head ?? (await readHead(store));
  const entries = new EntryCheck(store, head);
  const tiles = since?.unchecked ?? entries.tiles;
  if (!since) {
    await checkUpperLevels(store, head);
    await entries.nothingBefore(await checkPruned(store, head, (await store.checkpoint())?.size));
  }
  for (let tile = 0; tile < tiles; tile += BLOCK_TILES) {
    await pause();
    await entries.block(tile, Math.min(tiles, tile + BLOCK_TILES));
  }
  if (!since) await checkChains(store, () => undefined, pause);
}

/** Entries may go in good order while this looks at the log: then what it found says nothing, and it looks again. */
async function unlessPruned<T>(
  store: LogStore,
  before: LogHead['pruned'],
  look: (again: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await look(false);
  } catch (error) {
    const { pruned } = await readHead(store);
    if (pruned?.place === before?.place && pruned?.lastEntry === before?.lastEntry) throw error;
    return unlessPruned(store, pruned, () => look(true));
  }
}

/** Lets several do the same at once, and waits for all of them also where one fails. */
async function together(work: () => Promise<void>, times: number): Promise<void> {
  const ended = await Promise.allSettled(Array.from({ length: times }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

async function readHead(store: LogStore): Promise<LogHead> {
  try {
    const head = await store.head();
    if (head.edge.size === head.size) return head;
    throw new TamperError(
      `The log's head says ${head.size} entries, and its edge is that of ${head.edge.size}`,
    );
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    throw new TamperError(`The log's head was changed: ${error.message}`, { cause: error });
  }
}

/** What a `log.pruned` of the journal says: docs/audit.md section 3. */
import { chainHeadLeaf, commitmentTo, Frontier, isOpen, leafHash, readLeaf } from '@cordon/audit';
import { TamperError, type JsonObject } from '@cordon/kernel';
import { keptOpenings } from '../entries.js';
import type { LogEntry, LogStore, Pruning } from './ports.js';

export const PRUNED = 'log.pruned';

/** Names are those of the entry's data. */
export interface SaidPruned {
  /** Where the pruning before ended; 0 for the first. */
  readonly from: number;
  /** Entries of incidents below this place may go. */
  readonly to: number;
  /** Root of the tree of `to` leaves, base64. */
  readonly root: string;
  /** Entries below `to` that stay: the journal's first so many. */
  readonly kept: number;
  /** How many incidents go. */
  readonly incidents: number;
  /** Base64: the RFC 6962 tree hash over where their chains ended, as in `log.heads`. */
  readonly heads: string;
}

/** Why, and on what grounds: for people, and not read again. */
export interface PruningGrounds {
  /** Closed before this moment. */
  readonly before: string;
  /** SHA-256, hex, of the bundle that was written and verified before. */
  readonly archive: string;
  readonly reason: string;
  /** The database's name of whoever did it. */
  readonly login: string;
}

const COUNTS = ['from', 'to', 'kept', 'incidents'] as const;
const TEXTS = ['root', 'heads'] as const;

/** Undefined where the entry is another, or a refusal. Throws a TamperError where the values beside it are not those that it commits to. */
export function saidPruned(entry: LogEntry): (SaidPruned & { readonly archive: string }) | undefined {
  const { sd = [], kind, event } = readLeaf(entry.leaf);
  if (kind !== 'journal' || event.type !== PRUNED) return undefined;
  const open = keptOpenings(entry).filter(isOpen);
  const value = (name: string): unknown =>
    open.find((opening) => opening.key === `data.${name}` && sd.includes(commitmentTo(opening)))?.value;
  const numbers = COUNTS.map((name) => [name, value(name)] as const);
  const texts = [...TEXTS, 'archive' as const].map((name) => [name, value(name)] as const);
  if (
    !numbers.every(([, one]) => Number.isSafeInteger(one)) ||
    !texts.every(([, one]) => typeof one === 'string')
  )
    throw new TamperError(
      `Entry ${entry.seq} of the journal (place ${entry.index} of the log) says which entries are gone, and the values beside it are not those that it commits to`,
    );
  return Object.fromEntries([...numbers, ...texts]) as unknown as ReturnType<typeof saidPruned>;
}

export function prunedData(said: SaidPruned, grounds: PruningGrounds): JsonObject {
  return { ...said, ...grounds };
}

/** The part of an announcement by which the chains that go are told. In the order of `uid`. */
export function headsOf(
  chains: readonly { readonly uid: string; readonly seq: number; readonly head: Uint8Array }[],
): Pick<SaidPruned, 'incidents' | 'heads'> {
  const tree = new Frontier();
  for (const chain of chains) append(tree, chain);
  return { incidents: chains.length, heads: tree.root().toString('base64') };
}

/** The same of those that are gone, and how many entries they had. Reads a page at a time. */
export async function headsGone(
  store: Pick<LogStore, 'prunedChains'>,
  pruning: Pick<Pruning, 'epoch' | 'place'>,
): Promise<Pick<SaidPruned, 'incidents' | 'heads'> & { readonly entries: number }> {
  const tree = new Frontier();
  let entries = 0;
  for (let after: string | undefined; ;) {
    const page = await store.prunedChains(pruning, PAGE, after);
    for (const chain of page) {
      append(tree, chain);
      entries += chain.seq;
    }
    if (page.length < PAGE) return { incidents: tree.size, heads: tree.root().toString('base64'), entries };
    after = page.at(-1)?.uid;
  }
}

/** Chains that are read at once. */
const PAGE = 1_000;

function append(tree: Frontier, chain: { uid: string; seq: number; head: Uint8Array }): void {
  const { uid, seq, head } = chain;
  tree.append(leafHash(chainHeadLeaf({ incident: uid, seq, head: Buffer.from(head).toString('hex') })));
}

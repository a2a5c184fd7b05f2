/** The newest entry of every chain as the tree had it at one size: docs/audit.md section 6. */
import { chainHeadLeaf, Frontier, leafHash, type ChainHead } from '@cordon/audit';
import type { LogStore } from './ports.js';

/** Chains that are read at once. */
const PAGE = 1_000;

/** What a `log.heads` entry says. */
export interface HeadsSummary {
  readonly count: number;
  /** Base64. */
  readonly root: string;
  /** Leaves of the tree whose chains these are. */
  readonly size: number;
}

/** Every chain with its newest entry up to this one, in the order of their names. Reads a page at a time. */
export async function* chainHeads(
  store: Pick<LogStore, 'heads'>,
  throughEntry: number,
): AsyncGenerator<ChainHead> {
  for (let after: string | undefined; ;) {
    const page = await store.heads(throughEntry, PAGE, after);
    for (const { uid, seq, head } of page)
      yield { incident: uid, seq, head: Buffer.from(head).toString('hex') };
    if (page.length < PAGE) return;
    after = page.at(-1)?.uid;
  }
}

/** Commits to the newest entry of every chain at once, as the tree stands now. */
export async function summariseHeads(store: Pick<LogStore, 'head' | 'heads'>): Promise<HeadsSummary> {
  const { size, lastEntry } = await store.head();
  const tree = new Frontier();
  for await (const head of chainHeads(store, lastEntry)) tree.append(leafHash(chainHeadLeaf(head)));
  return { count: tree.size, root: tree.root().toString('base64'), size };
}

/**
 * `log/heads.json`: that the incident's newest entry is in the newest `log.heads`. That entry holds only a root and the
 * size of the tree at which the heads were taken: what they were then is read again.
 */
import { chainHeadLeaf, formatHeads, Frontier, InclusionPath, leafHash, type ChainHead } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { openValue } from './bundle-entries.js';
import { chainHeads, type HeadsSummary } from './heads.js';
import type { LogEntry, LogStore } from './ports.js';

/**
 * The document; undefined where the incident was opened after those heads, or where entries are gone up to after those
 * heads, so that nobody knows any more what they were. Where they are `former`, of a tree from before the log was
 * recovered, also where the entries that are left have other heads. Rejects with a TamperError where the heads of this
 * tree are not those that were written down. Reads every chain's head, and keeps a few hashes of them.
 */
export async function headsDocument(
  log: Pick<LogStore, 'head' | 'entries' | 'heads'>,
  entry: LogEntry,
  incident: string,
  former: boolean,
): Promise<string | undefined> {
  const said = summaryOf(entry);
  const { pruned } = await log.head();
  if (pruned && said.size < pruned.place) return undefined;
  const last = said.size === pruned?.place ? pruned.lastEntry : await lastBefore(log, said.size);
  const found = await headIn(log, said, last, incident);
  if (found !== 'others') return found && formatHeads({ entry: entry.index, ...found });
  if (former) return undefined;
  throw new TamperError(
    `The log's entry at place ${entry.index} commits to the heads of ${said.count} histories, and they are others now`,
  );
}

interface ProvedHead {
  readonly index: number;
  readonly leaf: ChainHead;
  readonly proof: readonly Uint8Array[];
}

/** The chain's head among all heads of that size, proved; undefined where it is none of them. `others`: not these heads. */
async function headIn(
  log: Pick<LogStore, 'entries' | 'heads'>,
  { count, root }: HeadsSummary,
  last: number | undefined,
  incident: string,
): Promise<ProvedHead | undefined | 'others'> {
  const tree = new Frontier();
  let found: { readonly index: number; readonly leaf: ChainHead; readonly path: InclusionPath } | undefined;
  if (last !== undefined)
    for await (const leaf of chainHeads(log, last)) {
      if (tree.size === count) return 'others';
      const hash = leafHash(chainHeadLeaf(leaf));
      found?.path.append(hash);
      if (leaf.incident === incident)
        found = { index: tree.size, leaf, path: new InclusionPath(tree, count) };
      tree.append(hash);
    }
  if (tree.size !== count || tree.root().toString('base64') !== root) return 'others';
  return found && { index: found.index, leaf: found.leaf, proof: found.path.proof() };
}

async function lastBefore(log: Pick<LogStore, 'entries'>, size: number): Promise<number | undefined> {
  return (await log.entries(size - 1, size, 1)).at(0)?.id;
}

function summaryOf(entry: LogEntry): HeadsSummary {
  const [count, root, size] = ['count', 'root', 'size'].map((name) => openValue(entry, `data.${name}`));
  if (typeof count === 'number' && typeof root === 'string' && typeof size === 'number')
    return { count, root, size };
  throw new TamperError(`The log's entry at place ${entry.index} does not say what it commits to`);
}

/**
 * `log/heads.json`: that the incident's newest entry is in the newest `log.heads`. That entry holds only a root and the
 * size of the tree at which the heads were taken: what they were then is read again.
 */
import {
  chainHeadLeaf,
  formatHeads,
  inclusionProof,
  leafHash,
  memoryTiles,
  rootAt,
  type ChainHead,
} from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { openValue } from './bundle-entries.js';
import { chainHeads } from './heads.js';
import type { LogEntry, LogStore } from './ports.js';

/** Chains up to which the proof is made: some 50 MB. */
const MAX_CHAINS = 200_000;

/**
 * The document; undefined where the incident was opened after those heads, or where there are more chains than the proof
 * is made for. Rejects with a TamperError where the heads are not those that were written down. Reads every chain's head.
 */
export async function headsDocument(
  log: Pick<LogStore, 'entries' | 'heads'>,
  entry: LogEntry,
  incident: string,
): Promise<string | undefined> {
  const { count, root, size } = summaryOf(entry);
  if (count > MAX_CHAINS) return undefined;
  const heads: ChainHead[] = [];
  const [last] = await log.entries(size - 1, size, 1);
  if (last) for await (const head of chainHeads(log, last.id)) heads.push(head);
  const tiles = memoryTiles(heads.map((head) => leafHash(chainHeadLeaf(head))));
  if (heads.length !== count || (await rootAt(tiles, count)).toString('base64') !== root)
    throw new TamperError(
      `The log's entry at place ${entry.index} commits to the heads of ${count} histories, and they are others now`,
    );
  const index = heads.findIndex((head) => head.incident === incident);
  const leaf = heads[index];
  if (!leaf) return undefined;
  return formatHeads({
    entry: entry.index,
    index,
    leaf,
    proof: await inclusionProof(tiles, heads.length, index),
  });
}

function summaryOf(entry: LogEntry): {
  readonly count: number;
  readonly root: string;
  readonly size: number;
} {
  const [count, root, size] = ['count', 'root', 'size'].map((name) => openValue(entry, `data.${name}`));
  if (typeof count === 'number' && typeof root === 'string' && typeof size === 'number')
    return { count, root, size };
  throw new TamperError(`The log's entry at place ${entry.index} does not say what it commits to`);
}

import { leafHash, readLeaf } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { JOURNAL_ID } from '../journal.js';
import { refOf } from '../views.js';
import type { LogStore } from './ports.js';

/** Incidents that are read at once. */
const PAGE = 200;

type Chain = Awaited<ReturnType<LogStore['chains']>>[number];

/**
 * Whether every incident stands where its newest entry says: number, hash, and state. `told` hears how many were looked
 * at. Rejects with a TamperError that names the incident. Reads every incident once, its state inside the database only.
 */
export async function checkChains(
  store: Pick<LogStore, 'chains'>,
  told: (chains: number) => void,
  pause: () => Promise<void> = async () => undefined,
): Promise<void> {
  let seen = 0;
  let after: Chain['id'] | undefined;
  for (;;) {
    const page = await store.chains(PAGE, after);
    for (const chain of page) checkChain(chain);
    seen += page.length;
    told(seen);
    if (page.length < PAGE) return;
    after = page.at(-1)?.id;
    await pause();
  }
}

function checkChain({ id, seq, head, stateDigest, newest }: Chain): void {
  const name = id === JOURNAL_ID ? 'The journal' : refOf(id);
  if (!newest) {
    if (seq > 0) throw new TamperError(`${name} should have ${seq} entries, and has none`);
    return;
  }
  if (newest.seq !== seq)
    throw new TamperError(`${name} should have ${seq} entries, and its newest is entry ${newest.seq}`);
  const hash = Buffer.from(leafHash(newest.leaf));
  if (!hash.equals(newest.hash) || !hash.equals(head))
    throw new TamperError(
      `Entry ${seq} of ${name} was changed: it is not the one that ${name} came to by it`,
    );
  const { state } = readLeaf(newest.leaf);
  if (stateDigest !== undefined && state !== `sha256:${stateDigest}`)
    throw new TamperError(
      `The state of ${name} was changed: it is not the one that its entry ${seq} led to (${state ?? 'none'}, found sha256:${stateDigest})`,
    );
}

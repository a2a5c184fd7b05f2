/** Plays every incident of a database back and compares it with what is stored. */
import { ChainChecker, type KeptOpening } from '@cordon/audit';
import { canonicalJson, InvariantError, TamperError } from '@cordon/kernel';
import {
  JOURNAL_ID,
  Library,
  machineDigestOf,
  migrationTarget,
  Replay,
  type IncidentId,
  type StoredEntry,
} from '@cordon/runtime';
import type { Store } from '@cordon/store';

export interface ReplayedAll {
  readonly incidents: number;
  readonly entries: number;
  /** What does not hold, a sentence each. Empty is what is wanted. */
  readonly faults: readonly string[];
}

const ENTRIES = 500;
const INCIDENTS = 100;
/** Who is told so many reads no further. */
const MOST_FAULTS = 20;

/** Constant memory. `told` hears how many incidents were played. */
export async function replayAll(store: Store, told: (incidents: number) => void): Promise<ReplayedAll> {
  const library = new Library(store.playbooks);
  const faults: string[] = [];
  let [incidents, entries] = [0, 0];
  let before: IncidentId | undefined;
  for (;;) {
    const page = await store.incidents({ limit: INCIDENTS, ...(before === undefined ? {} : { before }) });
    for (const incident of page) {
      const { count, head, replayed, fault } = await playBack(store, library, incident.id, incident.uid);
      incidents += 1;
      entries += count;
      const found =
        fault ??
        stored(incident.seq, Buffer.from(incident.head).toString('hex'), { count, head }) ??
        (replayed?.revision === incident.revision && canonicalJson(replayed.state) === incident.state
          ? undefined
          : 'its stored state is not the one that its history leads to');
      if (found !== undefined) faults.push(`INC-${incident.id}: ${found}`);
      told(incidents);
    }
    before = page.at(-1)?.id;
    if (page.length < INCIDENTS || faults.length >= MOST_FAULTS) break;
  }
  const journal = await store.journal.head();
  const { count, head, fault } = await playBack(store, undefined, JOURNAL_ID, journal.uid);
  const found =
    fault ??
    (journal.seq === 0
      ? undefined
      : stored(journal.seq, Buffer.from(journal.head).toString('hex'), { count, head }));
  if (found !== undefined) faults.push(`the journal: ${found}`);
  return { incidents, entries: entries + count, faults };
}

interface PlayedBack {
  readonly count: number;
  readonly head: string;
  readonly replayed?: Replay['now'];
  readonly fault?: string;
}

/** One chain: links, openings, and, with a library, every transition made once more. Stops at the first fault. */
async function playBack(
  store: Store,
  library: Library | undefined,
  id: IncidentId,
  uid: string,
): Promise<PlayedBack> {
  const chain = new ChainChecker(uid);
  let replay: Replay | undefined;
  const at = (fault?: string): PlayedBack => ({
    ...{ count: chain.count, head: chain.head },
    ...(replay ? { replayed: replay.now } : {}),
    ...(fault === undefined ? {} : { fault }),
  });
  for (;;) {
    const entries = await store.entries(id, chain.count, ENTRIES);
    for (const entry of entries) {
      const broken = chain.next({ leaf: entry.leaf, hash: entry.hash, openings: openingsOf(entry) });
      if (broken) return at(broken.message);
      if (!library) continue;
      try {
        replay ??= new Replay(await library.machines(machineDigestOf(entry)));
        const target = migrationTarget(entry);
        replay.next(entry, target === undefined ? undefined : await library.machines(target));
      } catch (error) {
        if (error instanceof TamperError || error instanceof InvariantError) return at(error.message);
        throw error;
      }
    }
    if (entries.length < ENTRIES) return at();
  }
}

function stored(
  seq: number,
  head: string,
  found: { readonly count: number; readonly head: string },
): string | undefined {
  if (found.count !== seq) return `it should have ${seq} entries, and has ${found.count}`;
  return found.head === head ? undefined : 'its head is not the hash of its newest entry';
}

function openingsOf({ openings }: StoredEntry): readonly KeptOpening[] {
  return openings === undefined ? [] : (JSON.parse(openings) as readonly KeptOpening[]);
}

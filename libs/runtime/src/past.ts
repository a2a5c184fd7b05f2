/** What was known when: an incident at an instant or a revision, replayed from the nearest state that was kept. */
import { digestOf, readLeaf } from '@cordon/audit';
import { canonicalJson, fromIso, InvariantError } from '@cordon/kernel';
import type { IncidentState, Machines } from '@cordon/engine';
import type { IncidentId, ReadStore, StoredEntry } from './ports.js';
import { machineDigestOf, migrationTarget, Replay, type Replayed } from './replay.js';
import { SNAPSHOT_EVERY, type SnapshotLimit, type SnapshotStore, type StoredSnapshot } from './snapshots.js';

/** Entries read at a time where more are needed than lie between two kept states. */
const PAGE = 500;

export interface PastDependencies {
  readonly store: Pick<ReadStore, 'entries'>;
  /** Without it everything is replayed from the opening on. */
  readonly snapshots?: SnapshotStore;
  readonly machinesOf: (digest: string) => Promise<Machines>;
}

export type Moment = { readonly time: string } | { readonly revision: number };

export interface Past {
  readonly replayed: Replayed;
  /** Those that decided from then on. */
  readonly machines: Machines;
}

/**
 * The incident after the last entry that is not later than the moment; undefined when it was not open yet. O(entries
 * since the nearest kept state); states that it passes are kept for the next who asks. Throws a TamperError where the
 * history does not replay.
 */
export async function stateAt(
  deps: PastDependencies,
  id: IncidentId,
  when: Moment,
): Promise<Past | undefined> {
  const limit = limitOf(when);
  const snapshot = await deps.snapshots?.nearest(id, limit);
  const kept = snapshot && (await resumed(deps, id, snapshot));
  return walk(deps, id, limit, kept);
}

function limitOf(when: Moment): SnapshotLimit {
  if ('revision' in when) return when;
  const at = fromIso(when.time);
  if (at === undefined) throw new InvariantError('the time was checked before');
  return { at };
}

/** A replay that goes on after the snapshot; undefined where the snapshot is not the state that the log committed to. */
async function resumed(
  { store, machinesOf }: PastDependencies,
  id: IncidentId,
  snapshot: StoredSnapshot,
): Promise<Replay | undefined> {
  const [entry] = await store.entries(id, snapshot.seq - 1, 1);
  if (!entry || entry.seq !== snapshot.seq) return undefined;
  const leaf = readLeaf(entry.leaf);
  if (leaf.state !== `sha256:${digestOf(snapshot.state)}`) return undefined;
  return new Replay(await machinesOf(snapshot.playbookDigest), {
    state: JSON.parse(snapshot.state) as IncidentState,
    seq: snapshot.seq,
    revision: leaf.revision,
    at: leaf.at,
  });
}

async function walk(
  { store, snapshots, machinesOf }: PastDependencies,
  id: IncidentId,
  limit: SnapshotLimit,
  from: Replay | undefined,
): Promise<Past | undefined> {
  let replay = from;
  let after = from?.now?.seq ?? 0;
  let page = from ? SNAPSHOT_EVERY : PAGE;
  for (;;) {
    const passed: StoredSnapshot[] = [];
    const entries = await store.entries(id, after, page);
    const wanted = entries.filter((entry) => !isBeyond(entry, limit));
    for (const entry of wanted) {
      replay ??= new Replay(await machinesOf(machineDigestOf(entry)));
      const target = migrationTarget(entry);
      replay.next(entry, target === undefined ? undefined : await machinesOf(target));
      if (entry.seq % SNAPSHOT_EVERY === 0) passed.push(snapshotOf(id, entry, replay));
    }
    if (passed.length > 0) await snapshots?.add(passed);
    if (wanted.length < page) return replay?.now && { replayed: replay.now, machines: replay.machinesNow };
    after += page;
    page = PAGE;
  }
}

function isBeyond(entry: StoredEntry, limit: SnapshotLimit): boolean {
  if ('seq' in limit) return entry.seq > limit.seq;
  return 'revision' in limit ? entry.revision > limit.revision : entry.at > limit.at;
}

function snapshotOf(id: IncidentId, entry: StoredEntry, { now, machinesNow }: Replay): StoredSnapshot {
  if (!now) throw new InvariantError('an entry was played, and there is no state');
  return {
    incidentId: id,
    seq: entry.seq,
    revision: entry.revision,
    at: entry.at,
    playbookDigest: machinesNow.digest,
    state: canonicalJson(now.state),
  };
}

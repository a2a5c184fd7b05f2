import { leafHash, TreeEdge } from '@cordon/audit';
import { invariant, OperationalError, TamperError } from '@cordon/kernel';
import type {
  IncidentId,
  LogEntry,
  LogHead,
  LogStore,
  Pruning,
  StoredCheckpoint,
  StoredTile,
  StoredTimestamp,
  UnsequencedEntry,
} from '@cordon/runtime';
import { sha256 } from '../builders.js';
import { frozenCopy } from '../frozen.js';
import { MemoryCheckpoints } from './memory-checkpoints.js';
import { sameBytes, type MemoryEntry, type MemoryTables } from './tables.js';

const TILE = 256;

type KeptHead = Omit<LogHead, 'edge'> & { readonly edge: Uint8Array };

interface Numbered extends MemoryEntry {
  readonly id: number;
}

/** The tree over what the tables were given, in that order. */
export class MemoryLog implements LogStore {
  private kept: KeptHead;
  private readonly fullTiles: { readonly epoch: number; readonly tile: StoredTile }[] = [];
  private readonly listeners = new Set<() => void>();
  private leading: AbortController | undefined;
  private readonly signed = new MemoryCheckpoints();

  constructor(
    private readonly tables: MemoryTables,
    origin: string,
  ) {
    this.kept = { epoch: 1, origin, size: 0, lastEntry: 0, edge: new Uint8Array() };
  }

  async head(): Promise<LogHead> {
    return { ...this.kept, edge: TreeEdge.from(this.kept.size, this.kept.edge) };
  }

  async grow(
    from: Pick<LogHead, 'epoch' | 'size'>,
    to: LogHead,
    tiles: readonly StoredTile[],
  ): Promise<boolean> {
    const { epoch, size, origin, lastEntry } = this.kept;
    invariant(to.epoch === from.epoch, 'a tree grows within its epoch');
    invariant(to.edge.size === to.size, 'the edge is that of the size');
    if (epoch !== from.epoch || size !== from.size) return false;
    invariant(to.size > size && to.lastEntry > lastEntry, 'the tree only grows');
    for (const { level, hashes, firstEntry } of tiles) {
      invariant(hashes.length === 32 * TILE, 'a tile has 256 hashes');
      invariant((level === 0) === (firstEntry !== undefined), 'tiles of level 0 name their first entry');
    }
    this.kept = frozenCopy({ epoch, origin, size: to.size, lastEntry: to.lastEntry, edge: to.edge.bytes() });
    this.fullTiles.push(...frozenCopy(tiles.map((tile) => ({ epoch, tile }))));
    return true;
  }

  async tiles(level: number, from: number, to: number): Promise<readonly StoredTile[]> {
    const found = this.fullTiles
      .filter(({ epoch, tile }) => epoch === this.kept.epoch && tile.level === level)
      .map(({ tile }) => tile)
      .filter(({ index }) => index >= from && index < to);
    return frozenCopy(found.sort((a, b) => a.index - b.index));
  }

  async beginEpoch(from: number, origin: string): Promise<boolean> {
    if (this.kept.epoch !== from) return false;
    invariant(this.kept.origin !== origin, 'the next tree has another origin');
    this.kept = { epoch: from + 1, origin, size: 0, lastEntry: 0, edge: new Uint8Array() };
    return true;
  }

  async newest(): Promise<number> {
    return this.tables.written.length;
  }

  async read(after: number, limit: number, through = Infinity): Promise<readonly UnsequencedEntry[]> {
    const found = this.numbered().filter(({ id }) => id > after && id <= through);
    return frozenCopy(
      found.slice(0, limit).map(({ id, incidentId, seq, hash, leaf }) => ({
        ...{ id, incidentId, seq, hash },
        type: typeOf(leaf),
      })),
    );
  }

  /** Nothing here is ever on its way. */
  async writers(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async backlog(limit: number): Promise<number> {
    return Math.min(limit, this.tables.written.length - this.kept.lastEntry);
  }

  async entries(from: number, to: number, limit: number): Promise<readonly LogEntry[]> {
    const end = Math.min(to, this.kept.size, from + limit);
    return this.placed(({ index }) => index >= from && index < end);
  }

  async chainEntries(
    id: IncidentId,
    afterSeq: number,
    throughSeq: number,
    limit: number,
  ): Promise<readonly LogEntry[]> {
    const found = await this.placed(
      ({ incidentId, seq }) => incidentId === id && seq > afterSeq && seq <= throughSeq,
    );
    found.forEach(({ seq }, i) => {
      if (seq !== afterSeq + i + 1)
        throw new TamperError(`entry ${afterSeq + i + 1} of chain ${id} is missing`);
    });
    return found.slice(0, limit);
  }

  async journalEntries(types: readonly string[], newest = Infinity): Promise<readonly LogEntry[]> {
    const found = await this.placed(
      ({ incidentId, leaf }) => incidentId === 0 && types.includes(typeOf(leaf)),
    );
    return found.slice(Math.max(0, found.length - newest));
  }

  async heads(throughEntry: number, limit: number, after = ''): ReturnType<LogStore['heads']> {
    const { incidents, journal } = this.tables;
    const uids = new Map<number, string>([...incidents.values()].map(({ row }) => [row.id, row.uid]));
    uids.set(0, journal.head.uid);
    const newest = new Map<string, { uid: string; seq: number; head: Uint8Array }>();
    for (const { id, incidentId, seq, hash } of this.numbered()) {
      const uid = uids.get(incidentId);
      if (uid !== undefined && id <= throughEntry) newest.set(uid, { uid, seq, head: hash });
    }
    const found = [...newest.values()].filter(({ uid }) => uid > after);
    return frozenCopy(found.sort((a, b) => (a.uid < b.uid ? -1 : 1)).slice(0, limit));
  }

  async chains(limit: number, after = -1): ReturnType<LogStore['chains']> {
    const { incidents, journal } = this.tables;
    const all = [
      { id: 0 as IncidentId, ...chainOf(journal.head, journal.entries) },
      ...[...incidents.values()].map(({ row, entries }) => ({
        id: row.id,
        ...chainOf(row, entries),
        stateDigest: Buffer.from(sha256(row.state)).toString('hex'),
      })),
    ];
    const found = all.filter(({ id }) => id > after).sort((a, b) => a.id - b.id);
    return frozenCopy(found.slice(0, limit));
  }

  /** Nothing ever goes from here. */
  async prunings(): Promise<readonly Pruning[]> {
    return [];
  }

  async prunedChains(): ReturnType<LogStore['prunedChains']> {
    return [];
  }

  async addCheckpoint(checkpoint: StoredCheckpoint): Promise<void> {
    this.signed.add(checkpoint);
  }

  async checkpoint(minSize = 0): Promise<StoredCheckpoint | undefined> {
    return this.signed.newest(this.kept.epoch, minSize, Infinity);
  }

  async dailyCheckpoints(limit: number): Promise<readonly StoredCheckpoint[]> {
    return this.signed.daily(this.kept.epoch, limit);
  }

  async checkpointOf(size: number): Promise<StoredCheckpoint | undefined> {
    return this.signed.newest(this.kept.epoch, size, size);
  }

  async addTimestamp(timestamp: StoredTimestamp): Promise<void> {
    this.signed.addTimestamp(timestamp);
  }

  async timestamps(limit: number): Promise<readonly StoredTimestamp[]> {
    return this.signed.timestamps(this.kept.epoch, limit);
  }

  async isLed(): Promise<boolean> {
    return this.leading !== undefined;
  }

  async lead<T>(work: (lost: AbortSignal) => Promise<T>): Promise<{ readonly result: T } | undefined> {
    if (this.leading) return undefined;
    const mine = new AbortController();
    this.leading = mine;
    try {
      return { result: await work(mine.signal) };
    } finally {
      if (this.leading === mine) this.leading = undefined;
    }
  }

  /** As when the connection of whoever leads breaks. */
  cutLead(): void {
    this.leading?.abort(new OperationalError('The lead of the log is lost with its connection.', true));
    this.leading = undefined;
  }

  async askForCheckpoint(): Promise<void> {
    for (const listener of this.listeners) queueMicrotask(listener);
  }

  async onAsked(listener: () => void): Promise<{ stop(): Promise<void> }> {
    // One that is given twice is called twice.
    const mine = (): void => listener();
    this.listeners.add(mine);
    return { stop: async () => void this.listeners.delete(mine) };
  }

  private numbered(): readonly Numbered[] {
    return this.tables.written.map((entry, i) => ({ ...entry, id: i + 1 }));
  }

  /** Each is held against the tree before it is given. */
  private async placed(wanted: (entry: LogEntry) => boolean): Promise<readonly LogEntry[]> {
    const { lastEntry, size } = this.kept;
    const full = (await this.tiles(0, 0, Infinity)).map(({ hashes }) => hashes);
    const leaves = Buffer.concat([...full, TreeEdge.from(size, this.kept.edge).partial(0)]);
    const entries = this.numbered()
      .filter(({ id }) => id <= lastEntry)
      .map((entry, index) => logEntry(entry, index))
      .filter(wanted);
    for (const { index, id, leaf } of entries) {
      if (!sameBytes(leafHash(leaf), leaves.subarray(index * 32, index * 32 + 32)))
        throw new TamperError(
          `entry ${id} would be at place ${index} of the log, and the tree has another one there`,
        );
    }
    return frozenCopy(entries);
  }
}

function logEntry({ id, incidentId, seq, leaf, hash, openings }: Numbered, index: number): LogEntry {
  return { index, id, incidentId, seq, leaf, hash, ...(openings !== undefined && { openings }) };
}

function typeOf(leaf: Uint8Array): string {
  const { event } = JSON.parse(Buffer.from(leaf).toString('utf8')) as { event?: { type?: string } };
  return event?.type ?? '';
}

function chainOf(
  { seq, head }: { readonly seq: number; readonly head: Uint8Array },
  entries: readonly Pick<MemoryEntry, 'seq' | 'hash' | 'leaf'>[],
) {
  const last = entries.at(-1);
  return { seq, head, ...(last && { newest: { seq: last.seq, hash: last.hash, leaf: last.leaf } }) };
}

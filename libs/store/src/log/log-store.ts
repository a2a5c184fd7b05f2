import { TreeEdge } from '@cordon/audit';
import { invariant } from '@cordon/kernel';
import type {
  EntryFeed,
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
import type { ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { idOf } from '../door-store.js';
import { withStoreErrors } from '../errors.js';
import { readChainHeads, readChains } from '../sql/log-chains.sql.js';
import { countBacklog, readUnsequenced } from '../sql/log-entries.sql.js';
import {
  beginLogEpoch,
  growLog,
  readLogHead,
  readLogTiles,
  readPrunedChains,
  readPrunings,
} from '../sql/log-tree.sql.js';
import { CheckpointTable } from './checkpoint-table.js';
import { EntryReader } from './entry-reader.js';
import { LogSessions } from './log-sessions.js';

interface HeadRecord {
  readonly epoch: number;
  readonly origin: string;
  readonly size: string;
  readonly last_entry: string;
  readonly edge: Buffer;
  /** Null where nothing is gone. */
  readonly pruned_place: string | null;
  readonly pruned_entry: string | null;
}

interface PruningRecord {
  readonly epoch: number;
  readonly place: string;
  readonly last_entry: string;
  readonly announced: number;
  readonly incidents: string;
}

interface TileRecord {
  readonly level: number;
  readonly index: string;
  readonly hashes: Buffer;
  readonly first_entry: string | null;
}

interface ChainRecord {
  readonly id: string;
  readonly seq: number;
  readonly head: Buffer;
  readonly state_digest: string | null;
  readonly newest_seq: number | null;
  readonly hash: Buffer | null;
  readonly leaf: Buffer | null;
}

/** Sorts before every name of a chain. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';

/** The tree and the entries below it, on connections that the door does not need. */
export class PostgresLogStore implements LogStore {
  private readonly reader: EntryReader;
  private readonly table: CheckpointTable;
  private readonly sessions: LogSessions;

  /** @param session how to connect where a connection has to be held */
  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: EntryFeed,
    session: ClientConfig,
  ) {
    const query = <Row>(sql: string, values: readonly unknown[]) => this.query<Row>(sql, values);
    this.table = new CheckpointTable(query);
    this.reader = new EntryReader({
      head: () => this.head(),
      leafTiles: (epoch, from, to) => this.tilesOf(epoch, 0, from, to),
      query,
    });
    this.sessions = new LogSessions(session);
  }

  async head(): Promise<LogHead> {
    const [row] = await this.query<HeadRecord>(readLogHead, []);
    invariant(row, 'the log has a head since its migration');
    const size = Number(row.size);
    const edge = TreeEdge.from(size, row.edge);
    const { epoch, origin, pruned_place: place, pruned_entry: entry } = row;
    return {
      ...{ epoch, origin, size, lastEntry: Number(row.last_entry), edge },
      ...(place !== null && entry !== null && { pruned: { place: Number(place), lastEntry: Number(entry) } }),
    };
  }

  async prunings(): Promise<readonly Pruning[]> {
    const rows = await this.query<PruningRecord>(readPrunings, []);
    return rows.map(({ epoch, place, last_entry, announced, incidents }) => ({
      ...{ epoch, announced, place: Number(place), lastEntry: Number(last_entry) },
      incidents: Number(incidents),
    }));
  }

  async prunedChains(
    { epoch, place }: Pick<Pruning, 'epoch' | 'place'>,
    limit: number,
    after = NO_UUID,
  ): ReturnType<LogStore['prunedChains']> {
    return this.query<{ uid: string; seq: number; head: Buffer }>(readPrunedChains, [
      ...[epoch, place, after, limit],
    ]);
  }

  async grow(
    from: Pick<LogHead, 'epoch' | 'size'>,
    to: LogHead,
    tiles: readonly StoredTile[],
  ): Promise<boolean> {
    invariant(to.epoch === from.epoch, 'a tree grows within its epoch');
    invariant(to.edge.size === to.size, 'the edge is that of the size');
    const moved = await this.query(growLog, [
      ...[from.epoch, from.size, to.size, to.lastEntry, to.edge.bytes()],
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ hashes }) => hashes),
      tiles.map(({ firstEntry }) => firstEntry ?? null),
    ]);
    return moved.length === 1;
  }

  async tiles(level: number, from: number, to: number): Promise<readonly StoredTile[]> {
    const { epoch } = await this.head();
    return this.tilesOf(epoch, level, from, to);
  }

  async beginEpoch(from: number, origin: string): Promise<boolean> {
    return (await this.query(beginLogEpoch, [from, origin])).length === 1;
  }

  async newest(): Promise<number> {
    return this.feed.newest();
  }

  async writers(): Promise<ReadonlySet<string>> {
    return this.feed.writers();
  }

  async read(
    after: number,
    limit: number,
    through = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly UnsequencedEntry[]> {
    interface Row extends Pick<UnsequencedEntry, 'seq' | 'hash' | 'type'> {
      readonly id: string;
      readonly incident_id: string;
    }
    const rows = await this.query<Row>(readUnsequenced, [after, through, limit]);
    return rows.map(({ id, incident_id, seq, hash, type }) => ({
      ...{ id: Number(id), incidentId: idOf(incident_id) },
      ...{ seq, hash, type },
    }));
  }

  async backlog(limit: number): Promise<number> {
    const [row] = await this.query<{ entries: string }>(countBacklog, [limit]);
    return Number(row?.entries);
  }

  entries(from: number, to: number, limit: number): Promise<readonly LogEntry[]> {
    return this.reader.entries(from, to, limit);
  }

  chainEntries(...asked: Parameters<LogStore['chainEntries']>): Promise<readonly LogEntry[]> {
    return this.reader.chainEntries(...asked);
  }

  journalEntries(types: readonly string[], newest?: number): Promise<readonly LogEntry[]> {
    return this.reader.journalEntries(types, newest);
  }

  async heads(throughEntry: number, limit: number, after = NO_UUID): ReturnType<LogStore['heads']> {
    return this.query<{ uid: string; seq: number; head: Buffer }>(readChainHeads, [
      throughEntry,
      after,
      limit,
    ]);
  }

  async chains(limit: number, after?: IncidentId): ReturnType<LogStore['chains']> {
    const rows = await this.query<ChainRecord>(readChains, [after ?? -1, limit]);
    return rows.map(({ id, seq, head, state_digest, newest_seq, hash, leaf }) => ({
      ...{ id: idOf(id), seq, head },
      ...(state_digest !== null && { stateDigest: state_digest }),
      ...(newest_seq !== null && hash && leaf && { newest: { seq: newest_seq, hash, leaf } }),
    }));
  }

  addCheckpoint(checkpoint: StoredCheckpoint): Promise<void> {
    return this.table.add(checkpoint);
  }

  checkpoint(minSize = 0): Promise<StoredCheckpoint | undefined> {
    return this.table.newest(minSize);
  }

  dailyCheckpoints(limit: number): Promise<readonly StoredCheckpoint[]> {
    return this.table.daily(limit);
  }

  checkpointOf(size: number): Promise<StoredCheckpoint | undefined> {
    return this.table.newest(size, size);
  }

  addTimestamp(timestamp: StoredTimestamp): Promise<void> {
    return this.table.addTimestamp(timestamp);
  }

  timestamps(limit: number): Promise<readonly StoredTimestamp[]> {
    return this.table.timestamps(limit);
  }

  lead<T>(work: (lost: AbortSignal) => Promise<T>): Promise<{ readonly result: T } | undefined> {
    return this.sessions.lead(work);
  }

  async isLed(): Promise<boolean> {
    const [row] = await this.query<{ led: boolean }>(LogSessions.IS_LED, []);
    return row?.led === true;
  }

  async askForCheckpoint(): Promise<void> {
    await this.query(LogSessions.ASK, []);
  }

  onAsked(listener: () => void): Promise<{ stop(): Promise<void> }> {
    return this.sessions.onAsked(listener);
  }

  /** Ends what is led and listened to. */
  close(): Promise<void> {
    return this.sessions.close();
  }

  private async tilesOf(
    epoch: number,
    level: number,
    from: number,
    to: number,
  ): Promise<readonly StoredTile[]> {
    const rows = await this.query<TileRecord>(readLogTiles, [epoch, level, from, to]);
    return rows.map(({ index, hashes, first_entry, ...row }) => ({
      ...{ level: row.level, index: Number(index), hashes },
      ...(first_entry !== null && { firstEntry: Number(first_entry) }),
    }));
  }

  private query<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return withStoreErrors(() => this.dataSource.query<Row[]>(sql, values as unknown[]));
  }
}

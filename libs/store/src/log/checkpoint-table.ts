import { invariant } from '@cordon/kernel';
import type { StoredCheckpoint, StoredTimestamp } from '@cordon/runtime';
import { instant } from '../parameters.js';
import {
  addCheckpoint,
  addTimestamp,
  dailyCheckpoints,
  newestCheckpoint,
  readTimestamps,
} from '../sql/log-checkpoints.sql.js';

type Query = <Row>(sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

interface CheckpointRecord {
  readonly epoch: number;
  readonly size: string;
  readonly root: Buffer;
  readonly note: string;
  readonly at: Date;
}

interface TimestampRecord extends Omit<CheckpointRecord, 'root'> {
  readonly reply: Buffer;
}

/** What was signed of the tree, and the time-stamps over it. */
export class CheckpointTable {
  constructor(private readonly query: Query) {}

  /** The same again changes nothing; another one of the same size and moment throws an InvariantError. */
  async add({ epoch, size, root, note, at }: StoredCheckpoint): Promise<void> {
    const rows = await this.query<{ note: string }>(addCheckpoint, [epoch, size, root, note, instant(at)]);
    invariant(
      rows.every((row) => row.note === note),
      `another checkpoint of size ${size} is stored for this moment`,
    );
  }

  async newest(minSize: number, maxSize = Number.MAX_SAFE_INTEGER): Promise<StoredCheckpoint | undefined> {
    const [row] = await this.query<CheckpointRecord>(newestCheckpoint, [minSize, maxSize]);
    return row && checkpointOf(row);
  }

  async daily(limit: number): Promise<readonly StoredCheckpoint[]> {
    return (await this.query<CheckpointRecord>(dailyCheckpoints, [limit])).map(checkpointOf);
  }

  async addTimestamp({ epoch, size, note, reply, at }: StoredTimestamp): Promise<void> {
    await this.query(addTimestamp, [epoch, size, note, reply, instant(at)]);
  }

  async timestamps(limit: number): Promise<readonly StoredTimestamp[]> {
    const rows = await this.query<TimestampRecord>(readTimestamps, [limit]);
    return rows.map(({ size, at, ...row }) => ({ ...row, size: Number(size), at: at.getTime() }));
  }
}

function checkpointOf({ size, at, ...row }: CheckpointRecord): StoredCheckpoint {
  return { ...row, size: Number(size), at: at.getTime() };
}

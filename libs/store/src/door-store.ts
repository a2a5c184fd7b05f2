import { InvariantError } from '@cordon/kernel';
import {
  UniqueKeyError,
  type DoorStore,
  type IncidentId,
  type IncidentWrite,
  type KnownEntry,
  type NewIncident,
  type OpenResult,
  type StoredAct,
  type StoredIncident,
} from '@cordon/runtime';
import type { Pool } from 'pg';
import { commitParameters } from './commit-parameters.js';
import { asStoreError, faultOf } from './errors.js';
import { openParameters } from './open-parameters.js';
import { instant } from './parameters.js';
import { query, run, transaction } from './query.js';
import { findAct, insertAct } from './sql/act.sql.js';
import { commitWrites } from './sql/commit-writes.sql.js';
import { findOpening } from './sql/find-opening.sql.js';
import { loadIncidents } from './sql/load-incidents.sql.js';
import { openIncident } from './sql/open-incident.sql.js';

/** What is violated when a key was used meanwhile: by an event of the incident, or by an act. */
const KEY_INDEXES: readonly unknown[] = ['audit_entry_event_key', 'act_pkey'];

/** A row of `load-incidents`: an incident where `leaf` is null, else an entry. */
interface LoadedRow {
  readonly id: string;
  readonly seq: number;
  readonly revision: number;
  readonly hash: Buffer;
  readonly uid: string;
  readonly playbook_id: string;
  readonly playbook_version: string;
  readonly playbook_digest: string;
  readonly exercise: boolean;
  readonly updated_at: Date;
  readonly state: string;
  readonly event_key: string;
  readonly request_hash: Buffer;
  readonly leaf: Buffer | null;
}

interface OpenedRow {
  readonly id: string;
  /** Null when this statement opened it. */
  readonly request_hash: Buffer | null;
}

interface ActRow {
  readonly request_hash: Buffer;
  readonly at: Date;
  readonly answer: string;
}

export const idOf = (text: string): IncidentId => Number(text) as IncidentId;

/** The hot path: each method is one round trip of one prepared statement on the door's own connections. */
export class PostgresDoorStore implements DoorStore {
  constructor(private readonly pool: Pool) {}

  async load(
    ids: readonly IncidentId[],
    keys: readonly { readonly id: IncidentId; readonly key: string }[],
  ): Promise<{ readonly incidents: readonly StoredIncident[]; readonly known: readonly KnownEntry[] }> {
    const values = [ids, keys.map(({ id }) => id), keys.map(({ key }) => key)];
    const { rows } = await query<LoadedRow>(this.pool, loadIncidents, values);
    const incidents: StoredIncident[] = [];
    const known: KnownEntry[] = [];
    for (const row of rows) {
      if (row.leaf === null) incidents.push(incidentOf(row));
      else known.push(entryOf(row, row.leaf));
    }
    return { incidents, known };
  }

  async commit(writes: readonly IncidentWrite[]): Promise<ReadonlySet<IncidentId>> {
    nameEachOnce(writes);
    try {
      const { rows } = await run<{ id: string }>(this.pool, commitWrites, commitParameters(writes));
      return new Set(rows.map(({ id }) => idOf(id)));
    } catch (thrown) {
      throw commitError(thrown);
    }
  }

  async commitTogether(writes: readonly IncidentWrite[], act: StoredAct): Promise<boolean> {
    nameEachOnce(writes);
    const { actor, key, requestHash, at, answer } = act;
    try {
      return await transaction(this.pool, async (client) => {
        // The act goes first: whoever repeats the request waits for it, and for nothing else.
        await client.query({ ...insertAct, values: [actor, key, requestHash, instant(at), answer] });
        if (writes.length === 0) return true;
        const { rowCount } = await client.query({ ...commitWrites, values: commitParameters(writes) });
        return rowCount === writes.length;
      });
    } catch (thrown) {
      throw commitError(thrown);
    }
  }

  async act(actor: string, key: string): Promise<StoredAct | undefined> {
    const { rows } = await query<ActRow>(this.pool, findAct, [actor, key]);
    const [row] = rows;
    return row && { actor, key, requestHash: row.request_hash, at: row.at.getTime(), answer: row.answer };
  }

  async open(incident: NewIncident): Promise<OpenResult> {
    const opened = await query<OpenedRow>(this.pool, openIncident, openParameters(incident));
    const row = opened.rows[0] ?? (await this.findOpening(incident));
    if (row === undefined) throw new InvariantError('an opening neither happened nor was known');
    const id = idOf(row.id);
    return row.request_hash === null
      ? { outcome: 'opened', id }
      : { outcome: 'known', id, requestHash: row.request_hash };
  }

  private async findOpening({ openedBy, eventKey }: NewIncident): Promise<OpenedRow | undefined> {
    return (await query<OpenedRow>(this.pool, findOpening, [openedBy, eventKey])).rows[0];
  }
}

function nameEachOnce(writes: readonly IncidentWrite[]): void {
  if (new Set(writes.map(({ id }) => id)).size < writes.length) {
    throw new InvariantError('a batch names an incident twice: which of the two writes comes first?');
  }
}

function commitError(thrown: unknown): Error {
  if (!KEY_INDEXES.includes(faultOf(thrown).constraint)) return asStoreError(thrown);
  return new UniqueKeyError('an idempotency key of the batch was used meanwhile', { cause: thrown });
}

function incidentOf(row: LoadedRow): StoredIncident {
  return {
    id: idOf(row.id),
    uid: row.uid,
    playbookId: row.playbook_id,
    playbookVersion: row.playbook_version,
    playbookDigest: row.playbook_digest,
    exercise: row.exercise,
    revision: row.revision,
    seq: row.seq,
    head: row.hash,
    state: row.state,
    updatedAt: row.updated_at.getTime(),
  };
}

function entryOf(row: LoadedRow, leaf: Uint8Array): KnownEntry {
  return {
    incidentId: idOf(row.id),
    eventKey: row.event_key,
    requestHash: row.request_hash,
    seq: row.seq,
    revision: row.revision,
    leaf,
    hash: row.hash,
  };
}

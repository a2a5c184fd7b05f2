import { invariant } from '@cordon/kernel';
import {
  UniqueKeyError,
  type DoorStore,
  type EntryRow,
  type IncidentId,
  type IncidentRow,
  type IncidentWrite,
  type KnownEntry,
  type NewIncident,
  type OpenResult,
  type StoredAct,
  type StoredIncident,
} from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';
import { checkEntry, checkWrite } from './constraints.js';
import { timerKey, type MemoryIncident, type MemoryTables } from './tables.js';

type Change = Pick<IncidentWrite, 'tasks' | 'timersGone' | 'timersSet' | 'effects' | 'entries'>;

/** The door's half of the memory store: what PostgreSQL does in one statement happens here in one turn. */
export class MemoryDoor implements DoorStore {
  constructor(private readonly tables: MemoryTables) {}

  async load(
    ids: readonly IncidentId[],
    keys: readonly { readonly id: IncidentId; readonly key: string }[],
  ): Promise<{ readonly incidents: readonly StoredIncident[]; readonly known: readonly KnownEntry[] }> {
    const incidents = [...new Set(ids)].flatMap((id) => {
      const found = this.tables.incidents.get(id);
      return found === undefined ? [] : [frozenCopy(storedOf(found.row))];
    });
    const known = keys.flatMap(({ id, key }) => {
      const entry = this.tables.incidents.get(id)?.entries.find(({ eventKey }) => eventKey === key);
      return entry === undefined ? [] : [frozenCopy(knownOf(id, key, entry))];
    });
    return { incidents, known };
  }

  async commit(writes: readonly IncidentWrite[]): Promise<ReadonlySet<IncidentId>> {
    return this.commitNow(writes);
  }

  private commitNow(writes: readonly IncidentWrite[]): ReadonlySet<IncidentId> {
    invariant(new Set(writes.map(({ id }) => id)).size === writes.length, 'a batch names each incident once');
    const standing = writes.flatMap((write) => {
      const incident = this.tables.incidents.get(write.id);
      return incident?.row.seq === write.expectedSeq ? [{ incident, write }] : [];
    });
    for (const { incident, write } of standing) checkWrite(incident, write);
    for (const { incident, write } of standing) {
      incident.row = frozenCopy(moved(incident.row, write));
      this.apply(incident, write);
    }
    return new Set(standing.map(({ write }) => write.id));
  }

  async commitTogether(writes: readonly IncidentWrite[], act: StoredAct): Promise<boolean> {
    const { acts, incidents } = this.tables;
    invariant(act.requestHash.length === 32, 'a request is kept as its SHA-256');
    const key = `${act.actor}\n${act.key}`;
    if (acts.has(key)) throw new UniqueKeyError('an idempotency key of the batch was used meanwhile');
    if (writes.some(({ id, expectedSeq }) => incidents.get(id)?.row.seq !== expectedSeq)) return false;
    this.commitNow(writes);
    acts.set(key, frozenCopy(act));
    return true;
  }

  async act(actor: string, key: string): Promise<StoredAct | undefined> {
    return frozenCopy(this.tables.acts.get(`${actor}\n${key}`));
  }

  async open(opening: NewIncident): Promise<OpenResult> {
    const known = [...this.tables.incidents.values()].find(
      ({ row, openKey }) => row.openedBy === opening.openedBy && openKey === opening.eventKey,
    );
    if (known) return frozenCopy({ outcome: 'known', id: known.row.id, requestHash: known.requestHash });
    const last = opening.entries.at(-1);
    invariant(last !== undefined, 'an incident opens with at least one entry');
    invariant(
      this.tables.playbooks.some(({ digest }) => digest === opening.playbookDigest),
      'an incident opens under a published playbook',
    );
    opening.entries.forEach(checkEntry);
    const row = rowOf(opening, this.tables.nextIncidentId(), last);
    const { eventKey: openKey, requestHash } = opening;
    const incident: MemoryIncident = {
      ...frozenCopy({ row, openKey, requestHash }),
      entries: [],
      tasks: new Map(),
    };
    this.tables.incidents.set(row.id, incident);
    this.apply(incident, { ...opening, timersGone: [] });
    return { outcome: 'opened', id: row.id };
  }

  private apply(incident: MemoryIncident, change: Change): void {
    const { id, title, exercise, tlp } = incident.row;
    incident.entries.push(...frozenCopy(change.entries));
    for (const entry of change.entries) this.tables.written.push(frozenCopy({ ...entry, incidentId: id }));
    for (const task of change.tasks) incident.tasks.set(task.step, frozenCopy(task));
    for (const gone of change.timersGone) this.tables.timers.delete(timerKey(id, gone));
    for (const timer of change.timersSet) {
      this.tables.timers.set(timerKey(id, timer.id), frozenCopy({ ...timer, incidentId: id }));
    }
    for (const { effect } of change.effects) {
      const row = {
        id: this.tables.nextOutboxId(),
        incidentId: id,
        incidentTitle: title,
        exercise,
        tlp,
        effect,
      };
      this.tables.outbox.push(frozenCopy(row));
    }
  }
}

function storedOf(row: IncidentRow): StoredIncident {
  const { id, uid, playbookId, playbookVersion, playbookDigest, exercise } = row;
  const { revision, seq, head, state, updatedAt } = row;
  return {
    id,
    uid,
    playbookId,
    playbookVersion,
    playbookDigest,
    exercise,
    revision,
    seq,
    head,
    state,
    updatedAt,
  };
}

function knownOf(incidentId: IncidentId, eventKey: string, entry: EntryRow): KnownEntry {
  const { seq, revision, leaf, hash, requestHash } = entry;
  invariant(requestHash !== undefined, 'key and request hash go together');
  return { incidentId, eventKey, requestHash, seq, revision, leaf, hash };
}

function moved(row: IncidentRow, write: IncidentWrite): IncidentRow {
  const { closedAt: _, ...kept } = row;
  const { revision, seq, head, updatedAt, state = row.state } = write;
  const rest = { revision, seq, head, updatedAt, state, ...write.playbook };
  return write.listing ? { ...kept, ...write.listing, ...rest } : { ...row, ...rest };
}

function rowOf(opening: NewIncident, id: IncidentId, last: EntryRow): IncidentRow {
  const {
    eventKey: _k,
    requestHash: _r,
    entries: _e,
    tasks: _t,
    timersSet: _s,
    effects: _f,
    listing,
    ...row
  } = opening;
  return { ...row, ...listing, id, seq: last.seq, head: last.hash, updatedAt: opening.openedAt };
}

import { invariant } from '@cordon/kernel';
import { UniqueKeyError, type EntryRow, type IncidentWrite } from '@cordon/runtime';
import { leafHash } from '../builders.js';
import { sameBytes, type MemoryIncident } from './tables.js';

const MAX_LEAF_BYTES = 65_535;

/** The checks that a database makes of every entry. Throws an InvariantError. */
export function checkEntry(entry: EntryRow): void {
  const { leaf, hash, prev, seq, revision } = entry;
  invariant(leaf.length >= 1 && leaf.length <= MAX_LEAF_BYTES, 'a leaf has 1 to 65,535 bytes');
  invariant(sameBytes(hash, leafHash(leaf)), 'an entry has the hash of its leaf');
  invariant(prev.length === 32, 'prev is 32 bytes');
  invariant(seq >= 1 && revision >= 0 && seq >= revision, 'seq counts every entry, revision the transitions');
  invariant(
    (entry.eventKey === undefined) === (entry.requestHash === undefined),
    'key and request hash go together',
  );
}

/** Throws, before anything has changed, what a database would throw for this write. */
export function checkWrite(incident: MemoryIncident, write: IncidentWrite): void {
  const keys = new Set(incident.entries.map(({ eventKey }) => eventKey));
  const seqs = new Set(incident.entries.map(({ seq }) => seq));
  for (const entry of write.entries) {
    checkEntry(entry);
    invariant(!seqs.has(entry.seq), `entry ${entry.seq} exists already`);
    seqs.add(entry.seq);
    if (entry.eventKey === undefined) continue;
    if (keys.has(entry.eventKey))
      throw new UniqueKeyError('an idempotency key of the batch was used meanwhile');
    keys.add(entry.eventKey);
  }
  for (const { effect } of write.effects) {
    invariant(effect.key.length >= 1 && effect.key.length <= 400, 'an effect key has 1 to 400 characters');
  }
  checkStepsOnce(write);
}

/** An upsert may not meet the same row twice. */
function checkStepsOnce({ tasks, timersSet }: IncidentWrite): void {
  invariant(new Set(tasks.map(({ step }) => step)).size === tasks.length, 'a write sets each task once');
  invariant(new Set(timersSet.map(({ id }) => id)).size === timersSet.length, 'a write sets each timer once');
}

/**
 * Adds entries ($5 to $12, openings $13 and $14) to the deployment's own chain, number 0, where its `seq` is still $1;
 * else nothing. The row of the head is the lock.
 */
export const appendJournal = {
  name: 'append-journal',
  text: `
WITH moved AS (
  UPDATE journal_head SET seq = $2, revision = $3, head = $4, at = ($7::timestamptz[])[cardinality($7::timestamptz[])]
   WHERE id = 0 AND seq = $1
  RETURNING id
), entries AS (
  INSERT INTO audit_entry (incident_id, seq, revision, at, event_key, request_hash, prev, hash, leaf)
  SELECT moved.id, entry.seq, entry.revision, entry.at, entry.event_key, entry.request_hash, entry.prev, entry.hash,
         entry.leaf
    FROM moved,
         unnest($5::int[], $6::int[], $7::timestamptz[], $8::text[], $9::bytea[], $10::bytea[], $11::bytea[],
                $12::bytea[])
           AS entry (seq, revision, at, event_key, request_hash, prev, hash, leaf)
   ORDER BY entry.seq
), openings AS (
  INSERT INTO audit_opening (incident_id, seq, openings)
  SELECT moved.id, opening.* FROM moved, unnest($13::int[], $14::text[]) AS opening (seq, openings)
)
SELECT id FROM moved`,
};

export const readJournalHead = {
  name: 'read-journal-head',
  text: 'SELECT uid::text AS uid, seq, revision, head, at FROM journal_head WHERE id = 0',
};

/** Many more incidents with the same story: their leaves are linked and hashed anew, so that all of them verify. */
import { withOwner } from '@cordon/store';

/**
 * Adds `times` copies of each incident there is, entries and openings, as SQL: some ten thousand entries a second. A copy
 * has an id of its own, and everything else as it was.
 */
export async function copyIncidents(url: string, times: number): Promise<void> {
  await withOwner(url, async (client) => {
    await client.query(`
      CREATE TEMPORARY TABLE copy AS
        SELECT id AS source, gen_random_uuid() AS uid, uid AS source_uid, n FROM incident, generate_series(1, ${times}) AS n`);
    await client.query(`
      INSERT INTO incident (uid, playbook_id, playbook_version, playbook_digest, title, exercise, status, phases, aware_at, opened_at,
                            opened_by, updated_at, revision, seq, head, state, open_key, request_hash)
      SELECT copy.uid, playbook_id, playbook_version, playbook_digest, title, exercise, status, phases, aware_at, opened_at, opened_by,
             updated_at, revision, seq, head, state, 'copy-' || copy.uid, request_hash
        FROM copy JOIN incident ON incident.id = copy.source`);
    await client.query(`
      CREATE TEMPORARY TABLE place AS
        SELECT incident.id, copy.source, copy.uid::text, copy.source_uid::text, sha256('\\x00'::bytea || convert_to(copy.uid::text, 'UTF8')) AS head
          FROM copy JOIN incident ON incident.uid = copy.uid`);
    const { rows } = await client.query<{ longest: number }>('SELECT max(seq) AS longest FROM incident');
    for (let seq = 1; seq <= (rows[0]?.longest ?? 0); seq += 1) await client.query(NEXT_ENTRIES, [seq]);
    await client.query(`
      INSERT INTO audit_opening (incident_id, seq, openings)
      SELECT place.id, seq, openings FROM place JOIN audit_opening ON incident_id = place.source`);
    await client.query('UPDATE incident SET head = place.head FROM place WHERE place.id = incident.id');
    await client.query('VACUUM ANALYZE');
  });
}

/** The entries with this number of all copies: each links to the one before, and names its own incident. */
const NEXT_ENTRIES = `
  WITH leaf AS (
    SELECT place.id, entry.seq, entry.revision, entry.at, place.head,
           convert_to(replace(replace(convert_from(entry.leaf, 'UTF8'), encode(entry.prev, 'hex'), encode(place.head, 'hex')),
                              place.source_uid, place.uid), 'UTF8') AS bytes
      FROM place JOIN audit_entry AS entry ON entry.incident_id = place.source AND entry.seq = $1),
  added AS (
    INSERT INTO audit_entry (incident_id, seq, revision, at, prev, hash, leaf)
    SELECT id, seq, revision, at, head, sha256('\\x00'::bytea || bytes), bytes FROM leaf
    RETURNING incident_id, hash)
  UPDATE place SET head = added.hash FROM added WHERE added.incident_id = place.id`;

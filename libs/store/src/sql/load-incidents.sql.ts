/**
 * Reads incidents by id ($1) and the entries already written under (incident, key) pairs ($2, $3), in one snapshot and
 * one round trip. An incident's row has no `leaf`; an entry's row has one. `hash` is the incident's head or the
 * entry's own hash.
 */
export const loadIncidents = {
  name: 'load-incidents',
  text: `
SELECT id, seq, revision, head AS hash, uid::text AS uid, playbook_id, playbook_version, playbook_digest, exercise,
       updated_at, state, NULL::text AS event_key, NULL::bytea AS request_hash, NULL::bytea AS leaf
  FROM incident
 WHERE id = ANY ($1::bigint[])
UNION ALL
SELECT entry.incident_id, entry.seq, entry.revision, entry.hash, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, entry.event_key, entry.request_hash, entry.leaf
  FROM unnest($2::bigint[], $3::text[]) AS asked (incident_id, event_key)
  JOIN audit_entry AS entry
    ON entry.incident_id = asked.incident_id AND entry.event_key = asked.event_key AND entry.event_key IS NOT NULL`,
};

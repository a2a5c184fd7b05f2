const nearest = (limit: string): string => `
SELECT incident_id, seq, revision, at, playbook_digest, state
  FROM incident_snapshot
 WHERE incident_id = $1 AND ${limit}
 ORDER BY seq DESC
 LIMIT 1`;

/** The newest snapshot of incident $1 that is not later than $2. All three rise with `seq`. */
export const nearestBySeq = nearest('seq <= $2');
export const nearestByRevision = nearest('revision <= $2');
export const nearestByTime = nearest('at <= $2');

export const addSnapshots = `
INSERT INTO incident_snapshot (incident_id, seq, revision, at, playbook_digest, state)
SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::text[], $6::text[])
ON CONFLICT (incident_id, seq) DO NOTHING`;

/** Keeps the states that the incidents $1 have now. */
export const takeSnapshots = `
INSERT INTO incident_snapshot (incident_id, seq, revision, at, playbook_digest, state)
SELECT id, seq, revision, updated_at, playbook_digest, state FROM incident WHERE id = ANY ($1::bigint[])
ON CONFLICT (incident_id, seq) DO NOTHING`;

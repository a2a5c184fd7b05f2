/** The row that every change of the deployment's key holds; keys are made only while nobody does. */
export const lockVaultKey = `SELECT id FROM vault_key FOR UPDATE`;

export const readVaultKey = `SELECT id FROM vault_key`;

export const setVaultKey = `UPDATE vault_key SET id = $1`;

/** Keys of the subjects $1. One who was erased has a row without a key. */
export const readSubjectKeys = `SELECT subject, key_id, wrapped FROM subject_key WHERE subject = ANY ($1)`;

/**
 * Subject $1 gets the key $3, wrapped under $2, where it has none and $2 still counts. Waits while the deployment's key
 * changes, and then adds nothing: a key wrapped under a destroyed one would be lost.
 */
export const addSubjectKey = `
WITH counting AS (SELECT id FROM vault_key WHERE id = $2 FOR SHARE)
INSERT INTO subject_key (subject, key_id, wrapped)
SELECT $1, counting.id, $3 FROM counting
ON CONFLICT (subject) DO NOTHING`;

/** Subject $1 is erased at $2, also where it never had a key. Returns whether there was one to erase. */
export const eraseSubjectKey = `
WITH before AS (SELECT wrapped IS NOT NULL AS had_key FROM subject_key WHERE subject = $1),
erased AS (
  INSERT INTO subject_key (subject, erased_at) VALUES ($1, $2)
  ON CONFLICT (subject) DO UPDATE SET key_id = NULL, wrapped = NULL, erased_at = excluded.erased_at
  WHERE subject_key.wrapped IS NOT NULL
)
SELECT had_key FROM before`;

export const readAllSubjectKeys = `SELECT subject, key_id, wrapped FROM subject_key WHERE wrapped IS NOT NULL`;

/** The keys of the subjects $2, wrapped anew as $3 under $1. */
export const rewrapSubjectKeys = `
UPDATE subject_key SET key_id = $1, wrapped = next.wrapped
  FROM unnest($2::text[], $3::bytea[]) AS next (subject, wrapped)
 WHERE subject_key.subject = next.subject AND subject_key.wrapped IS NOT NULL`;

export const anyVaultSubject = `SELECT FROM subject_key WHERE wrapped IS NOT NULL LIMIT 1`;

/** Whoever's key is still wrapped under one of the keys $1, which are destroyed. */
export const eraseAllUnder = `
UPDATE subject_key SET key_id = NULL, wrapped = NULL, erased_at = now() WHERE key_id = ANY ($1)`;

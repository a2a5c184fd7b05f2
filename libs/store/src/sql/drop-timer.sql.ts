/** Deletes timer $2 of incident $1 if it still stands at $3. One row when it did. */
export const dropTimer = `
WITH dropped AS (
  DELETE FROM timer WHERE incident_id = $1 AND id = $2 AND fire_at = $3::timestamptz RETURNING id
)
SELECT id FROM dropped`;

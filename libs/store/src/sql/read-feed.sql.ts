/** Entries with $1 < id <= $2, ascending, at most $3, each with who may see its incident now. */
export const readFeed = `
SELECT entry.id, entry.incident_id, entry.leaf, incident.tlp, incident.members
  FROM (SELECT id, incident_id, leaf FROM audit_entry WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS entry
  LEFT JOIN incident ON incident.id = entry.incident_id
 ORDER BY entry.id`;

/** Entries of incident $1 after seq $2, ascending, at most $3. */
export const readEntries = `
SELECT entry.seq, entry.revision, entry.at, entry.leaf, entry.hash, entry.prev, opening.openings
  FROM audit_entry AS entry
  LEFT JOIN audit_opening AS opening ON opening.incident_id = entry.incident_id AND opening.seq = entry.seq
 WHERE entry.incident_id = $1 AND entry.seq > $2
 ORDER BY entry.seq
 LIMIT $3`;

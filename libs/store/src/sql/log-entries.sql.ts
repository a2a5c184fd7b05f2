/**
 * Entries with $1 < id <= $2, ascending, at most $3, as the sequencer needs them: their leaves stay where they are.
 */
export const readUnsequenced = `
SELECT id, incident_id, seq, hash, cordon_event_type(leaf) AS type
  FROM (SELECT id, incident_id, seq, hash, leaf FROM audit_entry WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS entry
 ORDER BY id`;

/** Entries after the newest in the tree, counted up to $1: in order, or the planner might look at every entry there is. */
export const countBacklog = `
SELECT count(*) AS entries
  FROM (SELECT FROM audit_entry WHERE id > (SELECT last_entry FROM log_head WHERE id = 0)
         ORDER BY id LIMIT $1) AS behind`;

/** Whatever is joined by a key of its own, one look a row: a join might read the whole table for one page. */
const openings = `(SELECT openings FROM audit_opening AS opening
   WHERE opening.incident_id = entry.incident_id AND opening.seq = entry.seq) AS openings`;

/** Entries with $1 <= id <= $2, ascending, from the one that $3 others come before, at most $4. */
export const readRun = `
SELECT entry.id, entry.incident_id, entry.seq, entry.leaf, ${openings}
  FROM (SELECT id, incident_id, seq, leaf FROM audit_entry WHERE id >= $1 AND id <= $2 ORDER BY id OFFSET $3 LIMIT $4)
       AS entry
 ORDER BY entry.id`;

/**
 * The chosen entries with their place in epoch $1, and the hash that the last full tile of level 0 that begins at or
 * before them has there. Where nothing is gone the place is counted: from the first entry of that tile, or from the place
 * up to which entries are gone. In the tree a tile is followed by the next or, after the last, by less than 256 entries: 512
 * are more than there can be. Below that place the entries that are left stand where the tile has their hash; one whose
 * hash it does not have gets the tile's first place, which is another's.
 */
const placed = (chosen: string): string => `
SELECT entry.id, entry.incident_id, entry.seq, entry.leaf, ${openings}, place.place,
       CASE WHEN place.place >= tile.index * 256 AND place.place < (tile.index + 1) * 256
            THEN substring(tile.hashes FROM ((place.place - tile.index * 256) * 32 + 1)::int FOR 32) END AS hash
  FROM (${chosen}) AS entry
  LEFT JOIN (SELECT place, last_entry FROM log_pruning WHERE epoch = $1 ORDER BY place DESC LIMIT 1) AS pruned ON true
  LEFT JOIN LATERAL (
    SELECT index, first_entry, hashes FROM log_tile
     WHERE epoch = $1 AND level = 0 AND first_entry <= entry.id
     ORDER BY first_entry DESC LIMIT 1) AS tile ON true
 CROSS JOIN LATERAL (
    SELECT CASE WHEN pruned.place > coalesce(tile.index, -1) * 256 THEN pruned.place ELSE coalesce(tile.index * 256, 0) END
             AS place,
           CASE WHEN pruned.place > coalesce(tile.index, -1) * 256 THEN pruned.last_entry + 1
                ELSE coalesce(tile.first_entry, -9223372036854775808) END AS entry) AS base
 CROSS JOIN LATERAL (
    SELECT CASE WHEN entry.id <= pruned.last_entry
                THEN tile.index * 256 + greatest(0, position(entry.hash IN tile.hashes) - 1) / 32
                ELSE base.place + (SELECT count(*) FROM (
                       SELECT FROM audit_entry AS earlier
                        WHERE earlier.id >= base.entry AND earlier.id < entry.id LIMIT 512) AS earlier)
           END AS place) AS place
 ORDER BY entry.id`;

/** Of chain $3, up to entry $2, with $4 < seq <= $5, at most $6. */
export const readChainEntries = placed(`
    SELECT id, incident_id, seq, hash, leaf FROM audit_entry
     WHERE incident_id = $3 AND seq > $4 AND seq <= $5 AND id <= $2
     ORDER BY seq LIMIT $6`);

/** Of the journal, up to entry $2, of the types $3, the newest $4. */
export const readJournalEntries = placed(`
    SELECT id, incident_id, seq, hash, leaf FROM audit_entry
     WHERE incident_id = 0 AND cordon_event_type(leaf) = ANY ($3::text[]) AND id <= $2
     ORDER BY id DESC LIMIT $4`);

/** Where the tree stands, and up to where entries of incidents are gone: in one snapshot, so that they agree. */
export const readLogHead = `
SELECT head.epoch, origin, size, head.last_entry, edge, pruned.place AS pruned_place, pruned.last_entry AS pruned_entry
  FROM log_head AS head
  LEFT JOIN LATERAL (SELECT place, last_entry FROM log_pruning WHERE epoch = head.epoch ORDER BY place DESC LIMIT 1)
       AS pruned ON true
 WHERE head.id = 0`;

/** Every pruning of every epoch, oldest first, with how many incidents went with it. */
export const readPrunings = `
SELECT epoch, place, last_entry, announced,
       (SELECT count(*) FROM pruned_incident AS incident
         WHERE incident.epoch = pruning.epoch AND incident.place = pruning.place) AS incidents
  FROM log_pruning AS pruning
 ORDER BY epoch, place`;

/** Chains that went with the pruning of epoch $1 at place $2, after uid $3, at most $4. */
export const readPrunedChains = `
SELECT uid::text AS uid, seq, head FROM pruned_incident
 WHERE epoch = $1 AND place = $2 AND uid > $3::uuid ORDER BY uid LIMIT $4`;

/**
 * Moves the head to size $3, entry $4 and edge $5 where it is still in epoch $1 at size $2, and adds the tiles $6 to $9;
 * else nothing. The row of the head is the lock: of two sequencers the second waits, and then finds the size moved.
 */
export const growLog = `
WITH moved AS (
  UPDATE log_head SET size = $3, last_entry = $4, edge = $5 WHERE id = 0 AND epoch = $1 AND size = $2
  RETURNING epoch
), tiles AS (
  INSERT INTO log_tile (epoch, level, index, hashes, first_entry)
  SELECT moved.epoch, tile.*
    FROM moved,
         unnest($6::smallint[], $7::bigint[], $8::bytea[], $9::bigint[]) AS tile (level, index, hashes, first_entry)
)
SELECT epoch FROM moved`;

/** Begins the epoch after $1 with origin $2 and an empty tree. */
export const beginLogEpoch = `
WITH moved AS (
  UPDATE log_head SET epoch = epoch + 1, origin = $2, size = 0, last_entry = 0, edge = '' WHERE id = 0 AND epoch = $1
  RETURNING epoch
)
SELECT epoch FROM moved`;

/** Full tiles of epoch $1 on level $2 with $3 <= index < $4. */
export const readLogTiles = `
SELECT level, index, hashes, first_entry
  FROM log_tile
 WHERE epoch = $1 AND level = $2 AND index >= $3 AND index < $4
 ORDER BY index`;

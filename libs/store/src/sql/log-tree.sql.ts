export const readLogHead = `SELECT epoch, origin, size, last_entry, edge FROM log_head WHERE id = 0`;

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

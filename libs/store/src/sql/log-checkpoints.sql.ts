/** Adds a checkpoint, and answers the note that is there now: another one where this moment has one already. */
export const addCheckpoint = `
WITH added AS (
  INSERT INTO log_checkpoint (epoch, size, root, note, at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (epoch, size, at) DO NOTHING
  RETURNING note
)
SELECT note FROM added
UNION ALL
SELECT note FROM log_checkpoint WHERE epoch = $1 AND size = $2 AND at = $5`;

/** The newest of the present epoch with at least $1 leaves and at most $2. */
export const newestCheckpoint = `
SELECT epoch, size, root, note, at
  FROM log_checkpoint
 WHERE epoch = (SELECT epoch FROM log_head WHERE id = 0) AND size >= $1 AND size <= $2
 ORDER BY size DESC, at DESC
 LIMIT 1`;

/** The last of each UTC day of the present epoch, $1 of the newest, oldest first. One indexed look a day. */
export const dailyCheckpoints = `
WITH RECURSIVE daily AS (
  (SELECT checkpoint.*
     FROM log_checkpoint AS checkpoint
    WHERE epoch = (SELECT epoch FROM log_head WHERE id = 0)
    ORDER BY at DESC, size DESC LIMIT 1)
  UNION ALL
  SELECT earlier.*
    FROM daily
   CROSS JOIN LATERAL (
      SELECT checkpoint.*
        FROM log_checkpoint AS checkpoint
       WHERE checkpoint.epoch = daily.epoch AND checkpoint.at < date_trunc('day', daily.at, 'UTC')
       ORDER BY checkpoint.at DESC, checkpoint.size DESC LIMIT 1) AS earlier
)
SELECT epoch, size, root, note, at
  FROM (SELECT * FROM daily LIMIT $1) AS newest
 ORDER BY at, size`;

/** Adds a time-stamp; the same again changes nothing. */
export const addTimestamp = `
INSERT INTO log_timestamp (epoch, size, note, reply, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (epoch, size, at) DO NOTHING`;

/** The newest $1 of the present epoch, oldest first. */
export const readTimestamps = `
SELECT epoch, size, note, reply, at
  FROM (SELECT * FROM log_timestamp WHERE epoch = (SELECT epoch FROM log_head WHERE id = 0)
         ORDER BY size DESC, at DESC LIMIT $1) AS newest
 ORDER BY size, at`;

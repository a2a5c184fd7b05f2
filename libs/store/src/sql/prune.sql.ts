/** Every incident with the numbers of its first and newest entry, and the holds that stand over it. */
export const readSpans = `
SELECT incident.id, uid, seq, head, closed_at, status,
       (SELECT entry.id FROM audit_entry AS entry WHERE incident_id = incident.id AND entry.seq = 1) AS first_entry,
       (SELECT entry.id FROM audit_entry AS entry WHERE incident_id = incident.id AND entry.seq = incident.seq)
         AS last_entry,
       ARRAY(SELECT hold.id FROM legal_hold AS hold WHERE hold.incident_id = incident.id AND released_at IS NULL
              ORDER BY hold.id) AS holds
  FROM incident
 ORDER BY first_entry`;

export const readDeploymentHolds = `
SELECT id FROM legal_hold WHERE incident_id IS NULL AND released_at IS NULL ORDER BY id`;

/** SHA-256 of the files that entries of the incidents $1 name and that were received here. */
export const readFilesOf = `
SELECT DISTINCT lower(one->>'value') AS sha256
  FROM audit_opening, json_array_elements(openings::json) AS one
 WHERE incident_id = ANY ($1::bigint[]) AND strpos(openings, '"data.stored"') > 0 AND one->>'key' = 'data.sha256'
   AND lower(one->>'value') ~ '^[0-9a-f]{64}$'
 ORDER BY 1`;

const SCHEMA = `(SELECT relnamespace FROM pg_class WHERE oid = 'audit_entry'::regclass)`;

/** Every column of every table by which a row belongs to an incident: by its name, or by a foreign key. */
export const readColumnsOfIncidents = `
SELECT relname AS "table", attname AS "column"
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
 WHERE relkind IN ('r', 'p') AND relnamespace = ${SCHEMA} AND attnum > 0 AND NOT attisdropped
   AND (attname = 'incident_id' OR EXISTS (
         SELECT FROM pg_constraint
          WHERE contype = 'f' AND conrelid = pg_class.oid AND confrelid = 'incident'::regclass AND attnum = ANY (conkey)))
 ORDER BY 1, 2`;

/** What is to go, for the statements that follow in the transaction. */
export const listGoing = `CREATE TEMPORARY TABLE going ON COMMIT DROP AS SELECT unnest($1::bigint[]) AS id`;

/**
 * What the plan relied upon, as it is now that nobody else writes: epoch and place of the newest pruning, incidents
 * that were closed before $1 and lie under no hold, entries up to $2 by what they belong to, and those of incidents that go after it.
 */
export const readGrounds = `
SELECT (SELECT epoch FROM log_head WHERE id = 0) AS epoch,
       (SELECT coalesce(max(place), 0) FROM log_pruning WHERE epoch = (SELECT epoch FROM log_head WHERE id = 0)) AS "from",
       (SELECT count(*) FROM incident JOIN going USING (id)
         WHERE status = 'closed' AND closed_at < $1
           AND NOT EXISTS (SELECT FROM legal_hold
                            WHERE released_at IS NULL AND (incident_id = incident.id OR incident_id IS NULL)))
         AS incidents,
       (SELECT count(*) FROM audit_entry WHERE id <= $2 AND incident_id = 0) AS kept,
       (SELECT count(*) FROM audit_entry WHERE id <= $2 AND incident_id IN (SELECT id FROM going)) AS entries,
       (SELECT count(*) FROM audit_entry WHERE id <= $2 AND incident_id <> 0
                                           AND incident_id NOT IN (SELECT id FROM going)) AS others,
       (SELECT count(*) FROM audit_entry WHERE id > $2 AND incident_id IN (SELECT id FROM going)) AS later`;

export const addPruning = `
INSERT INTO log_pruning (epoch, place, last_entry, announced, at) VALUES ($1, $2, $3, $4, $5)`;

export const addPrunedIncidents = `
INSERT INTO pruned_incident (id, uid, seq, head, epoch, place)
SELECT id, uid, seq, head, $1, $2 FROM incident JOIN going USING (id)
RETURNING uid::text AS uid, seq, head`;

/** Answers kept for repeated requests over several incidents, where they name one that goes. */
export const deleteActs = `
DELETE FROM act WHERE EXISTS (
  SELECT FROM json_array_elements(answer::json) AS line
   WHERE split_part(line->>'task', '/', 1) IN (SELECT 'INC-' || id FROM going))`;

/** Effects of incidents that go, where the queue has some left; its tables are another program's. */
export const deleteJobs = `
DELETE FROM graphile_worker._private_jobs AS job
 USING graphile_worker._private_tasks AS task
 WHERE task.id = job.task_id AND task.identifier = 'cordon_effect'
   AND (payload->>'incidentId')::bigint IN (SELECT id FROM going)`;

export const queueIsKnown = `
SELECT to_regclass('graphile_worker._private_jobs') IS NOT NULL
   AND to_regclass('graphile_worker._private_tasks') IS NOT NULL AS known`;

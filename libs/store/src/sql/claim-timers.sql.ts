/**
 * Leases up to $1 timers that are due by the database's clock for $2 milliseconds, the longest due first, passing over
 * those that another worker is leasing at this moment. MATERIALIZED keeps LIMIT from being asked twice.
 */
export const claimTimers = `
WITH due AS MATERIALIZED (
  SELECT incident_id, id
    FROM timer
   WHERE greatest(fire_at, leased_until) <= now()
   ORDER BY greatest(fire_at, leased_until)
   LIMIT $1
     FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE timer
     SET leased_until = now() + $2 * interval '1 millisecond'
    FROM due
   WHERE timer.incident_id = due.incident_id AND timer.id = due.id
  RETURNING timer.incident_id, timer.id, timer.fire_at
)
SELECT incident_id, id, fire_at FROM leased ORDER BY fire_at, incident_id, id`;

/**
 * Takes up to $1 outbox rows that no other relay holds, in the order of their writing, deletes them and hands them to
 * the queue: one statement, hence one transaction. The payload is the port's OutboxRow. The job key names the incident
 * too, because effect keys are unique within an incident only.
 */
export const relayOutbox = `
WITH next AS MATERIALIZED (
  SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
), taken AS (
  DELETE FROM outbox USING next WHERE outbox.id = next.id
  RETURNING outbox.id, outbox.incident_id, outbox.key, outbox.kind, outbox.step, outbox.payload
)
SELECT cordon_queue_effect(
         'INC-' || incident_id || '/' || key,
         json_build_object(
           'id', id::text,
           'incidentId', incident_id,
           'incidentTitle', title,
           'exercise', exercise,
           'tlp', tlp,
           'effect', json_build_object('key', key, 'kind', kind, 'step', step, 'payload', payload)))
  FROM (SELECT taken.*, incident.title, incident.exercise, incident.tlp
          FROM taken
          JOIN incident ON incident.id = taken.incident_id
         ORDER BY taken.id) AS ordered`;

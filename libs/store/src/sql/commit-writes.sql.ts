/**
 * Commits a batch of incident writes: each incident whose `seq` is still the expected one moves on with its entries,
 * tasks, timers and outbox rows; the others are left alone. Returns the ids that were committed.
 *
 * One statement is one transaction and one round trip. All its parts see the snapshot from before it, so everything
 * joins on `locked`, never on what another part wrote. Rows are locked in the order of their ids: two batches that
 * share incidents wait for each other but never in a circle. A row that another writer has moved meanwhile is read
 * again after the wait and falls out, because its `seq` has risen.
 *
 * Entries are inserted in the order of (incident, seq): their identities rise with `seq` within an incident.
 */
export const commitWrites = {
  name: 'commit-writes',
  text: `
WITH input AS MATERIALIZED (
  SELECT *
    FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::bytea[], $6::timestamptz[], $7::text[],
                $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $45::text[], $46::text[],
                $47::text[], $48::text[])
      AS input (id, expected_seq, revision, seq, head, updated_at, state, status, phases, aware_at, closed_at,
                playbook_version, playbook_digest, tlp, members)
), locked AS MATERIALIZED (
  SELECT incident.id
    FROM input
    JOIN incident ON incident.id = input.id AND incident.seq = input.expected_seq
   ORDER BY incident.id
     FOR UPDATE OF incident
), updated AS (
  UPDATE incident
     SET revision = input.revision,
         seq = input.seq,
         head = input.head,
         updated_at = input.updated_at,
         state = coalesce(input.state, incident.state),
         status = coalesce(input.status, incident.status),
         phases = coalesce(input.phases::text[], incident.phases),
         aware_at = coalesce(input.aware_at, incident.aware_at),
         playbook_version = coalesce(input.playbook_version, incident.playbook_version),
         playbook_digest = coalesce(input.playbook_digest, incident.playbook_digest),
         tlp = coalesce(input.tlp, incident.tlp),
         members = coalesce(input.members::text[], incident.members),
         closed_at = CASE WHEN input.status IS NULL THEN incident.closed_at ELSE input.closed_at END
    FROM locked
    JOIN input ON input.id = locked.id
   WHERE incident.id = locked.id
), entries AS (
  INSERT INTO audit_entry (incident_id, seq, revision, at, event_key, request_hash, prev, hash, leaf)
  SELECT entry.incident_id, entry.seq, entry.revision, entry.at, entry.event_key, entry.request_hash, entry.prev,
         entry.hash, entry.leaf
    FROM unnest($12::bigint[], $13::int[], $14::int[], $15::timestamptz[], $16::text[], $17::bytea[], $18::bytea[],
                $19::bytea[], $20::bytea[])
      AS entry (incident_id, seq, revision, at, event_key, request_hash, prev, hash, leaf)
    JOIN locked ON locked.id = entry.incident_id
   ORDER BY entry.incident_id, entry.seq
), openings AS (
  INSERT INTO audit_opening (incident_id, seq, openings)
  SELECT opening.*
    FROM unnest($21::bigint[], $22::int[], $23::text[]) AS opening (incident_id, seq, openings)
    JOIN locked ON locked.id = opening.incident_id
), tasks AS (
  INSERT INTO task (incident_id, step, phase, kind, system, status, roles, assignee, accepted, due_at, assigned_by,
                    priority)
  SELECT task.incident_id, task.step, task.phase, task.kind, task.system, task.status, task.roles::text[],
         task.assignee, task.accepted, task.due_at, task.assigned_by, task.priority
    FROM unnest($24::bigint[], $25::text[], $26::text[], $27::text[], $28::text[], $29::text[], $30::text[],
                $31::text[], $32::boolean[], $33::timestamptz[], $49::text[], $50::text[])
      AS task (incident_id, step, phase, kind, system, status, roles, assignee, accepted, due_at, assigned_by, priority)
    JOIN locked ON locked.id = task.incident_id
  ON CONFLICT (incident_id, step) DO UPDATE
     SET phase = excluded.phase, kind = excluded.kind, system = excluded.system, status = excluded.status,
         roles = excluded.roles, assignee = excluded.assignee, accepted = excluded.accepted, due_at = excluded.due_at,
         assigned_by = excluded.assigned_by, priority = excluded.priority
), timers_gone AS (
  DELETE FROM timer
   USING unnest($34::bigint[], $35::text[]) AS gone (incident_id, id)
    JOIN locked ON locked.id = gone.incident_id
   WHERE timer.incident_id = gone.incident_id AND timer.id = gone.id
), timers_set AS (
  INSERT INTO timer (incident_id, id, fire_at)
  SELECT timer.*
    FROM unnest($36::bigint[], $37::text[], $38::timestamptz[]) AS timer (incident_id, id, fire_at)
    JOIN locked ON locked.id = timer.incident_id
  ON CONFLICT (incident_id, id) DO UPDATE SET fire_at = excluded.fire_at, leased_until = NULL
), effects AS (
  INSERT INTO outbox (incident_id, seq, key, kind, step, payload)
  SELECT effect.incident_id, effect.seq, effect.key, effect.kind, effect.step, effect.payload::json
    FROM unnest($39::bigint[], $40::int[], $41::text[], $42::text[], $43::text[], $44::text[])
      AS effect (incident_id, seq, key, kind, step, payload)
    JOIN locked ON locked.id = effect.incident_id
   ORDER BY effect.incident_id, effect.seq
)
SELECT id FROM locked`,
};

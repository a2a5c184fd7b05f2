/**
 * Opens an incident with its first entries, tasks, timers and outbox rows, unless the same person has used the key
 * before: then it answers that incident and its request's hash. No row at all means that another opening with the key
 * committed while this one waited for it; `find-opening` reads what it wrote. A repeat uses up no incident number.
 */
export const openIncident = {
  name: 'open-incident',
  text: `
WITH known AS (
  SELECT id, request_hash FROM incident WHERE opened_by = $13 AND open_key = $22
), opened AS (
  INSERT INTO incident (uid, playbook_id, playbook_version, playbook_digest, title, summary, severity, organisation,
                        exercise, status, phases, aware_at, opened_by, onset_at, opened_at, updated_at, closed_at,
                        revision, seq, head, state, open_key, request_hash, tlp, members)
  SELECT $1::uuid, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::boolean, $10, $11::text[], $12::timestamptz, $13,
         $14::timestamptz, $15::timestamptz, $15::timestamptz, $16::timestamptz,
         $17::int, $18::int, $19::bytea, $20, $22, $21::bytea, $49, $50::text[]
   WHERE NOT EXISTS (SELECT FROM known)
  ON CONFLICT (opened_by, open_key) DO NOTHING
  RETURNING id
), entries AS (
  INSERT INTO audit_entry (incident_id, seq, revision, at, event_key, request_hash, prev, hash, leaf)
  SELECT opened.id, entry.seq, entry.revision, entry.at, entry.event_key, entry.request_hash, entry.prev, entry.hash,
         entry.leaf
    FROM opened,
         unnest($23::int[], $24::int[], $25::timestamptz[], $26::text[], $27::bytea[], $28::bytea[], $29::bytea[],
                $30::bytea[])
           AS entry (seq, revision, at, event_key, request_hash, prev, hash, leaf)
   ORDER BY entry.seq
), openings AS (
  INSERT INTO audit_opening (incident_id, seq, openings)
  SELECT opened.id, opening.* FROM opened, unnest($31::int[], $32::text[]) AS opening (seq, openings)
), tasks AS (
  INSERT INTO task (incident_id, step, phase, kind, system, status, roles, assignee, accepted, due_at, assigned_by,
                    priority)
  SELECT opened.id, task.step, task.phase, task.kind, task.system, task.status, task.roles::text[], task.assignee,
         task.accepted, task.due_at, task.assigned_by, task.priority
    FROM opened,
         unnest($33::text[], $34::text[], $35::text[], $36::text[], $37::text[], $38::text[], $39::text[],
                $40::boolean[], $41::timestamptz[], $51::text[], $52::text[])
           AS task (step, phase, kind, system, status, roles, assignee, accepted, due_at, assigned_by, priority)
), timers AS (
  INSERT INTO timer (incident_id, id, fire_at)
  SELECT opened.id, timer.* FROM opened, unnest($42::text[], $43::timestamptz[]) AS timer (id, fire_at)
), effects AS (
  INSERT INTO outbox (incident_id, seq, key, kind, step, payload)
  SELECT opened.id, effect.seq, effect.key, effect.kind, effect.step, effect.payload::json
    FROM opened,
         unnest($44::int[], $45::text[], $46::text[], $47::text[], $48::text[])
           AS effect (seq, key, kind, step, payload)
   ORDER BY effect.seq
)
SELECT id, NULL::bytea AS request_hash FROM opened
UNION ALL
SELECT id, request_hash FROM known`,
};

/**
 * Holds that stand and cover something of person $1: their data in an incident's openings, their id in its state, or an
 * entry that they made. Reads the entries of held incidents only.
 */
export const heldPerson = `
SELECT hold.id
  FROM legal_hold AS hold
 WHERE hold.released_at IS NULL
   AND (hold.incident_id IS NULL
     OR EXISTS (SELECT FROM incident
                 WHERE incident.id = hold.incident_id AND position('"' || $1 || '"' IN incident.state) > 0)
     OR EXISTS (SELECT FROM audit_opening AS opening
                 WHERE opening.incident_id = hold.incident_id
                   AND position('"subject":"' || $1 || '"' IN opening.openings) > 0)
     OR EXISTS (SELECT FROM audit_entry AS entry
                 WHERE entry.incident_id = hold.incident_id
                   AND position(convert_to('"id":"' || $1 || '"', 'UTF8') IN entry.leaf) > 0))`;

/**
 * What the application's role may do: the whole list. It runs after every migration and again at every start, in one
 * transaction, so that a role that an administrator made later receives its rights too.
 *
 * Insert rights on the history name their columns: without `id`, OVERRIDING SYSTEM VALUE is refused. `UPDATE (id)` on
 * outbox is there because FOR UPDATE asks for some update right; an identity column cannot be set to a value.
 */
export const privileges = (role: string): readonly string[] => [
  `REVOKE ALL ON playbook, incident, audit_entry, audit_opening, task, timer, outbox, token, deployment, schema_migration
   FROM ${role}`,
  `GRANT SELECT ON schema_migration, deployment TO ${role}`,
  `GRANT SELECT, INSERT ON playbook TO ${role}`,
  `GRANT SELECT,
     INSERT (uid, playbook_id, playbook_version, playbook_digest, title, summary, severity, organisation, exercise,
             status, phases, aware_at, onset_at, opened_at, opened_by, updated_at, closed_at, revision, seq, head,
             state, open_key, request_hash),
     UPDATE (status, phases, aware_at, updated_at, closed_at, revision, seq, head, state, playbook_version, playbook_digest)
   ON incident TO ${role}`,
  `GRANT SELECT, INSERT (incident_id, at, seq, revision, event_key, request_hash, prev, hash, leaf)
   ON audit_entry TO ${role}`,
  `GRANT SELECT, INSERT ON audit_opening TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE ON task TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON timer TO ${role}`,
  `GRANT SELECT, INSERT (incident_id, seq, key, kind, step, payload), UPDATE (id), DELETE ON outbox TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (revoked_at) ON token TO ${role}`,
];

/**
 * What the application's role may do: the whole list. It runs after every migration and again at every start, in one
 * transaction, so that a role that an administrator made later receives its rights too.
 *
 * Insert rights on the history name their columns: without `id`, OVERRIDING SYSTEM VALUE is refused. `UPDATE (id)` on
 * outbox, and `UPDATE (expires_at)` on challenge, are there because FOR UPDATE asks for some update right; an identity column cannot be set to a value.
 */
export const privileges = (role: string): readonly string[] => [
  `REVOKE ALL ON playbook, incident, audit_entry, audit_opening, task, timer, outbox, token, deployment, journal_head, schema_migration
   FROM ${role}`,
  `REVOKE ALL ON person, external_identity, credential, session, invitation, challenge, attempt, deployment_secret FROM ${role}`,
  `REVOKE ALL ON subject_key, vault_key FROM ${role}`,
  `REVOKE ALL ON approval_link FROM ${role}`,
  `REVOKE ALL ON act, team, team_member, duty, absence FROM ${role}`,
  `REVOKE ALL ON log_head, log_tile, log_checkpoint, log_timestamp, incident_snapshot, legal_hold FROM ${role}`,
  `REVOKE ALL ON log_pruning, pruned_incident FROM ${role}`,
  `GRANT SELECT ON schema_migration, deployment TO ${role}`,
  `GRANT SELECT, UPDATE (seq, revision, at, head) ON journal_head TO ${role}`,
  `GRANT SELECT, INSERT ON playbook TO ${role}`,
  `GRANT SELECT,
     INSERT (uid, playbook_id, playbook_version, playbook_digest, title, summary, severity, organisation, exercise,
             status, phases, aware_at, onset_at, opened_at, opened_by, updated_at, closed_at, revision, seq, head,
             state, open_key, request_hash, tlp, members),
     UPDATE (status, phases, aware_at, updated_at, closed_at, revision, seq, head, state, playbook_version, playbook_digest,
             tlp, members)
   ON incident TO ${role}`,
  `GRANT SELECT, INSERT (incident_id, at, seq, revision, event_key, request_hash, prev, hash, leaf)
   ON audit_entry TO ${role}`,
  `GRANT SELECT, INSERT ON audit_opening TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE ON task TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON timer TO ${role}`,
  `GRANT SELECT, INSERT (incident_id, seq, key, kind, step, payload), UPDATE (id), DELETE ON outbox TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (revoked_at, name) ON token TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (key_id, wrapped, erased_at) ON subject_key TO ${role}`,
  `GRANT SELECT, UPDATE (id) ON vault_key TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (disabled_at, erased_at, roles, profile, login_hash) ON person TO ${role}`,
  `GRANT SELECT, INSERT, DELETE ON external_identity TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (counter, last_used_at), DELETE ON credential TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (last_seen_at, idle_until, revoked_at) ON session TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (used_at) ON invitation TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (expires_at), DELETE ON challenge TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON attempt TO ${role}`,
  `GRANT SELECT, INSERT ON deployment_secret TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (sent_at, used_at), DELETE ON approval_link TO ${role}`,
  `GRANT SELECT, INSERT ON act TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (name, roles), DELETE ON team TO ${role}`,
  `GRANT SELECT, INSERT, DELETE ON team_member TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (starts_at, ends_at, role, team_id, person), DELETE ON duty TO ${role}`,
  `GRANT SELECT, INSERT, UPDATE (starts_at, ends_at, delegate), DELETE ON absence TO ${role}`,
  `GRANT SELECT, UPDATE (epoch, size, last_entry, origin, edge) ON log_head TO ${role}`,
  `GRANT SELECT, INSERT ON log_tile TO ${role}`,
  `GRANT SELECT, INSERT ON log_checkpoint TO ${role}`,
  `GRANT SELECT, INSERT ON log_timestamp TO ${role}`,
  `GRANT SELECT ON log_pruning, pruned_incident TO ${role}`,
  `GRANT SELECT, INSERT, DELETE ON incident_snapshot TO ${role}`,
  `GRANT SELECT, INSERT (id, incident_id, placed_at, placed_by, placed_seq),
     UPDATE (released_at, released_by, released_seq)
   ON legal_hold TO ${role}`,
];

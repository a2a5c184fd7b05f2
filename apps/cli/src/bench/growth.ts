/** A database that has seen much: a hundred thousand incidents and a million entries, copied row by row from real ones. */
import { withOwner } from '@cordon/store';

/** Adds incidents and entries by SQL. The copies' chains are not real; nothing reads them, they are there to be many. */
export async function grow(url: string, incidents: number, entries: number): Promise<void> {
  await withOwner(url, async (client) => {
    await client.query(`
      INSERT INTO incident (uid, playbook_id, playbook_version, playbook_digest, title, exercise, status, phases, aware_at, opened_at, opened_by,
                            updated_at, revision, seq, head, state, open_key, request_hash)
      SELECT gen_random_uuid(), playbook_id, playbook_version, playbook_digest, 'Copy ' || n, exercise, status, phases, aware_at, opened_at,
             opened_by, updated_at, 1, 1, head, state, 'copy-' || n, request_hash
        FROM generate_series(1, ${incidents}) AS n, (SELECT * FROM incident ORDER BY id LIMIT 1) AS one`);
    await client.query(`
      INSERT INTO audit_entry (incident_id, seq, revision, at, event_key, request_hash, prev, hash, leaf)
      SELECT copy.id, n, n, one.at, 'copy-' || n, decode(repeat('00', 32), 'hex'), one.prev, one.hash, one.leaf
        FROM (SELECT id FROM incident WHERE open_key LIKE 'copy-%') AS copy,
             generate_series(1, ${Math.ceil(entries / incidents)}) AS n,
             (SELECT * FROM audit_entry ORDER BY id LIMIT 1) AS one`);
    await client.query(`
      INSERT INTO task (incident_id, step, phase, kind, system, status, roles, assignee, accepted, due_at)
      SELECT copy.id, one.step, one.phase, one.kind, one.system, one.status, one.roles, one.assignee, one.accepted, one.due_at
        FROM (SELECT id FROM incident WHERE open_key LIKE 'copy-%') AS copy,
             (SELECT * FROM task WHERE incident_id = (SELECT min(id) FROM incident)) AS one`);
    await client.query('VACUUM ANALYZE');
  });
}

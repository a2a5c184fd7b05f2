/** What PostgreSQL's own load generator reaches with plain SQL of the same kind, in the same minutes. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withOwner } from '@cordon/store';

const run = promisify(execFile);

const TABLES = `
CREATE TABLE IF NOT EXISTS floor_incident (id int PRIMARY KEY, version int NOT NULL, snapshot text NOT NULL) WITH (fillfactor = 60, autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS floor_audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incident_id int, seq int, leaf text, hash bytea)
  WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS floor_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incident_id int, payload text)
  WITH (autovacuum_enabled = off);
CREATE TABLE IF NOT EXISTS floor_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, incident_id int NOT NULL, seq int NOT NULL, key text NOT NULL, leaf bytea NOT NULL,
  hash bytea NOT NULL, UNIQUE (incident_id, seq), UNIQUE (incident_id, key), CHECK (hash = sha256(leaf)));
CREATE TABLE IF NOT EXISTS floor_task (incident_id int, step text, status text, due_at timestamptz, assignee text, PRIMARY KEY (incident_id, step));
CREATE INDEX IF NOT EXISTS floor_task_inbox ON floor_task (due_at, incident_id, step) WHERE status <> 'completed';
CREATE INDEX IF NOT EXISTS floor_task_assignee ON floor_task (assignee, due_at, incident_id) WHERE status <> 'completed';
CREATE TABLE IF NOT EXISTS floor_timer (incident_id int, id text, fire_at timestamptz, PRIMARY KEY (incident_id, id));
CREATE INDEX IF NOT EXISTS floor_timer_claim ON floor_timer (fire_at);
INSERT INTO floor_incident SELECT n, 0, repeat(md5(n::text), 44) FROM generate_series(1, 1000) AS n ON CONFLICT DO NOTHING`;

/** One transition as five plain statements: lock and read, write the snapshot, audit entry, outbox row. Values of like size. */
const script = (incident: string): string => `
\\set id ${incident}
BEGIN;
SELECT version, snapshot FROM floor_incident WHERE id = :id FOR UPDATE;
UPDATE floor_incident SET version = version + 1, snapshot = repeat(md5(random()::text), 44) WHERE id = :id;
INSERT INTO floor_audit (incident_id, seq, leaf, hash) VALUES (:id, 1, repeat(md5(random()::text), 20), decode(md5(random()::text), 'hex'));
INSERT INTO floor_outbox (incident_id, payload) VALUES (:id, repeat(md5(random()::text), 4));
COMMIT;`;

/** All that one of our transitions writes, as plain statements: the entry with its keys and check, two tasks, a timer, an effect. */
const WORK = `
\\set id random(1, 1000)
\\set n random(1, 1000000000)
BEGIN;
SELECT version, snapshot FROM floor_incident WHERE id = :id FOR UPDATE;
UPDATE floor_incident SET version = version + 1, snapshot = repeat(md5(random()::text), 44) WHERE id = :id;
INSERT INTO floor_entry (incident_id, seq, key, leaf, hash)
  SELECT :id, version, :id || '-' || version || '-' || :n, leaf, sha256(leaf)
    FROM floor_incident, convert_to(repeat(md5(random()::text), 30), 'UTF8') AS leaf WHERE id = :id;
INSERT INTO floor_task VALUES (:id, 'work', CASE WHEN :n % 2 = 0 THEN 'ready' ELSE 'completed' END, now(), 'a')
  ON CONFLICT (incident_id, step) DO UPDATE SET status = excluded.status, due_at = excluded.due_at;
INSERT INTO floor_task VALUES (:id, 'again', CASE WHEN :n % 2 = 1 THEN 'ready' ELSE 'completed' END, now(), 'a')
  ON CONFLICT (incident_id, step) DO UPDATE SET status = excluded.status, due_at = excluded.due_at;
INSERT INTO floor_timer VALUES (:id, 'due', now()) ON CONFLICT (incident_id, id) DO UPDATE SET fire_at = excluded.fire_at;
INSERT INTO floor_outbox (incident_id, payload) VALUES (:id, repeat(md5(random()::text), 4));
COMMIT;`;

/** `spread` and `hot` are the five statements, over all incidents and on one; `work` is all that we write, over all. */
export type FloorKind = 'spread' | 'hot' | 'work';

/** Connections left to others when the floor takes as many as it can. */
const SPARE_CONNECTIONS = 25;

export interface Floor {
  /** Transitions per second with that many clients. */
  measure(clients: number, seconds: number, kind: FloorKind): Promise<number>;
}

/** Whoever is measured next must not pay for what this one leaves behind: dead rows, and pages to be written. */
async function settle(url: string): Promise<void> {
  await withOwner(url, async (client) => {
    await client.query('VACUUM floor_incident, floor_entry, floor_task, floor_timer');
    await client.query('CHECKPOINT');
  });
}

/** Undefined when pgbench is not on this machine. */
export async function openFloor(url: string): Promise<(Floor & { close(): Promise<void> }) | undefined> {
  const present = await run('pgbench', ['--version']).catch(() => undefined);
  if (!present) return undefined;
  const most = await withOwner(url, async (client) => {
    await client.query(TABLES);
    const { rows } = await client.query<{ max_connections: string }>('SHOW max_connections');
    return Number(rows[0]?.max_connections ?? 100) - SPARE_CONNECTIONS;
  });
  const folder = await mkdtemp(join(tmpdir(), 'cordon-floor-'));
  await writeFile(join(folder, 'spread.sql'), script('random(1, 1000)'));
  await writeFile(join(folder, 'hot.sql'), script('1'));
  await writeFile(join(folder, 'work.sql'), WORK);
  return {
    async measure(callers, seconds, kind) {
      // Each of pgbench's clients is a connection; more of them than the server has room for are left out.
      const clients = Math.min(callers, most);
      const file = join(folder, `${kind}.sql`);
      const { stdout } = await run('pgbench', [
        '-n',
        '-M',
        'prepared',
        '-c',
        String(clients),
        '-j',
        String(Math.min(2, clients)),
        '-T',
        String(Math.ceil(seconds)),
        '-f',
        file,
        url,
      ]);
      const tps = /tps = ([\d.]+)/.exec(stdout)?.[1];
      if (tps === undefined) throw new Error(`pgbench gave no figure: ${stdout.slice(0, 200)}`);
      await settle(url);
      return Number(tps);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

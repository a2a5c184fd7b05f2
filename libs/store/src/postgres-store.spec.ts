import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { OutboxRow } from '@cordon/runtime';
import { storeConformance } from '@cordon/testkit';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { grantQueue } from './grant-queue.js';
import { openStore, type Store } from './open-store.js';

/**
 * Stands in for graphile-worker: a function with the signature of its `add_job` that keeps what it is given. As there,
 * the application's role has no right on the table.
 */
const queueStub = `
CREATE SCHEMA graphile_worker;
CREATE TABLE graphile_worker.job (
  id bigint GENERATED ALWAYS AS IDENTITY, key text UNIQUE, identifier text, payload json, max_attempts int);
CREATE FUNCTION graphile_worker.add_job(
  identifier text, payload json DEFAULT NULL, queue_name text DEFAULT NULL, run_at timestamptz DEFAULT NULL,
  max_attempts integer DEFAULT NULL, job_key text DEFAULT NULL, priority integer DEFAULT NULL,
  flags text[] DEFAULT NULL, job_key_mode text DEFAULT 'replace')
RETURNS graphile_worker.job LANGUAGE sql AS $$
  INSERT INTO graphile_worker.job (key, identifier, payload, max_attempts)
  VALUES (job_key, identifier, payload, max_attempts) ON CONFLICT (key) DO NOTHING RETURNING *
$$`;

const GUARDED = [
  ...['audit_entry', 'audit_opening', 'playbook'],
  ...['log_head', 'log_tile', 'log_checkpoint', 'log_timestamp'],
];

/** Only an owner can do this, and only by taking the triggers off: one database serves all tests. */
const wipe = `
BEGIN;
${GUARDED.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER USER;`).join('\n')}
DELETE FROM log_tile; DELETE FROM log_checkpoint; DELETE FROM log_timestamp; DELETE FROM incident_snapshot;
DELETE FROM legal_hold;
UPDATE log_head SET epoch = 1, origin = deployment.log, size = 0, last_entry = 0, edge = '' FROM deployment;
UPDATE journal_head SET seq = 0, revision = 0, at = 'epoch', head = '';
DELETE FROM audit_opening; DELETE FROM audit_entry; DELETE FROM task; DELETE FROM timer; DELETE FROM outbox;
DELETE FROM incident; DELETE FROM playbook; DELETE FROM token; DELETE FROM act; DELETE FROM team_member; DELETE FROM team;
DELETE FROM duty; DELETE FROM absence; DELETE FROM approval_link;
DELETE FROM credential; DELETE FROM external_identity; DELETE FROM session; DELETE FROM invitation; DELETE FROM challenge;
DELETE FROM attempt; DELETE FROM deployment_secret; DELETE FROM person; DELETE FROM graphile_worker.job;
${GUARDED.map((table) => `ALTER TABLE ${table} ENABLE TRIGGER USER;`).join('\n')}
COMMIT`;

const cutLead = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const queuedRows = 'SELECT payload FROM graphile_worker.job ORDER BY id';

let database: TestDatabase;
let owner: pg.Client;
let store: Store;
let second: Store;
let folder: string;

beforeAll(async () => {
  database = await testDatabase();
  const { url } = database;
  owner = new pg.Client(url);
  await owner.connect();
  await owner.query(queueStub);
  await grantQueue({ url });
  folder = await mkdtemp(join(tmpdir(), 'cordon-store-'));
  const options = { url, vaultKeyFile: join(folder, 'vault.key'), poolSize: 4 };
  store = await openStore(options);
  second = await openStore(options);
});

afterAll(async () => {
  await store.close();
  await second.close();
  await owner.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

storeConformance('PostgreSQL', async () => ({
  store,
  another: async () => second,
  queued: async () =>
    (await owner.query<{ payload: OutboxRow }>(queuedRows)).rows.map(({ payload }) => payload),
  cutLead: async () => void (await owner.query(cutLead)),
  close: async () => void (await owner.query(wipe)),
}));

import { storeConformance } from '@cordon/testkit';
import type { OutboxRow } from '@cordon/runtime';
import { testDatabase } from '../../../test/support/database.js';
import { grantQueue } from './grant-queue.js';
import { openStore } from './open-store.js';
import { withOwner } from './owner-session.js';

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

storeConformance('PostgreSQL', async () => {
  const database = await testDatabase();
  const { url } = database;
  await withOwner(url, (client) => client.query(queueStub));
  await grantQueue({ url });
  const store = await openStore({ url, poolSize: 4 });
  const others: { close(): Promise<void> }[] = [];
  return {
    store,
    another: async () => {
      const other = await openStore({ url, poolSize: 4 });
      others.push(other);
      return other;
    },
    queued: () =>
      withOwner(url, async (client) => {
        const sql = 'SELECT payload FROM graphile_worker.job ORDER BY id';
        return (await client.query<{ payload: OutboxRow }>(sql)).rows.map(({ payload }) => payload);
      }),
    close: async () => {
      for (const each of [store, ...others]) await each.close();
      await database.drop();
    },
  };
});

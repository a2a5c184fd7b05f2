import pg from 'pg';
import { OperationalError } from '@cordon/kernel';
import { clientConfig, encodingComplaint, versionComplaint } from './connection.js';
import { withStoreErrors } from './errors.js';

/** Advisory lock under which the schema changes; the number only has to differ from other programs' numbers. */
const SCHEMA_LOCK = 7_466_120_017;

/** Why this server or database will not do, in a sentence; undefined when it will. */
async function complaintAbout(client: pg.ClientBase): Promise<string | undefined> {
  const sql = `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`;
  const { rows } = await client.query<{ version: number; encoding: string }>(sql);
  return versionComplaint(rows[0]?.version ?? 0) ?? encodingComplaint(rows[0]?.encoding ?? 'unknown');
}

/**
 * Connects with the login's own rights, for the length of the work. Throws an OperationalError: retryable where the
 * world misbehaved, not when the server is too old.
 */
export async function withOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withStoreErrors(async () => {
    const client = new pg.Client(clientConfig({ url, applicationName: 'cordon setup' }));
    // A lost connection also rejects the query under way; without a listener it would end the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const complaint = await complaintAbout(client);
      if (complaint !== undefined) throw new OperationalError(complaint, false);
      return await work(client);
    } finally {
      await client.end();
    }
  });
}

/** `withOwner` while no other process of this database changes its schema. Waits for as long as that takes. */
export async function withSchemaLock<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withOwner(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [SCHEMA_LOCK]);
    return work(client);
  });
}

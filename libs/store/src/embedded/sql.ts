import pg from 'pg';
import { type Cluster, superuser } from './cluster.js';
import { codeOf, EmbeddedPostgresError, useOwnServer } from './errors.js';

/** The database that Cordon's tables live in. */
const database = 'cordon';

const CONNECT_TIMEOUT_MS = 5_000;

/** The superuser's connection string, with the password in it: not for logs. */
export function connectionString(cluster: Cluster, port: number, name: string = database): string {
  return `postgres://${superuser}:${cluster.password}@127.0.0.1:${port}/${name}`;
}

/**
 * Whether a server on this port takes our password, which proves it to be ours: the password is 256 random bits. False while
 * it does not listen, is starting or is stopping; fails `start_failed` when it refuses the password.
 */
export async function answersUs(cluster: Cluster, port: number): Promise<boolean> {
  try {
    await withClient(cluster, port, 'postgres', (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    // SQLSTATE class 28: invalid authorization specification.
    if (!String(codeOf(error)).startsWith('28')) return false;
    throw new EmbeddedPostgresError(
      'start_failed',
      `The embedded PostgreSQL on port ${port} refuses the password in ${cluster.folder}/password: set that password for` +
        ` its user "${superuser}" again, or ${useOwnServer}.`,
      error,
    );
  }
}

/** Makes the database when it is missing; only the owner of the home may call this, so nobody else makes it meanwhile. */
export async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  await withClient(cluster, port, 'postgres', async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  });
}

async function withClient(
  cluster: Cluster,
  port: number,
  name: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: connectionString(cluster, port, name),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // a server that dies meanwhile rejects the query too
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

import type pg from 'pg';
import { ensureAppRole } from './app-role.js';
import { APP_ROLE } from './connection.js';
import { makeDataSource } from './data-source.js';
import { withSchemaLock } from './owner-session.js';
import { privileges } from './sql/privileges.sql.js';

export interface MigrationReport {
  /** Names of the migrations that ran now, in order. */
  readonly applied: readonly string[];
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}

/**
 * Brings the database to this version's schema and settles the application's rights. Any number of processes may do
 * it at once: one works, the others wait and then find nothing to do. Needs a login that may create tables; throws an
 * OperationalError, not retryable when the server is too old.
 */
export async function migrate({ url }: { readonly url: string }): Promise<MigrationReport> {
  return withSchemaLock(url, async (client) => {
    const applied = await runMigrations(url);
    const warning = await ensureAppRole(client);
    if (await roleExists(client)) await grantPrivileges(client);
    return { applied, warnings: warning === undefined ? [] : [warning] };
  });
}

async function runMigrations(url: string): Promise<string[]> {
  const dataSource = makeDataSource({ url, applicationName: 'cordon migrate', poolSize: 1 });
  await dataSource.initialize();
  try {
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return applied.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

async function roleExists(client: pg.Client): Promise<boolean> {
  return (await client.query('SELECT FROM pg_roles WHERE rolname = $1', [APP_ROLE])).rowCount === 1;
}

/** All rights or, on an error, those from before. */
async function grantPrivileges(client: pg.Client): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const statement of privileges(APP_ROLE)) await client.query(statement);
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK');
    throw thrown;
  }
}

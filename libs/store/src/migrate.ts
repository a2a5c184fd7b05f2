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
 * it at once: one works, the others wait and then find nothing to do. Throws an OperationalError, not retryable when
 * the server is too old or the login may not create what is missing.
 *
 * The login that migrates owns the tables. A second login that is merely a member of `cordon_app` may call this too
 * and finds nothing to do, as long as the owner has migrated before: so production can keep the owner's password away
 * from the server.
 */
export async function migrate({ url }: { readonly url: string }): Promise<MigrationReport> {
  return withSchemaLock(url, async (client) => {
    const applied = await runMigrations(url);
    const warning = await ensureAppRole(client);
    if (await mayGrant(client)) await grantPrivileges(client);
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

/** Whether there is a role to receive rights, and this login owns what they are rights on. */
async function mayGrant(client: pg.Client): Promise<boolean> {
  const sql = `SELECT FROM pg_class, pg_roles
    WHERE pg_class.oid = 'audit_entry'::regclass AND rolname = $1 AND pg_has_role(current_user, relowner, 'USAGE')`;
  return (await client.query(sql, [APP_ROLE])).rowCount === 1;
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

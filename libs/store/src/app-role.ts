import type { ClientBase } from 'pg';
import { APP_ROLE } from './connection.js';
import { faultOf } from './errors.js';

/** Two databases of one cluster may make the role, or grant it, at the same moment: roles belong to the cluster. */
const LOST_RACE: ReadonlySet<string | undefined> = new Set(['23505', 'XX000']);
const ALREADY_THERE = '42710';
const NOT_ALLOWED = '42501';
const ATTEMPTS = 5;

/** Whether this login may take the role on. Asks by doing it: what membership allows differs between versions. */
export async function canSetRole(client: ClientBase, role = APP_ROLE): Promise<boolean> {
  try {
    await client.query(`SET ROLE ${role}`);
    await client.query('RESET ROLE');
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the application's role and lets this login take it on. Safe when several processes and databases of a cluster
 * do it at once. Returns a sentence when the login may not do so; then the application runs with the login's own
 * rights.
 */
export async function ensureAppRole(client: ClientBase, role = APP_ROLE): Promise<string | undefined> {
  if (await canSetRole(client, role)) return undefined;
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const refused =
    (rowCount === 0 && (await attempt(client, `CREATE ROLE ${role} NOLOGIN`))) ||
    (await attempt(client, `GRANT ${role} TO CURRENT_USER`));
  if (!refused && (await canSetRole(client, role))) return undefined;
  return (
    `This database login may not create or take on the role ${role}, so Cordon works with the login's own rights: ` +
    `the triggers still refuse changes to the history, but its owner can remove them. ` +
    `Let an administrator run: CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO <login>;`
  );
}

/** True when the server refused for want of rights. Repeats a race that was lost. */
async function attempt(client: ClientBase, statement: string): Promise<boolean> {
  for (let i = 1; ; i += 1) {
    try {
      await client.query(statement);
      return false;
    } catch (thrown) {
      const { code } = faultOf(thrown);
      if (code === NOT_ALLOWED) return true;
      if (code === ALREADY_THERE) return false;
      if (!LOST_RACE.has(code) || i === ATTEMPTS) throw thrown;
    }
  }
}

import { APP_ROLE } from './connection.js';
import { withSchemaLock } from './owner-session.js';
import { queueEffectFunction } from './sql/queue-effect-function.sql.js';

/** Nothing to do where another login owns the function already: that one has made it. */
const OWNED_BY_OTHERS = `SELECT FROM pg_proc
  WHERE oid = to_regprocedure('cordon_queue_effect(text, json)') AND NOT pg_has_role(current_user, proowner, 'USAGE')`;

/**
 * Lets the application hand effects to the queue, and do nothing else to it. The server calls it at each start, after
 * graphile-worker's own migrations, whose schema `graphile_worker` must exist. Idempotent, and safe to run from
 * several processes at once. Throws an OperationalError.
 */
export async function grantQueue({ url }: { readonly url: string }): Promise<void> {
  await withSchemaLock(url, async (client) => {
    if ((await client.query(OWNED_BY_OTHERS)).rowCount === 1) return;
    await client.query(queueEffectFunction);
    await client.query('REVOKE ALL ON FUNCTION cordon_queue_effect(text, json) FROM PUBLIC');
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [APP_ROLE]);
    if (rowCount === 1)
      await client.query(`GRANT EXECUTE ON FUNCTION cordon_queue_effect(text, json) TO ${APP_ROLE}`);
  });
}

/**
 * That a restore was begun is written on the table of entries, as its comment, and gone with the commit that ends it: so a
 * database says itself that it is not whole, whatever cut the restore short.
 */
import { basename } from 'node:path';
import { OperationalError } from '@cordon/kernel';
import pg, { type ClientBase } from 'pg';
import type { OpenBackup } from './open-backup.js';

const BEGINS = 'cordon restore: ';

const COMMENT = `SELECT obj_description(to_regclass('audit_entry'), 'pg_class') AS comment`;

/** Committed by itself, before anything is put anywhere. */
export async function noteRestore(client: ClientBase, { file, manifest }: OpenBackup): Promise<void> {
  const text = `${BEGINS}${basename(file)}, made at ${manifest.madeAt}`;
  await client.query(`COMMENT ON TABLE audit_entry IS ${pg.escapeLiteral(text)}`);
}

/** In the transaction that holds everything that is restored. */
export async function noteRestored(client: ClientBase): Promise<void> {
  await client.query('COMMENT ON TABLE audit_entry IS NULL');
}

/** Rejects with an OperationalError that says what to do where a restore into this database did not come to its end. */
export async function mustNotBeHalfRestored(client: ClientBase): Promise<void> {
  const [row] = (await client.query<{ comment: string | null }>(COMMENT)).rows;
  if (row?.comment?.startsWith(BEGINS) !== true) return;
  throw new OperationalError(
    `A restore into this database was begun and did not come to its end (${row.comment.slice(BEGINS.length)}): run "cordon restore" with that file again, which does the rest. ` +
      'To begin without it, name an empty database in DATABASE_URL; for the embedded one, give the folder "cluster" of the data folder another name.',
    false,
  );
}

import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { asStoreError, faultOf, isServerError } from './errors.js';

/** A statement that each connection parses and plans once: its name is unique to its text. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs a prepared statement in its own transaction: one round trip. Throws what the driver threw; a connection that
 * may be broken is thrown away, one on which the server merely answered with an error is kept.
 */
export async function run<Row extends QueryResultRow>(
  pool: Pool,
  statement: NamedStatement,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  const client = await pool.connect();
  let broken = true;
  try {
    const result = await client.query<Row>({ ...statement, values: values as unknown[] });
    broken = false;
    return result;
  } catch (thrown) {
    broken = !isServerError(faultOf(thrown));
    throw thrown;
  } finally {
    client.release(broken);
  }
}

/** `run` with the driver's error turned into a store error. */
export async function query<Row extends QueryResultRow>(
  pool: Pool,
  statement: NamedStatement,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  try {
    return await run<Row>(pool, statement, values);
  } catch (thrown) {
    throw asStoreError(thrown);
  }
}

/**
 * Runs the work in one transaction, which is undone unless the work says `true`. Throws what the driver threw; whatever
 * goes wrong, the transaction is not left open: the connection is then thrown away.
 */
export async function transaction(
  pool: Pool,
  work: (client: PoolClient) => Promise<boolean>,
): Promise<boolean> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN');
    const keep = await work(client);
    await client.query(keep ? 'COMMIT' : 'ROLLBACK');
    broken = false;
    return keep;
  } finally {
    client.release(broken);
  }
}

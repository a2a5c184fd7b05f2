import type pg from 'pg';

/** Runs one statement, undoes it, and answers its SQLSTATE, or 'done'. */
export async function outcome(client: pg.Client, sql: string): Promise<string> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return 'done';
  } catch (thrown) {
    return (thrown as pg.DatabaseError).code ?? 'no code';
  } finally {
    await client.query('ROLLBACK');
  }
}

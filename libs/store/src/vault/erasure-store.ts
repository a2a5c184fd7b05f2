import { InvariantError, type EpochMs } from '@cordon/kernel';
import type { ErasureResult, ErasureStore, OpenTaskOf } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { idOf } from '../door-store.js';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { heldPerson } from '../sql/held-person.sql.js';
import { ERASE_PERSON } from '../people/person-store.js';
import { PostgresVault } from './postgres-vault.js';
import type { Sql } from './rotation.js';

const KIND = `SELECT
  EXISTS (SELECT FROM person WHERE id = $1) AS person,
  EXISTS (SELECT FROM token WHERE id = $1) AS token`;

const REVOKE_TOKEN = `UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1`;

const OPEN_TASKS = `SELECT incident_id, step FROM task
  WHERE assignee = $1 AND status IN ('ready', 'in_progress', 'problem') ORDER BY incident_id, step`;

/** Administrators that may act now, $1 among them when it is one: people who sign in, and tokens. */
const ADMINISTRATORS = `
SELECT id FROM person WHERE 'administrator' = ANY (roles) AND disabled_at IS NULL AND erased_at IS NULL
UNION ALL
SELECT id FROM token
 WHERE 'administrator' = ANY (roles) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)`;

/** Accounts that are there although their key was destroyed: the database is older than the erasure. */
const LEFT_OVER = `
SELECT subject AS id FROM subject_key
 WHERE erased_at IS NOT NULL
   AND (EXISTS (SELECT FROM person WHERE person.id = subject AND person.erased_at IS NULL)
     OR EXISTS (SELECT FROM token WHERE token.id = subject AND token.revoked_at IS NULL))`;

/**
 * At every start: a restored backup must not bring back the sign-in of somebody who was erased since. Any number of
 * processes at once.
 */
export async function finishErasures(dataSource: DataSource): Promise<void> {
  await withStoreErrors(async () => {
    const rows = await dataSource.query<{ id: string }[]>(LEFT_OVER);
    for (const { id } of rows) {
      const now = new Date();
      await dataSource.query(ERASE_PERSON, [id, now]);
      await dataSource.query(REVOKE_TOKEN, [id, now]);
    }
  });
}

/** Everything of one person goes in the transaction that destroys the key: after a crash all of it has gone or nothing. */
export class PostgresErasureStore implements ErasureStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly vault: PostgresVault | undefined,
  ) {}

  async kindOf(id: string): Promise<'person' | 'token' | undefined> {
    const [row] = await this.rows<{ person: boolean; token: boolean }>(KIND, [id]);
    if (row?.person === true) return 'person';
    return row?.token === true ? 'token' : undefined;
  }

  async openTasks(id: string): Promise<readonly OpenTaskOf[]> {
    const rows = await this.rows<{ incident_id: string; step: string }>(OPEN_TASKS, [id]);
    return rows.map((row) => ({ incidentId: idOf(row.incident_id), step: row.step }));
  }

  isOnlyAdministrator(id: string, at: EpochMs): Promise<boolean> {
    const sql = {
      query: <Row>(text: string, values: readonly unknown[] = []) => this.rows<Row>(text, values),
    };
    return isOnlyAdministrator(sql, id, at);
  }

  async erase(id: string, at: EpochMs): Promise<ErasureResult> {
    if (!this.vault) throw new InvariantError('the store was opened without a vault key file');
    let result: ErasureResult = 'erased';
    const hadKey = await this.vault
      .eraseWith(id, async (sql) => {
        // Erasures wait for each other, so two administrators cannot both find the other one still there.
        if (await isOnlyAdministrator(sql, id, at)) throw new Refused('only_administrator');
        if ((await sql.query(heldPerson, [id])).length > 0) throw new Refused('legal_hold');
        await sql.query(ERASE_PERSON, [id, instant(at)]);
        await sql.query(REVOKE_TOKEN, [id, instant(at)]);
      })
      .catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        result = error.why;
        return false;
      });
    return result === 'erased' && !hadKey ? 'erased_before' : result;
  }

  private rows<Row>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    return withStoreErrors(() => this.dataSource.query<Row[]>(sql, [...values]));
  }
}

/** Rolls the transaction back; never leaves this file. */
class Refused extends InvariantError {
  constructor(readonly why: Exclude<ErasureResult, 'erased' | 'erased_before'>) {
    super(`the erasure is refused: ${why}`);
  }
}

async function isOnlyAdministrator(sql: Sql, id: string, at: EpochMs): Promise<boolean> {
  const rows = await sql.query<{ id: string }>(ADMINISTRATORS, [instant(at)]);
  return rows.some((row) => row.id === id) && !rows.some((row) => row.id !== id);
}

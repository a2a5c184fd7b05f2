import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables to which rows are only ever added. */
const appendOnly = ['audit_entry', 'audit_opening', 'playbook'];

const refusal = `CREATE FUNCTION cordon_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$`;

/**
 * UPDATE, DELETE and TRUNCATE of the history and of published playbooks raise, for the owner and a superuser too.
 * ENABLE ALWAYS: an ordinary trigger is silent under session_replication_role = replica.
 */
export class RefuseChangesToHistory1795200000001 implements MigrationInterface {
  readonly name = 'RefuseChangesToHistory1795200000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(refusal);
    for (const table of appendOnly) {
      await runner.query(`CREATE TRIGGER ${table}_refuse_change BEFORE UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION cordon_refuse_change()`);
      await runner.query(`CREATE TRIGGER ${table}_refuse_truncate BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION cordon_refuse_change()`);
      await runner.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${table}_refuse_change`);
      await runner.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${table}_refuse_truncate`);
    }
  }

  /** There is no way back: the history would stand open to change. */
  async down(): Promise<void> {
    throw new Error('RefuseChangesToHistory is not undone: the history would stand open to change');
  }
}

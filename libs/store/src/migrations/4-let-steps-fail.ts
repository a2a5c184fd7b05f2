import type { MigrationInterface, QueryRunner } from 'typeorm';

const OVER = `'cannot_start', 'completed', 'skipped'`;
const OPEN = `'ready', 'in_progress', 'problem'`;

/** A step may end in failure: a status of its own in the inbox. */
export class LetStepsFail1795200000003 implements MigrationInterface {
  readonly name = 'LetStepsFail1795200000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE task DROP CONSTRAINT task_status_check`);
    await runner.query(
      `ALTER TABLE task ADD CONSTRAINT task_status_check
      CHECK (status IN ('cannot_start', 'ready', 'in_progress', 'problem', 'completed', 'skipped', 'failed'))`,
    );
    await runner.query(`DROP INDEX task_rest_idx`);
    await runner.query(
      `CREATE INDEX task_rest_idx ON task (due_at, incident_id, step) WHERE status IN (${OVER}, 'failed')`,
    );
  }

  /** Refused by the database while there are steps that failed. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE task DROP CONSTRAINT task_status_check`);
    await runner.query(
      `ALTER TABLE task ADD CONSTRAINT task_status_check CHECK (status IN (${OVER}, ${OPEN}))`,
    );
    await runner.query(`DROP INDEX task_rest_idx`);
    await runner.query(
      `CREATE INDEX task_rest_idx ON task (due_at, incident_id, step) WHERE status IN (${OVER})`,
    );
  }
}

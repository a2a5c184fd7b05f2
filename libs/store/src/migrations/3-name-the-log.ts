import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The deployment's log gets its name, once and for its whole life. Every audit entry carries it, so that an entry
 * cannot be moved into another deployment's log.
 */
export class NameTheLog1795200000002 implements MigrationInterface {
  readonly name = 'NameTheLog1795200000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE deployment (
      log text NOT NULL,
      CONSTRAINT deployment_pkey PRIMARY KEY (log)
    )`);
    await runner.query(`INSERT INTO deployment VALUES ('cordon-log/' || gen_random_uuid())`);
    for (const [when, each] of [
      ['UPDATE OR DELETE', 'ROW'],
      ['INSERT', 'STATEMENT'],
      ['TRUNCATE', 'STATEMENT'],
    ] as const) {
      const trigger = `deployment_refuse_${when.split(' ')[0]?.toLowerCase() ?? ''}`;
      await runner.query(
        `CREATE TRIGGER ${trigger} BEFORE ${when} ON deployment FOR EACH ${each} EXECUTE FUNCTION cordon_refuse_change()`,
      );
      await runner.query(`ALTER TABLE deployment ENABLE ALWAYS TRIGGER ${trigger}`);
    }
  }

  /** There is no way back: entries have been written under this name. */
  async down(): Promise<void> {
    throw new Error('NameTheLog is not undone: entries have been written under this name');
  }
}

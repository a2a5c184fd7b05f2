import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keys of the people whose data is kept, each wrapped under the deployment's key, which is not in the database. The one
 * row of `vault_key` names that key: the empty name is that of a deployment that has none yet.
 */
export class LockPersonalData1795200000006 implements MigrationInterface {
  readonly name = 'LockPersonalData1795200000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE subject_key (
      erased_at timestamptz(3),
      subject text COLLATE "C" NOT NULL,
      key_id text,
      wrapped bytea,
      CONSTRAINT subject_key_pkey PRIMARY KEY (subject),
      CONSTRAINT subject_key_erased_check
        CHECK ((erased_at IS NULL) = (wrapped IS NOT NULL) AND (key_id IS NULL) = (wrapped IS NULL)),
      CONSTRAINT subject_key_wrapped_check CHECK (octet_length(wrapped) = 60)
    ) WITH (fillfactor = 50)`);
    await runner.query(`CREATE TABLE vault_key (
      id text NOT NULL,
      CONSTRAINT vault_key_pkey PRIMARY KEY (id),
      CONSTRAINT vault_key_id_check CHECK (id ~ '^([0-9a-f]{16})?$')
    )`);
    await runner.query(`INSERT INTO vault_key VALUES ('')`);
  }

  /** There is no way back: what the keys lock could never be read again. */
  async down(): Promise<void> {
    throw new Error('LockPersonalData is not undone: what the keys lock could never be read again');
  }
}

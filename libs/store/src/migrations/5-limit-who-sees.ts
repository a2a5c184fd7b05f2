import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who sees an incident: its marking and its members, for lists; the state is what decides. And the deployment's own
 * history, which is a chain of audit entries under the number 0: its place in the table of heads is this one row.
 */
export class LimitWhoSees1795200000004 implements MigrationInterface {
  readonly name = 'LimitWhoSees1795200000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE incident
      ADD COLUMN tlp text NOT NULL DEFAULT 'amber',
      ADD COLUMN members text[] NOT NULL DEFAULT '{}',
      ADD CONSTRAINT incident_tlp_check CHECK (tlp IN ('clear', 'green', 'amber', 'amber+strict', 'red'))`);
    await runner.query(`CREATE INDEX incident_members_idx ON incident USING gin (members)`);
    await runner.query(`CREATE TABLE journal_head (
      id smallint NOT NULL,
      seq integer NOT NULL,
      revision integer NOT NULL,
      at timestamptz(3) NOT NULL,
      head bytea NOT NULL,
      uid uuid NOT NULL,
      CONSTRAINT journal_head_pkey PRIMARY KEY (id),
      CONSTRAINT journal_head_id_check CHECK (id = 0),
      CONSTRAINT journal_head_head_check CHECK (octet_length(head) IN (0, 32))
    )`);
    await runner.query(`INSERT INTO journal_head VALUES (0, 0, 0, 'epoch', '', gen_random_uuid())`);
  }

  /** There is no way back: what was kept from some would be shown to all. */
  async down(): Promise<void> {
    throw new Error('LimitWhoSees is not undone: what was kept from some would be shown to all');
  }
}

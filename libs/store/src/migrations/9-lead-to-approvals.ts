import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `CREATE TABLE approval_link (
    hash bytea NOT NULL,
    id text NOT NULL,
    person_id text NOT NULL,
    incident_id bigint NOT NULL,
    step text NOT NULL,
    digest bytea NOT NULL,
    ready_at timestamptz(3) NOT NULL,
    delivery text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    sent_at timestamptz(3),
    used_at timestamptz(3),
    CONSTRAINT approval_link_pkey PRIMARY KEY (hash),
    CONSTRAINT approval_link_id_key UNIQUE (id),
    CONSTRAINT approval_link_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT approval_link_hash_check CHECK (octet_length(hash) = 32),
    CONSTRAINT approval_link_digest_check CHECK (octet_length(digest) = 32)
  )`,
  `CREATE INDEX approval_link_person_idx ON approval_link (person_id, incident_id, step)`,
  `CREATE INDEX approval_link_delivery_idx ON approval_link (delivery)`,
  `CREATE INDEX approval_link_expires_idx ON approval_link (expires_at)`,
];

/** Links that lead whoever may approve to the approval. */
export class LeadToApprovals1795200000009 implements MigrationInterface {
  readonly name = 'LeadToApprovals1795200000009';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE approval_link');
  }
}

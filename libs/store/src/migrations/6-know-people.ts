import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = [
  `CREATE TABLE person (
    id text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    created_by text,
    disabled_at timestamptz(3),
    erased_at timestamptz(3),
    roles text[] NOT NULL,
    profile text,
    login_hash bytea,
    CONSTRAINT person_pkey PRIMARY KEY (id),
    CONSTRAINT person_login_hash_key UNIQUE (login_hash),
    CONSTRAINT person_login_hash_check CHECK (octet_length(login_hash) = 32),
    CONSTRAINT person_erased_check CHECK (erased_at IS NULL OR (profile IS NULL AND login_hash IS NULL))
  )`,
  `CREATE TABLE external_identity (
    issuer text NOT NULL,
    subject_hash bytea NOT NULL,
    person_id text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT external_identity_pkey PRIMARY KEY (issuer, subject_hash),
    CONSTRAINT external_identity_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT external_identity_subject_hash_check CHECK (octet_length(subject_hash) = 32)
  )`,
  `CREATE TABLE credential (
    id text NOT NULL,
    person_id text NOT NULL,
    kind text NOT NULL,
    data text NOT NULL,
    lookup bytea,
    counter bigint NOT NULL,
    created_at timestamptz(3) NOT NULL,
    last_used_at timestamptz(3),
    CONSTRAINT credential_pkey PRIMARY KEY (id),
    CONSTRAINT credential_lookup_key UNIQUE (lookup),
    CONSTRAINT credential_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT credential_kind_check CHECK (kind IN ('password', 'totp', 'passkey', 'recovery')),
    CONSTRAINT credential_lookup_check CHECK (octet_length(lookup) = 32)
  )`,
  `CREATE TABLE session (
    hash bytea NOT NULL,
    id text NOT NULL,
    person_id text NOT NULL,
    method text NOT NULL,
    user_agent text,
    created_at timestamptz(3) NOT NULL,
    last_seen_at timestamptz(3) NOT NULL,
    idle_until timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    revoked_at timestamptz(3),
    CONSTRAINT session_pkey PRIMARY KEY (hash),
    CONSTRAINT session_id_key UNIQUE (id),
    CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT session_hash_check CHECK (octet_length(hash) = 32)
  )`,
  `CREATE TABLE invitation (
    hash bytea NOT NULL,
    id text NOT NULL,
    person_id text,
    created_at timestamptz(3) NOT NULL,
    created_by text,
    expires_at timestamptz(3) NOT NULL,
    used_at timestamptz(3),
    CONSTRAINT invitation_pkey PRIMARY KEY (hash),
    CONSTRAINT invitation_id_key UNIQUE (id),
    CONSTRAINT invitation_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT invitation_hash_check CHECK (octet_length(hash) = 32)
  )`,
  `CREATE TABLE challenge (
    hash bytea NOT NULL,
    purpose text NOT NULL,
    data text NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT challenge_pkey PRIMARY KEY (hash),
    CONSTRAINT challenge_hash_check CHECK (octet_length(hash) = 32)
  )`,
  `CREATE TABLE attempt (
    key bytea NOT NULL,
    count integer NOT NULL,
    until timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (key),
    CONSTRAINT attempt_key_check CHECK (octet_length(key) = 32)
  )`,
  `CREATE TABLE deployment_secret (
    name text NOT NULL,
    sealed text NOT NULL,
    CONSTRAINT deployment_secret_pkey PRIMARY KEY (name)
  )`,
];

const indexes = [
  `CREATE INDEX credential_person_idx ON credential (person_id)`,
  `CREATE INDEX external_identity_person_idx ON external_identity (person_id)`,
  `CREATE INDEX session_person_idx ON session (person_id)`,
  `CREATE INDEX invitation_person_idx ON invitation (person_id)`,
  `CREATE INDEX challenge_expires_idx ON challenge (expires_at)`,
  `CREATE INDEX attempt_expires_idx ON attempt (expires_at)`,
];

/** People who sign in: who they are, what proves it, where they are signed in. A token may be limited to some actions. */
export class KnowPeople1795200000005 implements MigrationInterface {
  readonly name = 'KnowPeople1795200000005';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...tables, ...indexes]) await runner.query(statement);
    await runner.query(`ALTER TABLE token ADD COLUMN scopes text[]`);
  }

  /** There is no way back: nobody could sign in any more, and limited tokens would be unlimited. */
  async down(): Promise<void> {
    throw new Error('KnowPeople is not undone: nobody could sign in, and limited tokens would be unlimited');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPEN = `status IN ('ready', 'in_progress', 'problem')`;

const statements = [
  `ALTER TABLE task
    ADD COLUMN assigned_by text,
    ADD COLUMN priority text NOT NULL DEFAULT 'normal',
    ADD CONSTRAINT task_priority_check CHECK (priority IN ('urgent', 'high', 'normal', 'low'))`,
  `CREATE INDEX task_unaccepted_idx ON task (due_at, incident_id, step)
    WHERE ${OPEN} AND assignee IS NOT NULL AND NOT accepted`,
  `CREATE INDEX task_assigned_by_idx ON task (assigned_by, due_at, incident_id, step)
    WHERE ${OPEN} AND assigned_by IS NOT NULL`,
  `CREATE INDEX task_priority_idx ON task (priority, due_at, incident_id, step)
    WHERE ${OPEN} AND priority <> 'normal'`,
  `CREATE INDEX task_roles_idx ON task USING gin (roles) WITH (fastupdate = off) WHERE ${OPEN}`,
  `CREATE TABLE act (
    at timestamptz(3) NOT NULL,
    actor text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    answer text NOT NULL,
    CONSTRAINT act_pkey PRIMARY KEY (actor, key),
    CONSTRAINT act_request_hash_check CHECK (octet_length(request_hash) = 32)
  )`,
  `CREATE TABLE team (
    id text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    CONSTRAINT team_pkey PRIMARY KEY (id),
    CONSTRAINT team_name_key UNIQUE (name)
  )`,
  `CREATE TABLE team_member (
    team_id text NOT NULL,
    person text NOT NULL,
    CONSTRAINT team_member_pkey PRIMARY KEY (team_id, person)
  )`,
  `CREATE INDEX team_member_person_idx ON team_member (person)`,
  `CREATE TABLE duty (
    id text NOT NULL,
    starts_at timestamptz(3) NOT NULL,
    ends_at timestamptz(3) NOT NULL,
    role text,
    team_id text,
    person text NOT NULL,
    CONSTRAINT duty_pkey PRIMARY KEY (id),
    CONSTRAINT duty_times_check CHECK (starts_at < ends_at),
    CONSTRAINT duty_for_check CHECK ((role IS NULL) <> (team_id IS NULL))
  )`,
  `CREATE INDEX duty_ends_idx ON duty (ends_at)`,
  `CREATE TABLE absence (
    id text NOT NULL,
    starts_at timestamptz(3) NOT NULL,
    ends_at timestamptz(3) NOT NULL,
    person text NOT NULL,
    delegate text,
    CONSTRAINT absence_pkey PRIMARY KEY (id),
    CONSTRAINT absence_times_check CHECK (starts_at < ends_at),
    CONSTRAINT absence_delegate_check CHECK (delegate <> person)
  )`,
  `CREATE INDEX absence_person_idx ON absence (person, ends_at)`,
  `CREATE INDEX absence_delegate_idx ON absence (delegate, ends_at)`,
];

/** Acts over several incidents, teams, who is on duty and who is away; who gave a task to whom, and how soon it is wanted. */
export class ShareTheWork1795200000007 implements MigrationInterface {
  readonly name = 'ShareTheWork1795200000007';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['act', 'team', 'team_member', 'duty', 'absence']) {
      await runner.query(`DROP TABLE ${table}`);
    }
    await runner.query(`ALTER TABLE task DROP COLUMN assigned_by, DROP COLUMN priority`);
    await runner.query(`DROP INDEX task_roles_idx, task_unaccepted_idx`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = [
  // Each row is backed by a leaf `log.pruned` of the signed tree, the journal's entry `announced`.
  `CREATE TABLE log_pruning (
    at timestamptz(3) NOT NULL,
    place bigint NOT NULL,
    last_entry bigint NOT NULL,
    epoch integer NOT NULL,
    announced integer NOT NULL,
    CONSTRAINT log_pruning_pkey PRIMARY KEY (epoch, place),
    CONSTRAINT log_pruning_place_check CHECK (place > 0 AND place % 256 = 0)
  )`,
  // Of an incident whose rows are gone: its number, which no other gets, and where its chain ended, to which heads commit.
  `CREATE TABLE pruned_incident (
    id bigint NOT NULL,
    place bigint NOT NULL,
    uid uuid NOT NULL,
    epoch integer NOT NULL,
    seq integer NOT NULL,
    head bytea NOT NULL,
    CONSTRAINT pruned_incident_pkey PRIMARY KEY (id),
    CONSTRAINT pruned_incident_uid_key UNIQUE (uid),
    CONSTRAINT pruned_incident_pruning_fkey FOREIGN KEY (epoch, place) REFERENCES log_pruning (epoch, place),
    CONSTRAINT pruned_incident_head_check CHECK (octet_length(head) = 32)
  )`,
];

const noSecondTime = `CREATE FUNCTION cordon_refuse_pruned_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pruned_incident WHERE id = NEW.id) THEN
    RAISE EXCEPTION 'the number % was that of an incident that is gone, and is not given again', NEW.id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$`;

const triggers = [
  ...['log_pruning', 'pruned_incident'].flatMap((table) => [
    ...always(table, 'change', 'UPDATE OR DELETE', 'ROW', 'cordon_refuse_change'),
    ...always(table, 'truncate', 'TRUNCATE', 'STATEMENT', 'cordon_refuse_change'),
  ]),
  ...always('incident', 'pruned_number', 'INSERT', 'ROW', 'cordon_refuse_pruned_number'),
];

/** ENABLE ALWAYS: an ordinary trigger is silent under session_replication_role = replica. */
function always(
  table: string,
  what: string,
  when: string,
  each: 'ROW' | 'STATEMENT',
  by: string,
): readonly string[] {
  const trigger = `${table}_refuse_${what}`;
  return [
    `CREATE TRIGGER ${trigger} BEFORE ${when} ON ${table} FOR EACH ${each} EXECUTE FUNCTION ${by}()`,
    `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`,
  ];
}

/** Up to where entries of closed incidents are gone, and which incidents those were. */
export class LetRetentionEnd1795200000011 implements MigrationInterface {
  readonly name = 'LetRetentionEnd1795200000011';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...tables, noSecondTime, ...triggers]) await runner.query(statement);
  }

  /** There is no way back: entries that are gone would count as missing. */
  async down(): Promise<void> {
    throw new Error('LetRetentionEnd is not undone: entries that are gone would count as missing');
  }
}

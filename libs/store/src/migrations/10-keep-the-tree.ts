import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = [
  // The edge holds the partial tiles of every level: so many hashes as the digits of the size to the base of 256 say.
  `CREATE TABLE log_head (
    id smallint NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    last_entry bigint NOT NULL,
    origin text NOT NULL,
    edge bytea NOT NULL,
    CONSTRAINT log_head_pkey PRIMARY KEY (id),
    CONSTRAINT log_head_id_check CHECK (id = 0),
    CONSTRAINT log_head_epoch_check CHECK (epoch >= 1),
    CONSTRAINT log_head_size_check CHECK (size >= 0 AND (size = 0) = (last_entry = 0)),
    CONSTRAINT log_head_edge_check CHECK (octet_length(edge) = 32 * ((size & 255) + (size >> 8 & 255)
      + (size >> 16 & 255) + (size >> 24 & 255) + (size >> 32 & 255) + (size >> 40 & 255)))
  ) WITH (fillfactor = 10)`,
  `CREATE TABLE log_tile (
    index bigint NOT NULL,
    first_entry bigint,
    epoch integer NOT NULL,
    level smallint NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT log_tile_pkey PRIMARY KEY (epoch, level, index),
    CONSTRAINT log_tile_place_check CHECK (level >= 0 AND index >= 0),
    CONSTRAINT log_tile_hashes_check CHECK (octet_length(hashes) = 8192),
    CONSTRAINT log_tile_first_entry_check CHECK ((level = 0) = (first_entry IS NOT NULL))
  )`,
  `CREATE TABLE log_checkpoint (
    at timestamptz(3) NOT NULL,
    size bigint NOT NULL,
    epoch integer NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    CONSTRAINT log_checkpoint_pkey PRIMARY KEY (epoch, size, at),
    CONSTRAINT log_checkpoint_size_check CHECK (size >= 0),
    CONSTRAINT log_checkpoint_root_check CHECK (octet_length(root) = 32)
  )`,
  `CREATE TABLE log_timestamp (
    at timestamptz(3) NOT NULL,
    size bigint NOT NULL,
    epoch integer NOT NULL,
    note text NOT NULL,
    reply bytea NOT NULL,
    CONSTRAINT log_timestamp_pkey PRIMARY KEY (epoch, size, at),
    CONSTRAINT log_timestamp_size_check CHECK (size >= 0)
  )`,
  `CREATE TABLE incident_snapshot (
    incident_id bigint NOT NULL,
    at timestamptz(3) NOT NULL,
    seq integer NOT NULL,
    revision integer NOT NULL,
    playbook_digest text NOT NULL,
    state text NOT NULL,
    CONSTRAINT incident_snapshot_pkey PRIMARY KEY (incident_id, seq)
  )`,
  // Why it was placed is in the openings of the journal's entry, under the lock of personal data: here only its seq.
  `CREATE TABLE legal_hold (
    id text NOT NULL,
    incident_id bigint,
    placed_at timestamptz(3) NOT NULL,
    placed_by text NOT NULL,
    placed_seq integer NOT NULL,
    released_at timestamptz(3),
    released_by text,
    released_seq integer,
    CONSTRAINT legal_hold_pkey PRIMARY KEY (id),
    CONSTRAINT legal_hold_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident (id),
    CONSTRAINT legal_hold_released_check
      CHECK ((released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (released_seq IS NULL))
  )`,
];

/**
 * `event.type` of a leaf, without reading the rest of it: 0.3 µs where the whole as JSON takes 2.7. RFC 8785 sorts the
 * members: `event` comes after actor and at, `type` is its last, `from` follows it; inside a text a quotation mark would
 * have a backslash before it. Empty for anything else. Immutable, so that an index can be made of it.
 */
const eventType = `CREATE FUNCTION cordon_event_type(leaf bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT split_part(split_part(encode(
    substring(leaf FROM position('"event":{'::bytea IN leaf)
      FOR greatest(0, position('},"from":'::bytea IN leaf) - position('"event":{'::bytea IN leaf))),
    'escape'), '"type":"', 2), '"', 1)
$$`;

const indexes = [
  `CREATE INDEX log_tile_first_entry_idx ON log_tile (epoch, first_entry) WHERE level = 0`,
  `CREATE INDEX log_checkpoint_at_idx ON log_checkpoint (epoch, at)`,
  `CREATE INDEX audit_entry_journal_type_idx ON audit_entry (cordon_event_type(leaf)) WHERE incident_id = 0`,
];

/** Hashes do not compress. Kept apart in one piece, a single one of a tile is read without the others. */
const storage = [
  `ALTER TABLE log_head ALTER COLUMN edge SET STORAGE EXTERNAL`,
  `ALTER TABLE log_tile ALTER COLUMN hashes SET STORAGE EXTERNAL`,
  `DO $$ BEGIN
    ALTER TABLE incident_snapshot ALTER COLUMN state SET COMPRESSION lz4;
  EXCEPTION WHEN feature_not_supported THEN NULL;
  END $$`,
];

const onlyGrows = `CREATE FUNCTION cordon_refuse_smaller_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = OLD.id AND (
    (NEW.epoch = OLD.epoch AND NEW.origin = OLD.origin AND NEW.size > OLD.size AND NEW.last_entry > OLD.last_entry)
    OR (NEW.epoch = OLD.epoch + 1 AND NEW.origin <> OLD.origin AND NEW.size = 0)
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'UPDATE on log_head is refused: the tree only grows, or begins again under another origin'
    USING ERRCODE = 'restrict_violation';
END $$`;

const triggers = [
  ...['log_tile', 'log_checkpoint', 'log_timestamp'].flatMap((table) => [
    refusal(table, 'change', 'UPDATE OR DELETE', 'ROW'),
    refusal(table, 'truncate', 'TRUNCATE', 'STATEMENT'),
  ]),
  refusal('log_head', 'insert', 'INSERT', 'STATEMENT'),
  refusal('log_head', 'delete', 'DELETE', 'ROW'),
  refusal('log_head', 'truncate', 'TRUNCATE', 'STATEMENT'),
  refusal('log_head', 'update', 'UPDATE', 'ROW', 'cordon_refuse_smaller_tree'),
].flat();

/** ENABLE ALWAYS: an ordinary trigger is silent under session_replication_role = replica. */
function refusal(
  table: string,
  what: string,
  when: string,
  each: 'ROW' | 'STATEMENT',
  by = 'cordon_refuse_change',
): readonly [string, string] {
  const trigger = `${table}_refuse_${what}`;
  return [
    `CREATE TRIGGER ${trigger} BEFORE ${when} ON ${table} FOR EACH ${each} EXECUTE FUNCTION ${by}()`,
    `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`,
  ];
}

/**
 * The Merkle tree over the history: where it stands, its full tiles, what was signed of it and when others saw that. And
 * states of incidents kept on the way, which is a cache, and holds under which nothing may be erased.
 */
export class KeepTheTree1795200000010 implements MigrationInterface {
  readonly name = 'KeepTheTree1795200000010';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...tables, eventType, ...indexes, ...storage]) await runner.query(statement);
    await runner.query(`INSERT INTO log_head (id, epoch, size, last_entry, origin, edge)
      SELECT 0, 1, 0, 0, log, '' FROM deployment`);
    await runner.query(onlyGrows);
    for (const statement of triggers) await runner.query(statement);
  }

  /** There is no way back: what was signed could no longer be proved. */
  async down(): Promise<void> {
    throw new Error('KeepTheTree is not undone: what was signed could no longer be proved');
  }
}

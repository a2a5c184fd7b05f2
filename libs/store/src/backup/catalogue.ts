/** What tables there are, asked of the database itself: a new one cannot be forgotten. */
import pg, { type ClientBase } from 'pg';
import { migrations } from '../migrations/index.js';
import { BackupError } from './backup-error.js';

/** Each for a reason: the migrations are named in the manifest; the states are a cache; everybody signs in again. */
export const NOT_BACKED_UP: readonly string[] = [
  'challenge',
  'incident_snapshot',
  'schema_migration',
  'session',
];

/** Tables of an empty database that migrations have put rows into. */
export const FILLED_BY_MIGRATIONS: readonly string[] = [
  'deployment',
  'journal_head',
  'log_head',
  'schema_migration',
  'vault_key',
];

export interface CatalogueTable {
  readonly name: string;
  /** Those that are written to, in the table's order. */
  readonly columns: readonly string[];
  /** Whether it belongs to the owner of the history. */
  readonly own: boolean;
}

export interface CatalogueTrigger {
  readonly table: string;
  readonly name: string;
  /** `pg_trigger.tgenabled`: A always, O ordinary, R on a replica, D not. */
  readonly enabled: 'A' | 'O' | 'R' | 'D';
}

const SCHEMA = `(SELECT relnamespace FROM pg_class WHERE oid = 'audit_entry'::regclass)`;

const TABLES = `
SELECT relname AS name,
       ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
              ORDER BY attnum) AS columns,
       relowner = (SELECT relowner FROM pg_class WHERE oid = 'audit_entry'::regclass) AS own
  FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = ${SCHEMA} ORDER BY relname COLLATE "C"`;

const TRIGGERS = `
SELECT relname AS "table", tgname AS name, tgenabled AS enabled
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
 WHERE NOT tgisinternal AND relnamespace = ${SCHEMA} ORDER BY 1, 2`;

const REFERENCES = `
SELECT child.relname AS child, parent.relname AS parent
  FROM pg_constraint
  JOIN pg_class AS child ON child.oid = conrelid
  JOIN pg_class AS parent ON parent.oid = confrelid
 WHERE contype = 'f' AND conrelid <> confrelid AND child.relnamespace = ${SCHEMA}`;

const NUMBERED = `
SELECT pg_class.relname AS "table", attname AS "column",
       pg_get_serial_sequence(quote_ident(relname), attname) AS sequence
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
 WHERE attidentity <> '' AND NOT attisdropped AND relnamespace = ${SCHEMA} ORDER BY 1, 2`;

/** Fails where there is no Cordon, or one of another version. Names of the migrations, in order. */
export async function ranMigrations(client: ClientBase): Promise<readonly string[]> {
  if (!(await isPrepared(client)))
    throw new BackupError(
      'database',
      'There is no Cordon in this database: check DATABASE_URL, or CORDON_DATA_DIR.',
    );
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migration ORDER BY id');
  return rows.map(({ name }) => name);
}

export async function isPrepared(client: ClientBase): Promise<boolean> {
  const sql = `SELECT to_regclass('schema_migration') IS NOT NULL AND to_regclass('audit_entry') IS NOT NULL AS is`;
  return (await client.query<{ is: boolean }>(sql)).rows[0]?.is === true;
}

/** What these migrations have more and less than this version's; undefined where they are the same. */
export function difference(ran: readonly string[]): string | undefined {
  const ours: readonly string[] = migrations.map((Migration) => new Migration().name);
  const more = ran.filter((name) => !ours.includes(name));
  const missing = ours.filter((name) => !ran.includes(name));
  if (more.length + missing.length === 0) return undefined;
  return [
    ...(more.length > 0 ? [`it has ${more.join(', ')}, which this version does not know`] : []),
    ...(missing.length > 0 ? [`it lacks ${missing.join(', ')}`] : []),
  ].join('; ');
}

export async function tablesOf(client: ClientBase): Promise<readonly CatalogueTable[]> {
  return (await client.query<CatalogueTable>(TABLES)).rows;
}

export async function triggersOf(client: ClientBase): Promise<readonly CatalogueTrigger[]> {
  return (await client.query<CatalogueTrigger>(TRIGGERS)).rows;
}

/** How a trigger is as it was again. */
export const ENABLE = { A: 'ENABLE ALWAYS', O: 'ENABLE', R: 'ENABLE REPLICA' } as const;

/** The statement that does this to the trigger: the owner's, undone with the transaction. */
export function altered({ table, name }: CatalogueTrigger, what: string): string {
  return `ALTER TABLE ${pg.escapeIdentifier(table)} ${what} TRIGGER ${pg.escapeIdentifier(name)}`;
}

/** Columns that number by themselves, with the next number of each. */
export async function numberingOf(
  client: ClientBase,
): Promise<readonly { readonly table: string; readonly column: string; readonly next: number }[]> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(NUMBERED);
  const numbering = [];
  for (const { table, column, sequence } of rows) {
    const sql = `SELECT last_value + is_called::int AS next FROM ${sequence}`;
    const next = Number((await client.query<{ next: string }>(sql)).rows[0]?.next);
    numbering.push({ table, column, next });
  }
  return numbering;
}

/** The tables so ordered that what a row refers to is there before it. */
export async function inOrder<T extends { readonly name: string }>(
  client: ClientBase,
  tables: readonly T[],
): Promise<readonly T[]> {
  const { rows } = await client.query<{ child: string; parent: string }>(REFERENCES);
  const ordered: T[] = [];
  let left = [...tables];
  while (left.length > 0) {
    const waits = ({ name }: T): boolean =>
      rows.some(({ child, parent }) => child === name && left.some((other) => other.name === parent));
    const free = left.filter((table) => !waits(table));
    if (free.length === 0)
      throw new BackupError(
        'database',
        `The tables ${left.map(({ name }) => name).join(', ')} refer to each other.`,
      );
    ordered.push(...free);
    left = left.filter((table) => !free.includes(table));
  }
  return ordered;
}

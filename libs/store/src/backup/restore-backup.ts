/** Puts a backup into an empty database, and its evidence files in their folder: all of it, or nothing that counts. */
import type { EvidenceStore } from '@cordon/runtime';
import pg, { type Client } from 'pg';
import { migrate } from '../migrate.js';
import { withOwner, withSchemaLock } from '../owner-session.js';
import { asOwnersWork, BackupError } from './backup-error.js';
import {
  altered,
  difference,
  ENABLE,
  FILLED_BY_MIGRATIONS,
  inOrder,
  isPrepared,
  NOT_BACKED_UP,
  ranMigrations,
  tablesOf,
  triggersOf,
} from './catalogue.js';
import { copyIn, PLAIN_SETTINGS } from './copy.js';
import { evidenceNamed } from './evidence-named.js';
import { evidencePlaces, putEvidence } from './evidence-places.js';
import type { BackupTable } from './manifest.js';
import type { OpenBackup } from './open-backup.js';
import { noteRestore, noteRestored } from './under-way.js';

export interface RestoreBackupOptions {
  /** A database that is blank, or that migrations have prepared and nobody has used. The owner's login. */
  readonly url: string;
  readonly backup: OpenBackup;
  /** Where evidence files are put; without it they are looked at alone. */
  readonly evidence?: EvidenceStore;
  /** Hears of each table and file before it is looked at, and again before it is put in place. */
  readonly told?: (what: 'check' | 'load', name: string) => void;
  readonly signal?: AbortSignal;
}

export interface Restored {
  readonly tables: number;
  readonly rows: number;
  /** Evidence files that were put in place, and those that lay there already. */
  readonly evidence: { readonly placed: number; readonly there: number };
  /** Tables of the backup that this version has none of: another program's. */
  readonly passedOver: readonly string[];
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}

/** Names that our own set-up connections have; every other connection of Cordon's is a server's. */
const OTHERS = `
SELECT count(*)::int AS count FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND application_name LIKE 'cordon%' AND application_name NOT IN ('cordon setup', 'cordon migrate')`;

/**
 * Looks at every byte of the backup first. Then evidence files are put in place, and everything else is loaded in one
 * transaction, in which the triggers that guard the history are off; before the commit they are as they were. Whatever
 * cuts it short leaves the database empty, with a note on it that a server does not start over; restoring again leaves
 * the files that are in place, and does the rest. Rejects with a BackupError that names the fix.
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<Restored> {
  const { url, backup, evidence, signal } = options;
  const told = (what: 'check' | 'load', name: string): void => {
    signal?.throwIfAborted();
    options.told?.(what, name);
  };
  const other = difference(backup.manifest.migrations);
  if (other !== undefined)
    throw new BackupError(
      'other_version',
      `${backup.file} was made by another version of Cordon (${other}): restore it with that version, and update afterwards.`,
    );
  await backup.check((member) => told('check', member));
  // What is in use must not even be migrated.
  await withOwner(url, mustBeUnused);
  const places = evidence && (await evidencePlaces(backup, evidence, (name) => told('check', name)));
  const { warnings } = await migrate({ url });
  return withSchemaLock(url, async (client) => {
    await mustBeUnused(client);
    await mustBeThisVersion(client);
    await noteRestore(client, backup);
    const wanted = places?.wanted ?? [];
    const settle = evidence && (await putEvidence(backup, evidence, wanted, (name) => told('load', name)));
    await client.query('BEGIN');
    const restored = await load(client, backup, (table) => told('load', table));
    const named = await evidenceOf(client, backup);
    await noteRestored(client);
    await client.query('COMMIT');
    await settle?.(named);
    await client.query('ANALYZE');
    const counted = { placed: wanted.length, there: places?.there ?? 0 };
    return { ...restored, evidence: counted, warnings };
  }).catch(asOwnersWork);
}

async function mustBeThisVersion(client: Client): Promise<void> {
  const other = difference(await ranMigrations(client));
  if (other !== undefined)
    throw new BackupError(
      'other_version',
      `This database is that of another version of Cordon (${other}): make a new one (CREATE DATABASE).`,
    );
}

async function mustBeUnused(client: Client): Promise<void> {
  if (!(await isPrepared(client))) return;
  await mustBeEmpty(client);
  const [others] = (await client.query<{ count: number }>(OTHERS)).rows;
  if (others && others.count > 0)
    throw new BackupError(
      'database',
      'A Cordon server is connected to this database: stop all servers first.',
    );
}

/** Rows of any table but those that migrations fill: somebody has made them. */
async function mustBeEmpty(client: Client): Promise<void> {
  for (const { name, own } of await tablesOf(client)) {
    if (!own || FILLED_BY_MIGRATIONS.includes(name)) continue;
    const { rowCount } = await client.query(`SELECT FROM ${pg.escapeIdentifier(name)} LIMIT 1`);
    if (rowCount !== 0)
      throw new BackupError(
        'database',
        `This database is in use: there are rows in ${name}. A backup is put into an empty database only: make one (CREATE DATABASE) and name it in DATABASE_URL; ` +
          'for the embedded database, stop the server and give the folder "cluster" of its data folder another name.',
      );
  }
}

async function load(
  client: Client,
  backup: OpenBackup,
  told: (table: string) => void,
): Promise<Pick<Restored, 'tables' | 'rows' | 'passedOver'>> {
  for (const setting of PLAIN_SETTINGS) await client.query(setting);
  const { tables, passedOver } = await matching(client, backup);
  const names = tables.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  await client.query(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`);
  await mustBeEmpty(client);
  const triggers = (await triggersOf(client)).filter(({ enabled }) => enabled !== 'D');
  for (const trigger of triggers) await client.query(altered(trigger, 'DISABLE'));
  for (const { name } of tables)
    if (FILLED_BY_MIGRATIONS.includes(name)) await client.query(`DELETE FROM ${pg.escapeIdentifier(name)}`);
  let rows = 0;
  for (const table of await inOrder(client, tables)) {
    told(table.name);
    rows += await loadTable(client, backup, table);
  }
  for (const { table, column, next } of backup.manifest.numbering)
    if (tables.some(({ name }) => name === table))
      await client.query(
        `ALTER TABLE ${pg.escapeIdentifier(table)} ALTER COLUMN ${pg.escapeIdentifier(column)} RESTART WITH ${next}`,
      );
  for (const trigger of triggers)
    if (trigger.enabled !== 'D') await client.query(altered(trigger, ENABLE[trigger.enabled]));
  return { tables: tables.length, rows, passedOver };
}

/** Hashes of the files that the restored entries name. A list that leaves one out would lose it in silence. */
async function evidenceOf(client: Client, { file, manifest }: OpenBackup): Promise<ReadonlySet<string>> {
  const listed = new Set(manifest.evidence.map(({ sha256 }) => sha256));
  const named = await evidenceNamed(client);
  const lost = named.find(({ sha256 }) => !listed.has(sha256));
  if (lost)
    throw new BackupError(
      'damaged',
      `${file} is not whole: INC-${lost.incident} names the evidence file ${lost.sha256}, and its list does not. Nothing was put back; take another backup.`,
    );
  return new Set(named.map(({ sha256 }) => sha256));
}

/** The backup's tables that are here. Rejects where one of ours is not in it, or has other columns. */
async function matching(
  client: Client,
  { file, manifest }: OpenBackup,
): Promise<{ readonly tables: readonly BackupTable[]; readonly passedOver: readonly string[] }> {
  const here = (await tablesOf(client)).filter(({ own, name }) => own && !NOT_BACKED_UP.includes(name));
  const tables = manifest.tables.filter(({ name }) => here.some((one) => one.name === name));
  for (const { name, columns } of here) {
    const found = tables.find((one) => one.name === name);
    if (!found || found.columns.join() !== columns.join())
      throw new BackupError('damaged', `${file} does not hold the table ${name} as this version has it.`);
  }
  const passedOver = manifest.tables.filter((one) => !tables.includes(one)).map(({ name }) => name);
  return { tables, passedOver };
}

/** Identity columns take the values that they are given: COPY writes them as OVERRIDING SYSTEM VALUE does. */
async function loadTable(client: Client, backup: OpenBackup, table: BackupTable): Promise<number> {
  const name = pg.escapeIdentifier(table.name);
  const columns = table.columns.map((column) => pg.escapeIdentifier(column)).join(', ');
  const loaded = await copyIn(client, `COPY ${name} (${columns}) FROM STDIN`, backup.rows(table));
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${name}`);
  if (loaded !== table.rows || Number(rows[0]?.count) !== table.rows)
    throw new BackupError(
      'damaged',
      `Of the ${table.rows} rows of ${table.name}, ${loaded} came into the database.`,
    );
  return loaded;
}

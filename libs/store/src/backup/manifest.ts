/**
 * The last member of a backup: a zip file in the form of a bundle, with a member `tables/NAME.copy` for each table (what
 * PostgreSQL's COPY writes as text, in UTF-8) and then `MANIFEST.json`, one RFC 8785 document.
 */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { BackupError } from './backup-error.js';

const BACKUP_FORMAT = 'cordon-backup/1';
export const BACKUP_MANIFEST = 'MANIFEST.json';
/** A backup has some tens of tables. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

export interface BackupTable {
  readonly name: string;
  /** In the order of the lines' values. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface BackupManifest {
  /** RFC 3339. */
  readonly madeAt: string;
  readonly log: string;
  readonly origin: string;
  readonly epoch: number;
  /** Entries in the tree. */
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** The newest that was signed of the present epoch; null before the first. */
  readonly checkpoint: string | null;
  /** Names of those that had run, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly BackupTable[];
  /** Tables of the schema that are not in it. */
  readonly leftOut: readonly string[];
  /** The next number of each column that numbers by itself. */
  readonly numbering: readonly { readonly table: string; readonly column: string; readonly next: number }[];
  /** Effects that wait in the queue: those that are in it, as rows of `outbox`, and those that are not. */
  readonly queue: { readonly included: number; readonly missing: number };
  /** Hashes of the evidence files that its entries name, hex, sorted. The files are not in it. */
  readonly evidence: readonly string[];
}

export function memberOf(table: string): string {
  return `tables/${table}.copy`;
}

export function formatBackupManifest(manifest: BackupManifest): string {
  return canonicalJson({ ...manifest, format: BACKUP_FORMAT });
}

/** Throws a BackupError for anything that `formatBackupManifest` would not have written. */
export function parseBackupManifest(text: string): BackupManifest {
  const { format, ...rest } = object(document(text), 'it', MEMBERS);
  if (format !== BACKUP_FORMAT) fail(`its format is not ${BACKUP_FORMAT}`);
  const queue = object(rest['queue'], 'queue', ['included', 'missing']);
  return {
    madeAt: string(rest['madeAt'], 'madeAt'),
    log: string(rest['log'], 'log'),
    origin: string(rest['origin'], 'origin'),
    epoch: whole(rest['epoch'], 'epoch'),
    size: whole(rest['size'], 'size'),
    root: string(rest['root'], 'root'),
    checkpoint: rest['checkpoint'] === null ? null : string(rest['checkpoint'], 'checkpoint'),
    migrations: list(rest['migrations'], 'migrations').map((one) => string(one, 'migrations')),
    tables: list(rest['tables'], 'tables').map(tableOf),
    leftOut: list(rest['leftOut'], 'leftOut').map((one) => string(one, 'leftOut')),
    numbering: list(rest['numbering'], 'numbering').map((one) => {
      const { table, column, next } = object(one, 'numbering', ['table', 'column', 'next']);
      return { table: name(table), column: name(column), next: whole(next, 'numbering.next') };
    }),
    queue: {
      included: whole(queue['included'], 'queue.included'),
      missing: whole(queue['missing'], 'queue.missing'),
    },
    evidence: list(rest['evidence'], 'evidence').map((one) => digest(one, 'evidence')),
  };
}

const MEMBERS = [
  ...['checkpoint', 'epoch', 'evidence', 'format', 'leftOut', 'log', 'madeAt', 'migrations', 'numbering'],
  ...['origin', 'queue', 'root', 'size', 'tables'],
];

function tableOf(value: Json): BackupTable {
  const table = object(value, 'tables', ['bytes', 'columns', 'name', 'rows', 'sha256']);
  return {
    name: name(table['name']),
    columns: list(table['columns'], 'columns').map(name),
    rows: whole(table['rows'], 'rows'),
    bytes: whole(table['bytes'], 'bytes'),
    sha256: digest(table['sha256'], 'sha256'),
  };
}

/** RFC 8785, so that no member stands there twice. */
function document(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return fail('it is not JSON');
  }
  return canonicalJson(value) === text ? value : fail('it is not in the form of RFC 8785');
}

function object(value: Json | undefined, what: string, members: readonly string[]): JsonObject {
  if (!isJsonObject(value)) return fail(`${what} is not an object`);
  const found = Object.keys(value).sort().join();
  return found === [...members].sort().join() ? value : fail(`${what} has not the members of a backup`);
}

function list(value: Json | undefined, what: string): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : fail(`${what} is not a list`);
}

function string(value: Json | undefined, what: string): string {
  return typeof value === 'string' ? value : fail(`${what} is not text`);
}

function name(value: Json | undefined): string {
  return typeof value === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(value)
    ? value
    : fail('a table or a column has a name that Cordon gives none');
}

function whole(value: Json | undefined, what: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : fail(`${what} is not a whole number`);
}

function digest(value: Json | undefined, what: string): string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
    ? value
    : fail(`${what} is not 64 hex digits`);
}

function fail(why: string): never {
  throw new BackupError('damaged', `its ${BACKUP_MANIFEST} is damaged: ${why}`);
}

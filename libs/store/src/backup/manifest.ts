/**
 * The last member of a backup: a zip file in the form of a bundle, with a member `tables/NAME.copy` for each table (what
 * PostgreSQL's COPY writes as text, in UTF-8), one `evidence/SHA256` for each evidence file, and then `MANIFEST.json`, one
 * RFC 8785 document.
 */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { BackupError } from './backup-error.js';

const BACKUP_FORMAT = 'cordon-backup/2';
/** Named the evidence files, and held none. */
const WITHOUT_EVIDENCE = 'cordon-backup/1';
export const BACKUP_MANIFEST = 'MANIFEST.json';
/** A backup has some tens of tables, and a line of 250 bytes at most for each of 99,000 evidence files. */
export const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;

export interface BackupTable {
  readonly name: string;
  /** In the order of the lines' values. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** An evidence file that entries name. */
export interface BackupEvidence {
  /** By which they name it, hex. */
  readonly sha256: string;
  /** Number of the first incident that does. */
  readonly incident?: number;
  /**
   * `included`, and it has its SHA-256. `damaged`: what lay there had another one; that is the member, and is put back
   * nowhere. `missing`: it was not there, or could not be opened. `left out`: it was not asked for.
   */
  readonly state: 'included' | 'damaged' | 'missing' | 'left out';
  /** Of the member, where there is one. */
  readonly bytes?: number;
  /** SHA-256 of the member that is damaged, hex. */
  readonly found?: string;
  /** What the system said of it, as in EACCES. */
  readonly error?: string;
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
  /** Sorted by hash. */
  readonly evidence: readonly BackupEvidence[];
}

export function memberOf(table: string): string {
  return `tables/${table}.copy`;
}

export function evidenceMember(sha256: string): string {
  return `evidence/${sha256}`;
}

/** Every member before the manifest, in order. */
export function membersListed({ tables, evidence }: BackupManifest): readonly BackupMember[] {
  return [
    ...tables.map(({ name, bytes, sha256 }) => ({ path: memberOf(name), bytes, sha256 })),
    ...evidence.flatMap(({ sha256, bytes, found = sha256 }) =>
      bytes === undefined ? [] : [{ path: evidenceMember(sha256), bytes, sha256: found }],
    ),
  ];
}

export interface BackupMember {
  readonly path: string;
  readonly bytes: number;
  /** Of the content, hex. */
  readonly sha256: string;
}

export function formatBackupManifest(manifest: BackupManifest): string {
  const evidence = manifest.evidence.map((one): JsonObject => ({ ...one }));
  return canonicalJson({ ...manifest, evidence, format: BACKUP_FORMAT });
}

/**
 * Throws a BackupError for anything that `formatBackupManifest` would not have written; that of an earlier version, which
 * named the evidence files and held none, is read too.
 */
export function parseBackupManifest(text: string): BackupManifest {
  const value = document(text);
  const said = isJsonObject(value) ? value['format'] : undefined;
  if (typeof said === 'string' && ![BACKUP_FORMAT, WITHOUT_EVIDENCE].includes(said))
    throw new BackupError(
      'other_version',
      `The backup has the form ${said}, and this version reads ${WITHOUT_EVIDENCE} and ${BACKUP_FORMAT}: restore it with the version of Cordon that made it.`,
    );
  const { format, ...rest } = object(value, 'it', MEMBERS);
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
    evidence: list(rest['evidence'], 'evidence').map((one): BackupEvidence =>
      format === BACKUP_FORMAT ? evidenceOf(one) : { sha256: digest(one, 'evidence'), state: 'left out' },
    ),
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

/** Members that each state has, besides those that any may have. */
const OF_STATE: Readonly<Record<BackupEvidence['state'], readonly string[]>> = {
  included: ['bytes'],
  damaged: ['bytes', 'found'],
  missing: [],
  'left out': [],
};

function evidenceOf(value: Json): BackupEvidence {
  if (!isJsonObject(value)) return fail('evidence is not a list of objects');
  const { state, incident, error } = value;
  if (typeof state !== 'string' || !Object.hasOwn(OF_STATE, state))
    return fail('it does not say what became of an evidence file');
  const own = OF_STATE[state as BackupEvidence['state']];
  const more = ['incident', 'error'].filter((one) => value[one] !== undefined);
  object(value, 'evidence', ['sha256', 'state', ...own, ...more]);
  return {
    sha256: digest(value['sha256'], 'evidence'),
    state: state as BackupEvidence['state'],
    ...(own.includes('bytes') ? { bytes: whole(value['bytes'], 'evidence.bytes') } : {}),
    ...(own.includes('found') ? { found: digest(value['found'], 'evidence.found') } : {}),
    ...(incident === undefined ? {} : { incident: whole(incident, 'evidence.incident') }),
    ...(error === undefined ? {} : { error: string(error, 'evidence.error') }),
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

/** `MANIFEST.json` and the text that its note signs: docs/audit.md section 4. */
import { canonicalJson, type Json } from '@cordon/kernel';
import { isMemberPath } from './member-path.js';
import { base64, Reader } from './strict.js';

export const BUNDLE_FORMAT = 'cordon-bundle/1';
export const MANIFEST_PATH = 'MANIFEST.json';
export const MANIFEST_NOTE_PATH = 'MANIFEST.note';
/** Members of one bundle, the two of the manifest among them. */
export const MAX_MEMBERS = 100_000;

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface IncidentScope {
  readonly kind: 'incident';
  /** UUID of the chain. */
  readonly incident: string;
  /** As people call it: `INC-17`. */
  readonly ref: string;
  /** Entries of the chain that are shown: 1 to `seq`. */
  readonly seq: number;
}

/** Leaves `from` to `to` - 1. */
export interface LogScope {
  readonly kind: 'log';
  readonly from: number;
  readonly to: number;
}

export type BundleScope = IncidentScope | LogScope;
export type Attachments = 'included' | 'left out' | 'none';

export interface Manifest {
  readonly attachments: Attachments;
  readonly checkpoint: { readonly size: number; readonly root: Uint8Array };
  /** Leaves that are shown. */
  readonly entries: number;
  /** Index of the `history.export` leaf. */
  readonly export: number;
  /** In the order of their paths; all members before the manifest. */
  readonly files: readonly ManifestFile[];
  readonly origin: string;
  readonly scope: BundleScope;
}

/** The bytes of `MANIFEST.json` as text. Sorts the files. */
export function formatManifest(manifest: Manifest): string {
  const { attachments, checkpoint, entries, files, origin, scope } = manifest;
  return canonicalJson({
    ...{ attachments, entries, origin, scope },
    checkpoint: { root: base64(checkpoint.root), size: checkpoint.size },
    export: manifest.export,
    files: [...files].sort(byPath),
    format: BUNDLE_FORMAT,
  });
}

/** Throws a BundleError (E_MANIFEST) for anything that `formatManifest` would not have written. */
export function parseManifest(text: string): Manifest {
  const document = read.members(read.document(text), 'it', MEMBERS);
  if (document['format'] !== BUNDLE_FORMAT) read.fail(`its format is not ${BUNDLE_FORMAT}`);
  const checkpoint = read.members(document['checkpoint'], 'checkpoint', ['root', 'size']);
  const size = read.whole(checkpoint['size'], 'checkpoint.size', 1);
  const origin = read.text(document['origin'], 'origin');
  if (origin === '') read.fail('origin is empty');
  const exported = read.whole(document['export'], 'export');
  if (exported >= size) read.fail('export is not below checkpoint.size');
  return {
    attachments: attachmentsOf(document['attachments']),
    checkpoint: { size, root: read.hash(checkpoint['root'], 'checkpoint.root') },
    entries: read.whole(document['entries'], 'entries', 1),
    export: exported,
    files: filesOf(document['files']),
    origin,
    scope: scopeOf(document['scope'], size),
  };
}

/** What `MANIFEST.note` signs. `sha256` is that of `MANIFEST.json`, hex. */
export function manifestNoteText(origin: string, sha256: string): string {
  return `${bundleKeyName(origin)}\n${sha256}\n`;
}

/** Name of the key that signs manifests. */
export function bundleKeyName(origin: string): string {
  return `${origin}/bundle`;
}

const MEMBERS = [
  'attachments',
  'checkpoint',
  'entries',
  'export',
  'files',
  'format',
  'origin',
  'scope',
] as const;
const read = new Reader('E_MANIFEST', MANIFEST_PATH);

function attachmentsOf(value: Json | undefined): Attachments {
  if (value === 'included' || value === 'left out' || value === 'none') return value;
  return read.fail('attachments is not included, left out or none');
}

function filesOf(value: Json | undefined): readonly ManifestFile[] {
  const list = read.list(value, 'files');
  if (list.length > MAX_MEMBERS - 2) read.fail(`files lists more than ${MAX_MEMBERS - 2} members`);
  let before = '';
  return list.map((one, i): ManifestFile => {
    const file = read.members(one, `files[${i}]`, ['bytes', 'path', 'sha256']);
    const path = read.text(file['path'], `files[${i}].path`);
    if (!isMemberPath(path)) read.fail(`files[${i}].path is not a path of a member`);
    if (path <= before) read.fail(`files[${i}] does not follow the one before it by path`);
    before = path;
    return {
      path,
      bytes: read.whole(file['bytes'], `files[${i}].bytes`),
      sha256: read.hex(file['sha256'], `files[${i}].sha256`),
    };
  });
}

function scopeOf(value: Json | undefined, size: number): BundleScope {
  if (isKind(value, 'log')) {
    const scope = read.members(value, 'scope', ['from', 'kind', 'to']);
    const [from, to] = [read.whole(scope['from'], 'scope.from'), read.whole(scope['to'], 'scope.to')];
    if (from > to || to > size) read.fail('scope does not lie within the checkpoint');
    return { kind: 'log', from, to };
  }
  const scope = read.members(value, 'scope', ['incident', 'kind', 'ref', 'seq']);
  if (scope['kind'] !== 'incident') read.fail('scope.kind is not incident or log');
  return {
    kind: 'incident',
    incident: read.uuid(scope['incident'], 'scope.incident'),
    ref: read.text(scope['ref'], 'scope.ref'),
    seq: read.whole(scope['seq'], 'scope.seq', 1),
  };
}

function isKind(value: Json | undefined, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

function byPath(a: ManifestFile, b: ManifestFile): number {
  return a.path < b.path ? -1 : 1;
}

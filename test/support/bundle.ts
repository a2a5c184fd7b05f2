/** Bundles for tests: the parts of one as bytes that may be changed, packed again with signatures that fit or not. */
import { createPrivateKey, createPublicKey, sign as signBytes, type KeyObject } from 'node:crypto';
import {
  bundleKeyName,
  chainHeadLeaf,
  checkpointText,
  consistencyProof,
  cosignatureLine,
  cosignedMessage,
  formatConsistencyLine,
  formatGap,
  formatHeads,
  formatMachine,
  formatManifest,
  formatOpeningsLine,
  formatTlogProof,
  gapsBetween,
  inclusionProof,
  leafHash,
  manifestNoteText,
  memoryTiles,
  parseVkey,
  rootAt,
  signNote,
  subtreeHash,
  vkeyOf,
  writeZip,
  type BundleScope,
  type Manifest,
  type ShownOpening,
  type TileReader,
} from '@cordon/audit';
import {
  buildLog,
  chainHeads,
  ERASED,
  JOURNAL_UID,
  sha256,
  TEST_LOG,
  withJournalEntry,
  type LogOptions,
  type TestEntry,
  type TestLog,
} from './bundle-log.js';

export { ERASED, JOURNAL_UID, sha256, TEST_LOG, type TestLog };

/** A key that is made from a number, and what signs with it. */
export interface TestKey {
  readonly vkey: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Type 1 signs notes, type 4 cosigns. */
export function testKey(name: string, number: number, type = 1): TestKey {
  const seed = Buffer.alloc(32, number);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const { text } = vkeyOf(name, spki.subarray(-32), type);
  return { vkey: text, sign: (message) => Promise.resolve(signBytes(null, message, key)) };
}

export const LOG_KEY = testKey(TEST_LOG, 1);
export const BUNDLE_KEY = testKey(bundleKeyName(TEST_LOG), 2);
export const WITNESSES = [testKey('witness.example/a', 11, 4), testKey('witness.example/b', 12, 4)];

/** A log that the keys above belong to. */
export function testLog(options: Omit<LogOptions, 'logVkey' | 'bundleVkey'> = {}): Promise<TestLog> {
  return buildLog({ ...options, logVkey: LOG_KEY.vkey, bundleVkey: BUNDLE_KEY.vkey });
}

/** By path, in the order of the file; without the manifest and its note. */
export type Parts = Map<string, Buffer>;

export interface TestBundle {
  readonly parts: Parts;
  /** The log with the entry that announces the bundle. */
  readonly log: TestLog;
  readonly manifest: Omit<Manifest, 'files'>;
  /** The auditor's own: the log's key, the witnesses, and that both must have signed where there are any. */
  readonly policy: string;
}

export interface BundleOptions {
  /** Number of the incident, from 1; the whole log without it. */
  readonly incident?: number;
  /** Leaves of a bundle of the log; all without it. */
  readonly from?: number;
  readonly to?: number;
  /** Sizes of older checkpoints; two where it is not said. */
  readonly older?: readonly number[];
  /** How many witnesses cosign the checkpoints, and when: by size. */
  readonly witnesses?: number;
  readonly cosignedAt?: (size: number) => number;
  readonly attachments?: Manifest['attachments'];
  readonly timestamps?: readonly { readonly size: number; readonly reply: Buffer }[];
  readonly views?: ReadonlyMap<string, Buffer>;
}

/** Makes a bundle of the log as Cordon does: announces it, signs a checkpoint over that, and gathers what belongs to it. */
export async function testBundle(before: TestLog, options: BundleOptions = {}): Promise<TestBundle> {
  const scope = scopeOf(before, options);
  const log = withJournalEntry(before, 'history.export', announcement(before, scope));
  const tree = memoryTiles(log.entries.map(({ hash }) => hash));
  const size = log.entries.length;
  const checkpoint = await noteAt(log, tree, size, options);
  const shown = log.entries.map((_, index) => index).filter((index) => isShown(log, scope, index));
  const parts: Parts = new Map();
  const add = (path: string, data: string | Uint8Array): void => void parts.set(path, Buffer.from(data));
  add('VERIFY.txt', 'Run: cordon audit verify FILE --policy YOUR-POLICY\n');
  add('verify/verify.py', '# a verifier\n');
  add('policy.example.txt', `log ${LOG_KEY.vkey}\nquorum none\n`);
  add('log/checkpoint', checkpoint);
  add('log/consistency.jsonl', await consistencyOf(log, tree, size, options));
  add('log/gaps.txt', await gapsOf(tree, shown, size));
  add('log/entries.jsonl', Buffer.concat(shown.flatMap((i) => [entryAt(log, i).leaf, Buffer.from('\n')])));
  add('log/openings.jsonl', openingsOf(log, shown));
  if (scope.kind === 'incident') add('log/heads.json', await headsOf(log, scope.incident));
  for (const { size: of, reply } of options.timestamps ?? []) add(`log/timestamps/${of}.tsr`, reply);
  for (const [name, index] of provedIn(log, scope)) {
    const proof = await inclusionProof(tree, size, index);
    add(`proofs/${name}.tlog-proof`, formatTlogProof({ index, proof, checkpoint }));
  }
  const digests = new Set(shown.flatMap((i) => machineOf(entryAt(log, i)) ?? []));
  const used = log.playbooks.filter(({ digest }) => digests.has(digest));
  for (const one of [...used].sort((a, b) => (a.digest < b.digest ? -1 : 1)))
    add(`machines/${one.digest}.json`, formatMachine(one));
  const named = new Set(shown.flatMap((i) => storedIn(entryAt(log, i)) ?? []));
  const attachments = options.attachments ?? (named.size > 0 ? 'included' : 'none');
  if (attachments === 'included')
    for (const digest of [...named].sort())
      add(`attachments/${digest}`, log.attachments.get(digest) ?? Buffer.alloc(0));
  for (const [path, data] of options.views ?? []) add(path, data);
  const root = await rootAt(tree, size);
  const manifest = {
    ...{ attachments, checkpoint: { size, root }, entries: shown.length, export: size - 1 },
    ...{ origin: TEST_LOG, scope },
  };
  return { parts, log, manifest, policy: policyOf(options.witnesses ?? 0) };
}

/** The file: with a manifest and its note made for these parts, unless the parts hold them. */
export async function packBundle({
  parts,
  manifest,
}: Pick<TestBundle, 'parts' | 'manifest'>): Promise<Buffer> {
  const all: Parts = new Map(parts);
  if (!all.has('MANIFEST.json')) all.set('MANIFEST.json', Buffer.from(manifestText(parts, manifest)));
  if (!all.has('MANIFEST.note'))
    all.set('MANIFEST.note', await manifestNote(all.get('MANIFEST.json') ?? Buffer.alloc(0)));
  return zipOf(all);
}

export function manifestText(parts: Parts, manifest: Omit<Manifest, 'files'>): string {
  const files = [...parts]
    .filter(([path]) => !path.startsWith('MANIFEST.'))
    .map(([path, data]) => ({ path, bytes: data.length, sha256: sha256(data) }));
  return formatManifest({ ...manifest, files });
}

export async function manifestNote(manifest: Uint8Array, key: TestKey = BUNDLE_KEY): Promise<Buffer> {
  return Buffer.from(await signNote(manifestNoteText(TEST_LOG, sha256(manifest)), [key]));
}

export async function zipOf(parts: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeZip([...parts].map(([path, data]) => ({ path, data })))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes as a file that is read in places. */
export function memorySource(bytes: Uint8Array): {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
} {
  return {
    size: bytes.length,
    read: (at, length) => Promise.resolve(Uint8Array.from(bytes.subarray(at, at + length))),
  };
}

/** The lines of a part, without their line feeds; and the part with other lines. */
export function linesIn(parts: Parts, path: string): string[] {
  const text = parts.get(path)?.toString() ?? '';
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

export function setLines(parts: Parts, path: string, lines: readonly string[]): void {
  parts.set(path, Buffer.from(lines.map((line) => `${line}\n`).join('')));
}

/** Leaves of a whole log, as lines, with every `prev` made to fit what the leaves are now. */
export function relinked(lines: readonly string[]): string[] {
  const heads = new Map<string, string>();
  return lines.map((line) => {
    const incident = /"incident":"([^"]+)"/.exec(line)?.[1] ?? '';
    const prev = heads.get(incident);
    const linked = prev === undefined ? line : line.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    heads.set(incident, Buffer.from(leafHash(Buffer.from(linked))).toString('hex'));
    return linked;
  });
}

/**
 * The bundle of a whole log after its leaves were changed, as an operator with all keys would make it: tree, checkpoint,
 * proofs and manifest fit the new leaves.
 */
export async function resealed(bundle: TestBundle, options: BundleOptions = {}): Promise<TestBundle> {
  const leaves = linesIn(bundle.parts, 'log/entries.jsonl').map((line) => Buffer.from(line));
  const hashes = leaves.map((leaf) => leafHash(leaf));
  const tree = memoryTiles(hashes);
  const size = hashes.length;
  const checkpoint = await noteAt(bundle.log, tree, size, options);
  const parts: Parts = new Map(bundle.parts);
  parts.set('log/checkpoint', Buffer.from(checkpoint));
  parts.set('log/consistency.jsonl', Buffer.from(await consistencyOf(bundle.log, tree, size, options)));
  for (const path of [...parts.keys()].filter((one) => one.startsWith('proofs/'))) {
    const index = path.endsWith('first.tlog-proof') ? 0 : size - 1;
    const proof = await inclusionProof(tree, size, index);
    parts.set(path, Buffer.from(formatTlogProof({ index, proof, checkpoint })));
  }
  const root = await rootAt(tree, size);
  return {
    ...bundle,
    parts,
    manifest: { ...bundle.manifest, checkpoint: { size, root }, entries: size, export: size - 1 },
  };
}

export async function noteAt(
  log: TestLog,
  tree: TileReader,
  size: number,
  { witnesses = 0, cosignedAt }: BundleOptions = {},
): Promise<string> {
  const text = checkpointText({ origin: TEST_LOG, size, root: await rootAt(tree, size) });
  const note = await signNote(text, [LOG_KEY]);
  const last = Math.max(...log.entries.slice(0, size).map(({ at }) => at));
  const time = Math.floor((cosignedAt?.(size) ?? last) / 1000) + 1;
  const lines = await Promise.all(
    WITNESSES.slice(0, witnesses).map(async ({ vkey, sign }) =>
      cosignatureLine(parseVkey(vkey), time, await sign(cosignedMessage(time, text))),
    ),
  );
  return note + lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('');
}

export function policyOf(witnesses: number): string {
  const named = WITNESSES.slice(0, witnesses).map(({ vkey }, i) => `witness w${i} ${vkey}\n`);
  const group =
    witnesses > 0 ? `group all all ${named.map((_, i) => `w${i}`).join(' ')}\nquorum all\n` : 'quorum none\n';
  return `log ${LOG_KEY.vkey}\n${named.join('')}${group}`;
}

function scopeOf(log: TestLog, { incident, from = 0, to }: BundleOptions): BundleScope {
  if (incident === undefined) return { kind: 'log', from, to: to ?? log.entries.length };
  const uid = log.incidents[incident - 1] ?? '';
  const seq = log.entries.filter((entry) => entry.incident === uid).length;
  return { kind: 'incident', incident: uid, ref: `INC-${incident}`, seq };
}

function announcement(log: TestLog, scope: BundleScope) {
  if (scope.kind === 'log') return { format: 'bundle', scope: 'log', from: scope.from, to: scope.to };
  const head =
    log.entries.findLast(({ incident }) => incident === scope.incident)?.hash.toString('hex') ?? '';
  return { format: 'bundle', scope: 'incident', incident: scope.incident, seq: scope.seq, head };
}

const ALWAYS: readonly string[] = ['log.key', 'log.key_retired', 'log.recover'];

function isShown(log: TestLog, scope: BundleScope, index: number): boolean {
  const { incident, type } = entryAt(log, index);
  const inScope =
    scope.kind === 'log' ? index >= scope.from && index < scope.to : incident === scope.incident;
  if (inScope || index === log.entries.length - 1) return true;
  if (incident !== JOURNAL_UID) return false;
  if (type === 'log.heads') return index === log.entries.findLastIndex((entry) => entry.type === type);
  return ALWAYS.includes(type) || (type === 'person.erase' && !isRefused(entryAt(log, index)));
}

function isRefused({ leaf }: TestEntry): boolean {
  return leaf.includes('"kind":"rejection"');
}

function entryAt(log: TestLog, index: number): TestEntry {
  const entry = log.entries[index];
  if (!entry) throw new Error(`there is no leaf ${index}`);
  return entry;
}

async function consistencyOf(
  log: TestLog,
  tree: TileReader,
  size: number,
  options: BundleOptions,
): Promise<string> {
  const older = options.older ?? [Math.floor(size / 3), Math.floor((size * 2) / 3)];
  const lines = older.map(async (old) => {
    const checkpoint = await noteAt(log, tree, old, options);
    return `${formatConsistencyLine({ checkpoint, proof: await consistencyProof(tree, old, size) })}\n`;
  });
  return (await Promise.all(lines)).join('');
}

async function gapsOf(tree: TileReader, shown: readonly number[], size: number): Promise<string> {
  let text = '';
  let next = 0;
  for (const index of [...shown, size]) {
    for (const { start, level } of gapsBetween(next, index))
      text += `${formatGap({ start, level, hash: await subtreeHash(tree, level, start / 2 ** level) })}\n`;
    next = index + 1;
  }
  return text;
}

function openingsOf(log: TestLog, shown: readonly number[]): string {
  return shown
    .map((index) => ({ index, openings: entryAt(log, index).openings.map((one) => withheldIf(log, one)) }))
    .filter(({ openings }) => openings.length > 0)
    .map((line) => `${formatOpeningsLine(line)}\n`)
    .join('');
}

function withheldIf({ erased }: TestLog, opening: TestEntry['openings'][number]): ShownOpening {
  const { key, subject } = opening;
  return subject !== undefined && erased.has(subject) ? { key, subject, withheld: true } : opening;
}

async function headsOf(log: TestLog, incident: string): Promise<string> {
  const entry = log.entries.findLastIndex(({ type }) => type === 'log.heads');
  const heads = chainHeads(log.entries.slice(0, entry));
  const index = heads.findIndex((head) => head.incident === incident);
  const leaf = heads[index];
  if (!leaf) throw new Error(`the heads do not hold ${incident}`);
  const tree = memoryTiles(heads.map((head) => leafHash(chainHeadLeaf(head))));
  return formatHeads({ entry, index, leaf, proof: await inclusionProof(tree, heads.length, index) });
}

function provedIn(log: TestLog, scope: BundleScope): readonly (readonly [string, number])[] {
  const last = log.entries.length - 1;
  if (scope.kind === 'log')
    return [
      ['first', scope.from],
      ['export', last],
    ];
  const own = log.entries.flatMap(({ incident }, i) => (incident === scope.incident ? [i] : []));
  return [
    ['first', own[0] ?? 0],
    ['last', own.at(-1) ?? 0],
    ['export', last],
  ];
}

function machineOf({ leaf }: TestEntry): string | undefined {
  return /"machine":"sha256:([0-9a-f]{64})"/.exec(leaf.toString())?.[1];
}

function storedIn({ type, openings }: TestEntry): string | undefined {
  const value = (key: string) => openings.find((one) => one.key === key)?.value;
  const digest = value('data.sha256');
  return type === 'evidence.add' && value('data.stored') === true && typeof digest === 'string'
    ? digest
    : undefined;
}

/** What the attacks are made with: sound bundles, keys that are the log's or not, and ways to pack what was changed. */
import {
  cosignatureLine,
  cosignedMessage,
  formatGap,
  gapsBetween,
  leafHash,
  checkpointText,
  formatTlogProof,
  inclusionProof,
  memoryTiles,
  parseVkey,
  rootAt,
  signNote,
  subtreeHash,
} from '@cordon/audit';
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import {
  BUNDLE_KEY,
  linesIn,
  LOG_KEY,
  manifestNote,
  manifestText,
  packBundle,
  resealed,
  setLines,
  TEST_LOG,
  testBundle,
  testKey,
  testLog,
  WITNESSES,
  zipOf,
  type Parts,
  type TestBundle,
  type TestKey,
  type TestLog,
} from '../../support/bundle.js';

/** Keys of the attacker, under the names of the true ones. */
export const ROGUE_LOG = testKey(TEST_LOG, 91);
export const ROGUE_BUNDLE = testKey(`${TEST_LOG}/bundle`, 92);
export const ROGUE_WITNESS = testKey('witness.example/a', 93, 4);
export const OTHER_LOG = 'cordon-log/another';

export type Base = 'log' | 'incident' | 'bare' | 'bare incident' | 'part';

export interface Bench {
  /** A copy of the sound bundle: parts may be changed. */
  readonly bundle: TestBundle;
  readonly parts: Parts;
  /** The log before the bundle was announced. */
  readonly log: TestLog;
  /** A fresh copy of another sound bundle. */
  readonly of: (base: Base) => TestBundle;
}

/** What the attacker brings about. */
export interface Attacked {
  readonly zip: Buffer;
  /** The auditor's own files, where the story is about them. */
  readonly policy?: string;
  readonly since?: string;
}

export interface Seen {
  readonly level: 1 | 2 | 3 | 4 | 5;
  readonly code: string;
  readonly index?: number;
  readonly seq?: number;
  readonly path?: string;
}

/** Where the entries that attacks are about stand: see `bench.spec`. */
export interface Attack {
  /** What was done, as one line of the table. */
  readonly name: string;
  readonly by: Attacker;
  /** Which sound bundle it starts from. */
  readonly on: Base;
  apply(bench: Bench): Attacked | Promise<Attacked>;
  /** Where it must be seen. */
  readonly expect: Seen | ((bench: Bench) => Seen);
  /** What the Python verifier says where that is another thing, or that it takes more than it has. */
  readonly python?: Pick<Seen, 'level' | 'code'> | 'not seen';
}

/** What the attacker has. */
export type Attacker =
  | 'who has the file'
  | 'who has the file and keys of their own'
  | 'who has the bundle key'
  | 'who has the log and bundle keys'
  | 'who has all keys and the witnesses';

const BASES: Readonly<Record<Base, Parameters<typeof testBundle>[1]>> = {
  log: { witnesses: 2 },
  incident: { incident: 1, witnesses: 2 },
  bare: {},
  'bare incident': { incident: 1 },
  part: { from: 20, to: 60 },
};

/** The sound bundles, made once. */
export async function workbench(): Promise<{ of(base: Base): TestBundle; log: TestLog }> {
  const log = await testLog({ incidents: 3, most: 24 });
  const made = new Map<Base, TestBundle>();
  for (const base of Object.keys(BASES) as Base[]) made.set(base, await testBundle(log, BASES[base]));
  const of = (base: Base): TestBundle => {
    const bundle = made.get(base);
    if (!bundle) throw new Error(`there is no bundle ${base}`);
    return { ...bundle, parts: new Map(bundle.parts) };
  };
  return { of, log };
}

export function benchOf(base: Base, { of, log }: { of(base: Base): TestBundle; log: TestLog }): Bench {
  const bundle = of(base);
  return { bundle, parts: bundle.parts, log, of };
}

/** The manifest stays as it was: nothing is signed again. */
export async function unsigned(
  { of, bundle }: Bench,
  base: Base,
  parts: Parts = bundle.parts,
): Promise<Buffer> {
  const sound = of(base);
  const manifest = Buffer.from(manifestText(sound.parts, sound.manifest));
  const note = await manifestNote(manifest);
  return zipOf(new Map([...parts, ['MANIFEST.json', manifest], ['MANIFEST.note', note]]));
}

/** The manifest is made again and signed with this key. */
export async function signed(
  { parts, manifest }: Pick<TestBundle, 'parts' | 'manifest'>,
  key: TestKey = BUNDLE_KEY,
): Promise<Buffer> {
  const text = Buffer.from(manifestText(parts, manifest));
  return zipOf(
    new Map([...parts, ['MANIFEST.json', text], ['MANIFEST.note', await manifestNote(text, key)]]),
  );
}

export const edited = (parts: Parts, path: string, change: (text: string) => string): Parts =>
  parts.set(path, Buffer.from(change(parts.get(path)?.toString() ?? '')));

export const flipped = (parts: Parts, path: string, at = 0): Parts => {
  const data = Buffer.from(parts.get(path) ?? '');
  const place = at < 0 ? data.length + at : at;
  data[place] = (data[place] ?? 0) ^ 1;
  return parts.set(path, data);
};

/** Lines of the leaves as they stand. */
export const leaves = (parts: Parts): string[] => linesIn(parts, 'log/entries.jsonl');

export function leafAt(parts: Parts, line: number): JsonObject {
  return JSON.parse(leaves(parts)[line] ?? '') as JsonObject;
}

/** Line of the first leaf that fits, from `from` on. */
export function findLeaf(parts: Parts, fits: (leaf: JsonObject) => boolean, from = 0): number {
  const at = leaves(parts).findIndex((line, i) => i >= from && fits(JSON.parse(line) as JsonObject));
  if (at < 0) throw new Error('there is no such leaf');
  return at;
}

export const typeOf = (leaf: JsonObject): Json | undefined => (leaf['event'] as JsonObject)['type'];

/** The leaves with one changed, and every later link of its chain made to fit, so that only the tree tells. */
export function rechained(parts: Parts, line: number, change: (leaf: JsonObject) => JsonObject): void {
  rechainedAll(parts, (leaf, i) => (i === line ? change(leaf) : leaf));
}

/** The same for many. With `twice`, the leaf of that line is followed by another one that does the same again. */
export function rechainedAll(
  parts: Parts,
  change: (leaf: JsonObject, line: number) => JsonObject,
  twice?: number,
): Parts {
  const moved = new Map<string, string>();
  const after = leaves(parts).flatMap((text, i) => {
    const leaf = JSON.parse(text) as JsonObject;
    const link = moved.get(leaf['prev'] as string);
    const out = change(link === undefined ? leaf : { ...leaf, prev: link }, i);
    const all = [out];
    if (i === twice)
      all.push({
        ...out,
        seq: Number(out['seq']) + 1,
        revision: Number(out['revision']) + 1,
        prev: hexHash(canonicalJson(out)),
      });
    const lines = all.map((one) => canonicalJson(one));
    const end = lines.at(-1) ?? '';
    if (end !== text) moved.set(hexHash(text), hexHash(end));
    return lines;
  });
  setLines(parts, 'log/entries.jsonl', after);
  return parts;
}

export const hexHash = (text: string): string => Buffer.from(leafHash(Buffer.from(text))).toString('hex');

/** Tree, checkpoint, proofs and manifest made again with the true keys; with as many witnesses as go along. */
export async function resigned(bundle: TestBundle, witnesses = 0): Promise<Buffer> {
  return packBundle(await resealed(bundle, { witnesses }));
}

/** One leaf is changed and everything made again with the true keys. */
export async function withLeaf(
  bench: Bench,
  line: number,
  change: (leaf: JsonObject) => JsonObject,
  witnesses = 0,
): Promise<Attacked> {
  rechained(bench.parts, line, change);
  return { zip: await resigned(bench.bundle, witnesses) };
}

/** The lines of the leaves are replaced as they are and everything made again with the true keys. */
export async function withLines(
  bench: Bench,
  change: (lines: string[]) => string[],
  witnesses = 0,
): Promise<Attacked> {
  setLines(bench.parts, 'log/entries.jsonl', change(leaves(bench.parts)));
  return { zip: await resigned(bench.bundle, witnesses) };
}

/** A checkpoint of the bundle's tree in other words or by other hands. */
export async function checkpointOf(
  { manifest }: TestBundle,
  {
    origin = TEST_LOG,
    keys = [LOG_KEY],
    size = manifest.checkpoint.size,
    root = manifest.checkpoint.root,
    witnesses = 0,
    seconds = 0,
  }: {
    readonly origin?: string;
    readonly keys?: readonly TestKey[];
    readonly size?: number;
    readonly root?: Uint8Array;
    readonly witnesses?: number;
    readonly seconds?: number;
  } = {},
): Promise<string> {
  const text = checkpointText({ origin, size, root });
  const lines = await Promise.all(
    WITNESSES.slice(0, witnesses).map(
      async ({ vkey, sign }) =>
        `${cosignatureLine(parseVkey(vkey), seconds, await sign(cosignedMessage(seconds, text)))}\n`,
    ),
  );
  return (await signNote(text, keys)) + lines.join('');
}

/** The checkpoint is another text in all places that quote it. */
export function withCheckpoint({ parts }: Pick<TestBundle, 'parts'>, note: string): void {
  const old = parts.get('log/checkpoint')?.toString() ?? '';
  parts.set('log/checkpoint', Buffer.from(note));
  for (const path of [...parts.keys()].filter((one) => one.startsWith('proofs/')))
    edited(parts, path, (text) => text.replace(old, note));
}

/** Shows these leaves of the log and hides the others, with gaps that fit. */
export async function showing(bundle: TestBundle, shown: readonly number[]): Promise<TestBundle> {
  const { parts, log } = bundle;
  const entries = log.entries.slice(0, bundle.manifest.checkpoint.size);
  const tree = memoryTiles(entries.map(({ hash }) => hash));
  let [gaps, next] = ['', 0];
  for (const index of [...shown, entries.length]) {
    for (const { start, level } of gapsBetween(next, index))
      gaps += `${formatGap({ start, level, hash: await subtreeHash(tree, level, start / 2 ** level) })}\n`;
    next = index + 1;
  }
  parts.set('log/gaps.txt', Buffer.from(gaps));
  setLines(
    parts,
    'log/entries.jsonl',
    shown.map((index) => String(entries[index]?.leaf)),
  );
  const kept = new Set(shown);
  const openings = linesIn(parts, 'log/openings.jsonl');
  setLines(
    parts,
    'log/openings.jsonl',
    openings.filter((line) => kept.has((JSON.parse(line) as { index: number }).index)),
  );
  return { ...bundle, manifest: { ...bundle.manifest, entries: shown.length } };
}

/** Places of the leaves that a bundle of an incident shows, in the order of its lines. */
export function shownIn({ parts, log }: TestBundle): number[] {
  const there = new Set(leaves(parts));
  return log.entries.flatMap(({ leaf }, i) => (there.has(leaf.toString()) ? [i] : []));
}

/** The proof file of this leaf, made again. */
export async function proofOf({ log, manifest, parts }: TestBundle, index: number): Promise<string> {
  const { size } = manifest.checkpoint;
  const tree = memoryTiles(log.entries.slice(0, size).map(({ hash }) => hash));
  const checkpoint = parts.get('log/checkpoint')?.toString() ?? '';
  return formatTlogProof({ index, proof: await inclusionProof(tree, size, index), checkpoint });
}

export async function rootOf(bundle: TestBundle, size: number): Promise<Uint8Array> {
  return rootAt(memoryTiles(bundle.log.entries.slice(0, size).map(({ hash }) => hash)), size);
}

/** The leaves are these bytes, whatever they are, in a tree that the true key signed. */
export async function resignedBytes({ bundle, parts }: Bench, all: readonly Buffer[]): Promise<Buffer> {
  const tree = memoryTiles(all.map((leaf) => leafHash(leaf)));
  const [size, root] = [all.length, await rootAt(tree, all.length)];
  parts.set('log/entries.jsonl', Buffer.concat(all.flatMap((leaf) => [leaf, Buffer.from('\n')])));
  parts.set('log/checkpoint', Buffer.from(await checkpointOf(bundle, { size, root })));
  parts.set('log/consistency.jsonl', Buffer.alloc(0));
  for (const path of [...parts.keys()].filter((one) => one.startsWith('proofs/'))) parts.delete(path);
  return signed({ parts, manifest: { ...bundle.manifest, entries: size, checkpoint: { size, root } } });
}

/** The members of a bundle as the manifest lists them, and the small ones among them. */
import { createHash, hash, type Hash } from 'node:crypto';
import { MANIFEST_NOTE_PATH, MANIFEST_PATH, parseManifest, type Manifest } from '../bundle/manifest.js';
import type { ZipFile } from '../bundle/zip-read.js';
import { MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, parseNote, type Note } from '../note/parse-note.js';
import { RANK, Refused } from './faults.js';

export const ENTRIES = 'log/entries.jsonl';
export const OPENINGS = 'log/openings.jsonl';
export const CHECKPOINT = 'log/checkpoint';
export const CONSISTENCY = 'log/consistency.jsonl';
export const GAPS = 'log/gaps.txt';
export const HEADS = 'log/heads.json';
export const EXAMPLE_POLICY = 'policy.example.txt';

/** Most bytes of a document that is read in one piece. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;
/** The manifest lists up to 100,000 members. */
const MAX_MANIFEST = 64 * 1024 * 1024;
const MAX_LEAVES = 1e8;

/** In the order in which they stand in the file; the others are known by how their path begins. */
const ORDER: readonly (string | RegExp)[] = [
  'VERIFY.txt',
  'verify/verify.py',
  EXAMPLE_POLICY,
  CHECKPOINT,
  CONSISTENCY,
  GAPS,
  ENTRIES,
  OPENINGS,
  HEADS,
  /^log\/timestamps\/(?:0|[1-9]\d*)\.tsr$/,
  /^proofs\/[^/]+\.tlog-proof$/,
  /^machines\/[0-9a-f]{64}\.json$/,
  /^attachments\/[0-9a-f]{64}$/,
  /^views\/./,
];
const MAY_BE_ABSENT: readonly string[] = [HEADS];

export interface Members {
  readonly zip: ZipFile;
  readonly manifest: Manifest;
  /** Hex SHA-256 of `MANIFEST.json`. */
  readonly digest: string;
  readonly note: Note;
  /** Digests that the manifest lists, by path. */
  readonly listed: ReadonlyMap<string, string>;
}

/** Reads manifest and note, and holds the list against the members there are. Throws a Refused, a BundleError or a NoteError. */
export async function readMembers(zip: ZipFile): Promise<Members> {
  const paths = zip.members.map(({ path }) => path);
  const tail = paths.slice(-2);
  if (tail[0] !== MANIFEST_PATH || tail[1] !== MANIFEST_NOTE_PATH)
    throw manifestFault(`the last two members must be ${MANIFEST_PATH} and ${MANIFEST_NOTE_PATH}`);
  const bytes = await zip.bytes(MANIFEST_PATH, MAX_MANIFEST);
  const manifest = parseManifest(textOf(bytes));
  if (manifest.entries > MAX_LEAVES)
    throw new Refused(
      RANK.form,
      'E_LIMIT',
      `the bundle shows ${manifest.entries} leaves; at most 10^8 are read`,
    );
  checkList(zip, manifest);
  checkOrder(paths.slice(0, -2));
  const listed = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const note = await noteIn(zip, MANIFEST_NOTE_PATH);
  return { zip, manifest, digest: hash('sha256', bytes, 'hex'), note, listed };
}

function checkList(zip: ZipFile, { files }: Manifest): void {
  const there = new Map(zip.members.map(({ path, bytes }) => [path, bytes]));
  for (const { path, bytes } of files) {
    const found = there.get(path);
    if (found === undefined) throw manifestFault(`it lists ${path}, which is not there`, path);
    if (found !== bytes) throw manifestFault(`it lists ${path} with ${bytes} bytes; it has ${found}`, path);
  }
  const listed = new Set(files.map(({ path }) => path));
  const more = zip.members.slice(0, -2).find(({ path }) => !listed.has(path));
  if (more) throw manifestFault(`it does not list ${more.path}`, more.path);
}

function checkOrder(paths: readonly string[]): void {
  let before = 0;
  for (const path of paths) {
    const place = ORDER.findIndex((one) => (typeof one === 'string' ? one === path : one.test(path)));
    if (place < 0) throw manifestFault(`a bundle has no member ${path}`, path);
    if (place < before) throw manifestFault(`${path} does not stand in its place`, path);
    before = place;
  }
  const missing = ORDER.find(
    (one) => typeof one === 'string' && !MAY_BE_ABSENT.includes(one) && !paths.includes(one),
  );
  if (typeof missing === 'string') throw manifestFault(`${missing} is missing`, missing);
}

/** A member's bytes with their digest, which is held against the manifest at the end. */
export async function* digested(members: Members, path: string): AsyncGenerator<Uint8Array> {
  const digest: Hash = createHash('sha256');
  for await (const chunk of members.zip.stream(path)) {
    digest.update(chunk);
    yield chunk;
  }
  if (digest.digest('hex') !== members.listed.get(path))
    throw manifestFault(`${path} does not have the digest that it lists`, path);
}

/** The whole member, its digest checked. */
export async function wholeMember(members: Members, path: string, most = MAX_DOCUMENT): Promise<Buffer> {
  const bytes = await members.zip.bytes(path, most);
  if (hash('sha256', bytes, 'hex') !== members.listed.get(path))
    throw manifestFault(`${path} does not have the digest that it lists`, path);
  return bytes;
}

/** A signed note, with its limits. Throws a Refused (E_LIMIT) or a NoteError. */
export function limitedNote(bytes: Buffer, path: string): Note {
  if (bytes.length > MAX_NOTE_BYTES) throw tooLarge(path, `has more than ${MAX_NOTE_BYTES} bytes`);
  const text = bytes.toString('utf8');
  const lines = text.slice(text.lastIndexOf('\n\n') + 2).split('\n');
  if (lines.filter((line) => line.startsWith('\u2014 ')).length > MAX_NOTE_SIGNATURES)
    throw tooLarge(path, `has more than ${MAX_NOTE_SIGNATURES} signatures`);
  return parseNote(bytes);
}

async function noteIn(zip: ZipFile, path: string): Promise<Note> {
  return limitedNote(await zip.bytes(path, MAX_NOTE_BYTES), path);
}

/** Text of a document whose reader refuses what is not canonical; what is not UTF-8 becomes a sign that is not. */
export function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes) ? '' : text;
}

function manifestFault(why: string, path: string = MANIFEST_PATH): Refused {
  return new Refused(RANK.manifest, 'E_MANIFEST', `${MANIFEST_PATH}: ${why}`, { path });
}

function tooLarge(path: string, why: string): Refused {
  return new Refused(RANK.form, 'E_LIMIT', `${path} ${why}`, { path });
}

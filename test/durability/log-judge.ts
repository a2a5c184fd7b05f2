/** What a campaign over the log left behind, held against what everybody was told. */
import { execFile } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  Frontier,
  leafHash,
  openNote,
  openZip,
  parseCheckpoint,
  parseManifest,
  parseVkey,
} from '@cordon/audit';
import pg from 'pg';
import type { LogFollower } from '../support/follow-log.js';
import type { Ledger } from './ledger.js';

const CLI = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const PYTHON = fileURLToPath(new URL('../../libs/audit/python/verify.py', import.meta.url));
const MOST_BYTES = 256 * 1024 * 1024;

/** The leaves of a bundle of the whole log, in order, and the size that its checkpoint speaks of. */
export interface ExportedLog {
  readonly leaves: readonly Buffer[];
  readonly to: number;
}

export async function readExport(file: string): Promise<ExportedLog> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const read = async (offset: number, length: number): Promise<Uint8Array> =>
      (await handle.read(Buffer.alloc(length), 0, length, offset)).buffer;
    const zip = await openZip({ size, read });
    const { scope } = parseManifest((await zip.bytes('MANIFEST.json', MOST_BYTES)).toString('utf8'));
    if (scope.kind !== 'log' || scope.from !== 0) throw new Error('this is not the whole log');
    const entries = await zip.bytes('log/entries.jsonl', MOST_BYTES);
    return { leaves: linesOf(entries), to: scope.to };
  } finally {
    await handle.close();
  }
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0, to = bytes.indexOf(10); to >= 0; from = to + 1, to = bytes.indexOf(10, from))
    lines.push(bytes.subarray(from, to));
  return lines;
}

/** Acknowledged entries that are not in the tree exactly once, as sentences. */
export function missingFrom({ leaves, to }: ExportedLog, ledger: Ledger): readonly string[] {
  const times = new Map<string, number>();
  for (const leaf of leaves.slice(0, to)) {
    const hash = Buffer.from(leafHash(leaf)).toString('hex');
    times.set(hash, (times.get(hash) ?? 0) + 1);
  }
  const faults: string[] = [];
  for (const { ref, key, seq, hash } of ledger.told.values()) {
    if (hash === undefined) continue;
    const found = times.get(hash) ?? 0;
    if (found !== 1) faults.push(`${ref}/${seq} of ${key} is ${found} times in the tree`);
  }
  return faults;
}

/** Checkpoints that contradict the exported log: those that the follower saw, and those in the sink, every one. */
export async function contradictions(
  { leaves, to }: ExportedLog,
  follower: LogFollower,
  sink: string,
): Promise<{ readonly checkpoints: number; readonly faults: readonly string[] }> {
  const kept = await notesIn(sink);
  const vkeys = vkeysOf(follower.policy);
  const signed = [...follower.seen.map(({ note }) => note), ...kept].map((note) =>
    parseCheckpoint(openNote(note, vkeys).text),
  );
  const roots = rootsAt(leaves.slice(0, to), new Set(signed.map(({ size }) => size)));
  const faults = signed
    .filter(({ size }) => size <= to)
    .filter(({ size, root }) => !roots.get(size)?.equals(root))
    .map(({ size }) => `the checkpoint of ${size} entries is not of this log`);
  const beyond = new Map<number, string>();
  for (const { size, root } of signed) {
    const text = Buffer.from(root).toString('base64');
    if ((beyond.get(size) ?? text) !== text)
      faults.push(`two checkpoints of ${size} entries contradict each other`);
    beyond.set(size, text);
  }
  return { checkpoints: beyond.size, faults };
}

function vkeysOf(policy: string): ReturnType<typeof parseVkey>[] {
  return [...policy.matchAll(/^log (\S+)$/gm)].map(([, text = '']) => parseVkey(text));
}

/** What a file of checkpoints holds; what a crash cut off is no note. */
async function notesIn(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^[^\n]+\n\d+\n[^\n]+\n\n(?:— [^\n]+\n)+/gm)].map(([note]) => note);
}

function rootsAt(leaves: readonly Buffer[], sizes: ReadonlySet<number>): ReadonlyMap<number, Buffer> {
  const tree = new Frontier();
  const roots = new Map<number, Buffer>();
  for (const leaf of leaves) {
    tree.append(leafHash(leaf));
    if (sizes.has(tree.size)) roots.set(tree.size, Buffer.from(tree.root()));
  }
  return roots;
}

/** What both verifiers, as commands, say of a bundle; empty where they find nothing wrong. */
export async function refusals(
  bundle: string,
  { policy, since }: { readonly policy: string; readonly since?: string },
): Promise<readonly string[]> {
  const files = { policy: `${bundle}.policy`, since: `${bundle}.since` };
  await writeFile(files.policy, policy);
  if (since !== undefined) await writeFile(files.since, since);
  const given = [bundle, '--policy', files.policy, ...(since === undefined ? [] : ['--since', files.since])];
  const said = await Promise.all([
    run(process.execPath, [CLI, 'audit', 'verify', ...given]),
    run('python3', [PYTHON, ...given]),
  ]);
  return said.filter((one) => one !== undefined);
}

function run(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, (error, out, err) =>
      resolve(error ? `${error.message} ${out} ${err}` : undefined),
    );
  });
}

/** How the tree stands in a database that nobody writes to, and what is not as it has to be. */
export async function unfinished(url: string): Promise<readonly string[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<Record<'entries' | 'size' | 'signed' | 'twice', string>>(STANDING);
    const [{ entries, size, signed, twice } = never()] = rows;
    return [
      ...(entries === size ? [] : [`there are ${entries} entries, and the tree has ${size}`]),
      ...(size === signed ? [] : [`the tree has ${size} entries, and ${signed} are signed`]),
      ...(twice === '0' ? [] : [`${twice} sizes were signed with two roots`]),
    ];
  } finally {
    await client.end();
  }
}

const STANDING = `
SELECT (SELECT count(*) FROM audit_entry) AS entries, (SELECT size FROM log_head) AS size,
       (SELECT max(size) FROM log_checkpoint) AS signed,
       (SELECT count(*) FROM (SELECT FROM log_checkpoint GROUP BY epoch, size HAVING count(DISTINCT root) > 1) AS two) AS twice`;

function never(): never {
  throw new Error('the query gave no row');
}

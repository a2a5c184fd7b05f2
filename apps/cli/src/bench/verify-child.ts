/**
 * One measurement of the benchmark of verifiers, in a process of its own: `verify-child.js baseline|live|1..5
 * BUNDLE`. Prints what it took as JSON. The time begins when everything is loaded.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { LevelNumber } from '@cordon/audit';
import { verifyFile } from '../audit/verify-file.js';
import { liveMemory } from './live-memory.js';

export interface Taken {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Most memory that the process had at once. */
  readonly peakKb: number;
}

export interface Live {
  /** What is in use after each tenth of the entries, less what was before, in MB. */
  readonly liveMb: readonly number[];
}

const CHUNK = 1024 * 1024;
const PARTS = 10;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

/** What any program does that reads the same bytes: SHA-256 over the file, JSON.parse of each line of JSON in it. */
async function baseline(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const members = await jsonLinesIn(file, size);
    const digest = createHash('sha256');
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; at < size; at += CHUNK) {
      const chunk = await bytesAt(file, at, Math.min(CHUNK, size - at));
      digest.update(chunk);
      for (const { from, to } of members) {
        if (to <= at || from >= at + chunk.length) continue;
        rest = parseLines(rest, chunk.subarray(Math.max(0, from - at), to - at));
      }
    }
    digest.digest('hex');
    if (rest.length > 0) throw new Error('a member of the bundle does not end with a line feed');
  } finally {
    await file.close();
  }
}

/** What is left is the beginning of a line. */
function parseLines(before: Buffer, chunk: Buffer): Buffer {
  const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    JSON.parse(bytes.toString('utf8', start, end));
    start = end + 1;
  }
  return bytes.subarray(start);
}

/** Where the members of JSON lines lie in a bundle of less than 4 GiB, whose members are stored as they are. */
async function jsonLinesIn(file: FileHandle, size: number): Promise<readonly { from: number; to: number }[]> {
  const end = await bytesAt(file, size - END_BYTES, END_BYTES);
  const directory = await bytesAt(file, end.readUInt32LE(16), end.readUInt32LE(12));
  const members: { from: number; to: number }[] = [];
  for (let at = 0; at < directory.length;) {
    const [name, extra] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30)];
    const path = directory.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + name);
    if (path.endsWith('.jsonl')) {
      const offset = directory.readUInt32LE(at + 42);
      const header = await bytesAt(file, offset, LOCAL_BYTES);
      const from = offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
      members.push({ from, to: from + directory.readUInt32LE(at + 24) });
    }
    at += CENTRAL_BYTES + name + extra;
  }
  return members;
}

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw new Error('the bundle became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}

async function verify(
  path: string,
  upTo: LevelNumber,
  onProgress?: (entries: number, of: number) => void,
): Promise<void> {
  const { ok, fault } = await verifyFile(path, { upTo, ...(onProgress ? { onProgress } : {}) });
  if (!ok) throw new Error(`the bundle does not verify: ${JSON.stringify(fault)}`);
}

async function liveWhile(path: string): Promise<Live> {
  const live = liveMemory();
  const before = live();
  const liveMb: number[] = [];
  await verify(path, 4, (entries, of) => {
    if (entries >= (of * (liveMb.length + 1)) / PARTS) liveMb.push(live() - before);
  });
  return { liveMb };
}

/** Of this program's own memory: the figure of `resourceUsage` counts what the parent had before it became this one. */
function peakKb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]);
}

async function taken(what: string, path: string): Promise<Taken> {
  const levels: readonly LevelNumber[] = [1, 2, 3, 4, 5];
  const upTo = levels.find((level) => String(level) === what);
  if (upTo === undefined && what !== 'baseline') throw new Error(`there is no measurement ${what}`);
  const [from, cpuFrom] = [performance.now(), process.cpuUsage()];
  await (upTo === undefined ? baseline(path) : verify(path, upTo));
  const { user, system } = process.cpuUsage(cpuFrom);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - from, peakKb: peakKb() };
}

const [what = '', path = ''] = process.argv.slice(2);
const found = what === 'live' ? await liveWhile(path) : await taken(what, path);
process.stdout.write(`${JSON.stringify(found)}\n`);

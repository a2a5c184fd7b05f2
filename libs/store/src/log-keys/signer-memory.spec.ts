import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkpointText } from '@cordon/audit';
import { SignerMemoryFile } from './signer-memory.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const LOG = 'cordon-log/race';

let folder: string;
let path: string;
let memory: SignerMemoryFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-memory-'));
  path = join(folder, 'keys', 'log.checkpoint');
  memory = new SignerMemoryFile(path);
});
afterEach(() => rm(folder, { recursive: true }));

/** A note of that size, with a signature that nobody looks at here. */
function noteOf(size: number, { origin = LOG, root = 7, signature = 1 } = {}): string {
  const signed = Buffer.alloc(68, signature).toString('base64');
  return `${checkpointText({ origin, size, root: Buffer.alloc(32, root) })}\n\u2014 ${origin} ${signed}\n`;
}

const sizeOf = (note: string | undefined): number => Number(note?.split('\n')[1] ?? 0);

test('what is remembered is the largest that was signed, whoever comes late', async () => {
  expect(await memory.last()).toBeUndefined();
  await memory.remember(noteOf(5));
  await memory.remember(noteOf(200));
  await new SignerMemoryFile(path).remember(noteOf(100));
  expect([sizeOf(await memory.last()), await readFile(path, 'utf8')]).toEqual([200, noteOf(200)]);
  expect((await readdir(join(folder, 'keys'))).sort()).toEqual(['log.checkpoint', 'log.checkpoint.200']);
});

test('the same size signed again, as after a change of keys, is what is remembered', async () => {
  await memory.remember(noteOf(5));
  await memory.remember(noteOf(5, { signature: 2 }));
  expect(await memory.last()).toBe(noteOf(5, { signature: 2 }));
  expect(await readFile(path, 'utf8')).toBe(noteOf(5, { signature: 2 }));
});

test('who slept between looking and writing, and writes a smaller one over the file, takes nothing back', async () => {
  await memory.remember(noteOf(200));
  await writeFile(path, noteOf(100));
  expect(sizeOf(await memory.last())).toBe(200);
  await memory.remember(noteOf(150));
  expect(sizeOf(await readFile(path, 'utf8'))).toBe(200);
  await rm(path);
  expect(sizeOf(await memory.last())).toBe(200);
});

test('a file of before, and one that somebody puts back, count as they did', async () => {
  await memory.remember(noteOf(7));
  await rm(join(folder, 'keys', 'log.checkpoint.7'));
  await memory.remember(noteOf(6));
  expect(sizeOf(await memory.last())).toBe(7);
  await writeFile(path, noteOf(900));
  expect(sizeOf(await memory.last())).toBe(900);
  await memory.remember(noteOf(8));
  expect(sizeOf(await memory.last())).toBe(900);
});

test('another log, or another tree of the same size, is not written over it', async () => {
  await memory.remember(noteOf(5));
  await expect(memory.remember(noteOf(9, { origin: 'cordon-log/other' }))).rejects.toThrow(
    /holds what was signed of the log cordon-log\/race, and cordon-log\/other was to be written/,
  );
  await expect(memory.remember(noteOf(5, { root: 8 }))).rejects.toThrow(/Two trees of 5 entries were signed/);
  await expect(memory.remember(noteOf(9).slice(0, 30))).rejects.toThrow(/does not hold/);
  expect(await memory.last()).toBe(noteOf(5));
});

test('put aside, nothing of it is left under its name, and a second time does no harm', async () => {
  await memory.remember(noteOf(200));
  await writeFile(path, noteOf(100));
  await memory.moveAside('r1');
  await memory.moveAside('r1');
  expect(await readdir(join(folder, 'keys'))).toEqual(['log.checkpoint.r1']);
  expect(await readFile(`${path}.r1`, 'utf8')).toBe(noteOf(200));
  expect(await memory.last()).toBeUndefined();
  await memory.remember(noteOf(3, { origin: `${LOG}/r2` }));
});

const WRITING = `
import { SignerMemoryFile } from '@cordon/store';
const [path, notes] = process.argv.slice(1);
const memory = new SignerMemoryFile(path);
for (const note of JSON.parse(notes)) await memory.remember(note);
process.stdout.write('done');`;

test('two processes that sign in one folder at once: what is remembered only grows, and ends at the largest', async () => {
  const rounds = 60;
  const writers = [0, 1].map((own) => {
    const notes = Array.from({ length: rounds }, (_, i) => noteOf(2 * i + 1 + own));
    const args = ['--input-type=module', '-e', WRITING, path, JSON.stringify(notes)];
    return spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  });
  const ended = Promise.all(writers.map((child) => once(child, 'exit')));
  let running = true;
  void ended.then(() => (running = false));
  const seen: number[] = [];
  while (running) {
    const size = sizeOf(await memory.last());
    if (size !== seen.at(-1)) seen.push(size);
  }
  expect((await ended).map(([code]) => code as number)).toEqual([0, 0]);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.length).toBeGreaterThan(2);
  expect([sizeOf(await memory.last()), sizeOf(await readFile(path, 'utf8'))]).toEqual([
    2 * rounds,
    2 * rounds,
  ]);
  expect((await readdir(join(folder, 'keys'))).sort()).toEqual([
    'log.checkpoint',
    `log.checkpoint.${2 * rounds}`,
  ]);
}, 120_000);

import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ReceivedFile } from '@cordon/runtime';
import { evidenceConformance } from '@cordon/testkit';
import { DiskEvidenceStore } from './disk-store.js';

const plenty = (): Promise<number> => Promise.resolve(1e12);
const nobody = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set<string>());
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

evidenceConformance(async () => {
  const root = await mkdtemp(join(tmpdir(), 'cordon-evidence-'));
  return {
    store: new DiskEvidenceStore({ root, freeBytes: plenty }),
    later: () => Date.now() + 60_000,
    close: () => rm(root, { recursive: true }),
  };
});

let outside: string;
let root: string;
let store: DiskEvidenceStore;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'cordon-evidence-'));
  root = join(outside, 'evidence');
  store = new DiskEvidenceStore({ root, freeBytes: plenty });
});
afterEach(() => rm(outside, { recursive: true }));

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function received(text: string): Promise<ReceivedFile> {
  const receipt = await store.receive(chunks(text), 1_000);
  if (receipt.outcome !== 'received') throw new Error(receipt.outcome);
  return receipt.file;
}

/** Every file below the root. */
async function present(): Promise<readonly string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found.flatMap((one) =>
    one.isDirectory() ? [] : [join(one.parentPath, one.name).slice(root.length + 1)],
  );
}

test('a file lies under its hash, for its owner to read and nobody to write', async () => {
  const file = await received('note');
  await file.keep();
  await file.settle();
  const hash = sha256('note');
  expect(await present()).toEqual([`sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`]);
  const modes = await Promise.all(
    [root, join(root, 'sha256'), join(root, ...(await present()))].map((path) => stat(path)),
  );
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o700, 0o400]);
});

test('a folder that others could enter is closed to them', async () => {
  await mkdir(root, { mode: 0o755 });
  await chmod(root, 0o755);
  await received('note');
  expect((await stat(root)).mode & 0o777).toBe(0o700);
});

test('what was too much, broken or discarded leaves nothing on disk', async () => {
  await store.receive(chunks('123', '456'), 5);
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('gone');
  };
  await expect(store.receive(broken(), 100)).rejects.toThrow('gone');
  await (await received('denied')).discard();
  expect(await present()).toEqual([]);
});

test('a disk without room is told before anything is written, and while it fills up', async () => {
  const scarce = new DiskEvidenceStore({ root, reserveBytes: 100, freeBytes: () => Promise.resolve(150) });
  expect((await scarce.receive(chunks('x'), 1_000, 51)).outcome).toBe('no_room');
  let free = 1e9;
  const filling = new DiskEvidenceStore({ root, freeBytes: () => Promise.resolve((free /= 2)) });
  const large = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 40; i += 1) yield Buffer.alloc(1024 * 1024);
  };
  expect((await filling.receive(large(), 1e9)).outcome).toBe('no_room');
  expect(await present()).toEqual([]);
});

test('a write that the disk refuses is no room, and leaves nothing', async () => {
  const full = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('some');
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  expect(await store.receive(full(), 100)).toEqual({ outcome: 'no_room' });
  expect(await present()).toEqual([]);
});

test('a link that somebody planted is neither followed nor written through', async () => {
  const hash = sha256('secret');
  await writeFile(join(outside, 'secret'), 'secret');
  await mkdir(join(root, 'sha256', hash.slice(0, 2), hash.slice(2, 4)), { recursive: true });
  await symlink(join(outside, 'secret'), join(root, 'sha256', hash.slice(0, 2), hash.slice(2, 4), hash));
  expect(await store.open(hash)).toBeUndefined();
  const file = await received('secret');
  await file.keep();
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  expect((await store.open(hash))?.sizeBytes).toBe(6);
});

test('a folder of links is no folder of ours', async () => {
  const hash = sha256('note');
  await mkdir(join(root, 'sha256'), { recursive: true });
  await mkdir(join(outside, 'elsewhere', hash.slice(2, 4)), { recursive: true });
  await writeFile(join(outside, 'elsewhere', hash.slice(2, 4), hash), 'note');
  await symlink(join(outside, 'elsewhere'), join(root, 'sha256', hash.slice(0, 2)));
  expect(await store.open(hash)).toBeUndefined();
  const file = await received('note');
  await expect(file.keep()).rejects.toThrow('is not a folder');
  await symlink(outside, join(root, 'leaving'));
  await expect(store.sweep(Date.now() + 1_000, nobody)).rejects.toThrow('is not a folder');
});

test('a sweep that was killed half way loses nothing that is wanted', async () => {
  const file = await received('note');
  await file.keep();
  const [place = ''] = (await present()).filter((path) => path.startsWith('sha256/'));
  await mkdir(join(root, 'leaving'));
  await writeFile(join(root, 'leaving', file.sha256), await readFile(join(root, place)));
  await rm(join(root, place), { force: true });
  const wanted = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set([file.sha256]));
  expect(await store.sweep(Date.now() + 60_000, wanted)).toBe(0);
  expect(await present()).toEqual([place]);
});

test('an upload of the same content while the sweep looks keeps it', async () => {
  await (await received('note')).keep();
  let asked = 0;
  const racing = async (): Promise<ReadonlySet<string>> => {
    asked += 1;
    if (asked === 1) await (await received('note')).keep();
    return new Set<string>();
  };
  expect(await store.sweep(Date.now() + 60_000, racing)).toBe(0);
  expect((await store.open(sha256('note')))?.sizeBytes).toBe(4);
});

test('an upload that is entered just after it was put aside finds it again', async () => {
  const first = await received('note');
  await first.keep();
  let asked = 0;
  const racing = async (): Promise<ReadonlySet<string>> => {
    asked += 1;
    if (asked === 1) return new Set<string>();
    // Its own copy is in place by now, its mark gone, its entry committed.
    return new Set([first.sha256]);
  };
  expect(await store.sweep(Date.now() + 60_000, racing)).toBe(0);
  expect((await store.open(first.sha256))?.sizeBytes).toBe(4);
});

test('names that are no marks of ours are left alone', async () => {
  await received('x');
  await mkdir(join(root, 'pending'));
  await writeFile(join(root, 'pending', '..x'), '');
  expect(await store.sweep(Date.now() + 60_000, nobody)).toBe(0);
  expect(await present()).toContain('pending/..x');
});

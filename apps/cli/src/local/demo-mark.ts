/** Where a running demo says that it is, so that commands find it without being told its address and its folder. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Json } from '@cordon/kernel';
import type { Io } from '../io.js';

export interface DemoMark {
  readonly url: string;
  readonly tokenFile: string;
  readonly pid: number;
}

/** Leaves a mark in the checkout; the returned function takes it away again. The token itself is not in it. */
export async function leaveDemoMark(io: Io, mark: DemoMark): Promise<() => Promise<void>> {
  const file = join(folderOf(io), `${mark.pid}.json`);
  await mkdir(folderOf(io), { recursive: true });
  await writeFile(file, JSON.stringify(mark), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The demos that run now; a mark whose process has gone is passed over. */
export async function demoMarks(io: Io): Promise<DemoMark[]> {
  const names = await readdir(folderOf(io)).catch(() => []);
  const marks = await Promise.all(names.sort().map((name) => readMark(join(folderOf(io), name))));
  return marks.filter((mark) => mark !== undefined).filter(({ pid }) => isAlive(pid));
}

async function readMark(file: string): Promise<DemoMark | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Json;
    const { url, tokenFile, pid } = isJsonObject(value) ? value : {};
    const whole = typeof url === 'string' && typeof tokenFile === 'string' && typeof pid === 'number';
    return whole ? { url, tokenFile, pid } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function folderOf(io: Io): string {
  return join(io.root, '.demo');
}

import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError, exitCodes } from '../exit-codes.js';

/** Makes a new name in the folder of this path last through a crash of the machine. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; its file systems keep names in order by themselves.
  if (process.platform === 'win32') return;
  const handle = await open(dirname(path), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** On return the file holds this text for good; cut short at any point, it holds the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part`);
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, path);
  await syncFolder(path);
}

/**
 * Takes the folder for this process: two witnesses with one memory could each cosign what the other's answer forbids. The
 * mark of a process that is gone is taken over. Answers with what gives the folder free.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const mine = `${path}.${process.pid}`;
  await rm(mine, { force: true });
  const handle = await open(mine, 'wx', 0o600);
  await handle.writeFile(`${process.pid}\n`);
  await handle.close();
  try {
    if (!(await linked(mine, path))) {
      await dropLeftBehind(path);
      if (!(await linked(mine, path))) throw inUse(folder);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(path, { force: true });
}

/** False where the name is taken. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved aside before it is removed, so that a mark that somebody else made in between is put back and not lost. */
async function dropLeftBehind(path: string): Promise<void> {
  const aside = `${path}.${process.pid}.old`;
  const pid = await pidIn(path);
  if (pid !== undefined && isAlive(pid)) throw inUse(dirname(path), pid);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await pidIn(aside)) !== pid) await linked(aside, path);
  await rm(aside, { force: true });
}

async function pidIn(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(text.trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** In a container every start has the same pid: one's own is that of the run before. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(folder: string, pid?: number): CliError {
  const who = pid === undefined ? 'another witness' : `another witness (process ${pid})`;
  return new CliError(
    `The folder ${folder} is in use by ${who}: stop it first, or give another --state.`,
    exitCodes.conflict,
  );
}

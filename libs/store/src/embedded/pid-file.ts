import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors.js';

/**
 * `postmaster.pid` in PostgreSQL's data directory, by line (src/include/utils/pidfile.h): 1 pid, 2 data directory, 3 start
 * time, 4 port, 5 socket folder, 6 address, 7 shared memory key and id, 8 status.
 */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/** Above every system's highest pid (Linux 2^22, macOS 99999), so it names no process, now or later. */
const NO_PID = 2_147_483_646;

/** Undefined when there is none, or it is not the kind of file PostgreSQL writes. */
export async function readPidFile(pgdata: string): Promise<PidFile | undefined> {
  const lines = (await readText(pgdata)).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port)) return undefined;
  return { pid, port, status: lines[7]?.trim() ?? '' };
}

/** True once the server with this pid accepts connections. */
export async function isPostmasterReady(pgdata: string, pid: number): Promise<boolean> {
  const file = await readPidFile(pgdata);
  return file?.pid === pid && file.status === 'ready';
}

/**
 * Makes the file of a dead server harmless, whose pid PostgreSQL would take for a living server's when another program or
 * a zombie has it. The file stays, with a pid that nobody has: PostgreSQL must still see the shared memory key in it, by
 * which it finds backends that outlived the dead server. A file that a power cut left empty names nothing, and is removed.
 */
export async function disarmPidFile(pgdata: string): Promise<void> {
  const path = join(pgdata, 'postmaster.pid');
  const text = await readText(pgdata);
  if (text === '') return rm(path, { force: true });
  const owner = await stat(path);
  const draft = `${path}.draft`;
  await rm(draft, { force: true });
  await writeFile(draft, [String(NO_PID), ...text.split('\n').slice(1)].join('\n'), {
    flag: 'wx',
    mode: 0o600,
  });
  await chown(draft, owner.uid, owner.gid);
  await rename(draft, path);
}

async function readText(pgdata: string): Promise<string> {
  try {
    return await readFile(join(pgdata, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

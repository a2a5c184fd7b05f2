import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, reasonOf, useOwnServer } from './errors.js';

/** Whom the server's processes run as. Undefined stands for whoever runs this process. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Runs a system command and answers its standard output; rejects when it cannot be started or fails. */
export type RunCommand = (command: string, args: readonly string[]) => Promise<string>;

const execFileAsync = promisify(execFile);

/** The administrator's tools may lie outside a service's PATH. */
export const runCommand: RunCommand = async (command, args) => {
  const env = {
    ...process.env,
    PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`,
    LC_ALL: 'C',
  };
  return (await execFileAsync(command, args, { env })).stdout;
};

/**
 * The account to run PostgreSQL under, which refuses to run as root; the user and its group are made when they are missing.
 * Only root may call this. Fails `no_user` when the system cannot make one.
 */
export async function unprivilegedAccount(name: string, run: RunCommand = runCommand): Promise<Account> {
  const found = await lookUp(name, run);
  if (found !== undefined) return found;
  try {
    await run('groupadd', ['--system', '--force', name]);
    await run('useradd', [
      '--system',
      '--gid',
      name,
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      name,
    ]);
  } catch (error) {
    // Another process may have made the user in the meantime, which is as good.
    const made = await lookUp(name, run);
    if (made !== undefined) return made;
    throw noUser(`the user "${name}" is missing and could not be made (${reasonOf(error)})`, error);
  }
  const made = await lookUp(name, run);
  if (made === undefined) throw noUser(`the user "${name}" was made and yet is not found`);
  return made;
}

async function lookUp(name: string, run: RunCommand): Promise<Account | undefined> {
  const answers = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]).catch(
    () => undefined,
  );
  if (answers === undefined) return undefined;
  const [uid, gid] = answers.map(Number);
  if (uid === undefined || gid === undefined || !Number.isInteger(uid) || !Number.isInteger(gid))
    return undefined;
  if (uid === 0) throw noUser(`the user "${name}" is root under another name`);
  return { uid, gid };
}

function noUser(what: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'no_user',
    `PostgreSQL refuses to run as root, and ${what}: start Cordon as an ordinary user, or ${useOwnServer}.`,
    cause,
  );
}

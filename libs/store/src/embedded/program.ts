import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Account } from './system-user.js';

const execFileAsync = promisify(execFile);

/** What PostgreSQL's own programs inherit: no PG* variable of the host may redirect them, and messages come in English. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG|TZ$)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Runs a program to its end as the given account and answers its standard output. `cwd` must be a folder that exists: the
 * folder we were started from may be closed to the account. Rejects as execFile does, with `code` and `stderr`.
 */
export async function runAs(
  account: Account | undefined,
  cwd: string,
  file: string,
  args: string[],
): Promise<string> {
  const { stdout } = await execFileAsync(file, args, { ...account, cwd, env: programEnvironment() });
  return stdout;
}

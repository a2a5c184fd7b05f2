import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process as distinct from a later one with the same number: the system reuses pids, but not a pid together with the
 * moment it started. All answers here are synchronous, so that an exit hook can use them too.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process of the same boot. */
  readonly born: string;
}

/** The identity of a running process; undefined when there is none with this pid, or only a zombie. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const born = process.platform === 'linux' ? bornOnLinux(pid) : psField(pid, 'lstart=');
  return born === undefined ? undefined : { pid, born };
}

/** True when this very process, and not another that was given its pid since, still runs. */
export function isRunning(who: ProcessIdentity): boolean {
  const now = identityOf(who.pid);
  if (now !== undefined) return now.born === who.born;
  return isHidden(who.pid);
}

/** The command line a process was started with, its arguments parted by spaces; undefined when it cannot be read. */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return psField(pid, 'command=');
  const text = readOrUndefined(`/proc/${pid}/cmdline`);
  return text === undefined || text === '' ? undefined : text.replaceAll('\0', ' ').trim();
}

/** proc(5), /proc/pid/stat: the state is field 3 and the start, in ticks since boot, field 22; field 2 may hold spaces. */
function bornOnLinux(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return `${boot}:${fields[19]}`;
}

/** A process of another user under `hidepid` shows nothing, yet answers a signal with EPERM: then it must count as alive. */
function isHidden(pid: number): boolean {
  if (process.platform === 'linux' && readOrUndefined(`/proc/${pid}/stat`) !== undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function psField(pid: number, field: string): string | undefined {
  try {
    const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } } as const;
    const text = execFileSync('ps', ['-ww', '-o', field, '-p', String(pid)], {
      ...options,
      stdio: 'pipe',
    }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

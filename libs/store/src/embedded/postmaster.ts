import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { codeOf, EmbeddedPostgresError, reasonOf, useOwnServer } from './errors.js';
import { eventually } from './eventually.js';
import { isPostmasterReady } from './pid-file.js';
import { type ProcessIdentity, identityOf, isRunning } from './process-identity.js';
import { programEnvironment } from './program.js';
import type { Account } from './system-user.js';

/** A running server. */
export interface Postmaster {
  readonly identity: ProcessIdentity;
  readonly port: number;
}

/** Durability as on a server of one's own; memory and connections for one machine that does other work too. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  max_connections: '60',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  // Statements and key values are the incidents' own text, and have no place in a server's log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** Recovery after a power cut replays at most `max_wal_size` (1 GB) and then some. */
const READY_TIMEOUT_MS = 300_000;
const FAST_STOP_TIMEOUT_MS = 60_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 20;
const RETRY_PAUSE_MS = 250;

/** What passes by itself: a port that was taken since it was picked, and backends of a killed server that still end. */
const passing = /could not bind|could not create any TCP\/IP sockets|pre-existing shared memory block/;

/**
 * Starts the server on a port from `pickPort`, another one when that is taken by then, and answers when it accepts
 * connections. It runs in a session of its own, so that a Ctrl+C at the terminal does not reach it before us, and writes to
 * its log file only: it holds none of our streams open and does not keep this process alive. Fails `start_failed`.
 */
export async function startPostmaster(
  account: Account | undefined,
  binaries: Binaries,
  cluster: Cluster,
  pickPort: () => Promise<number>,
): Promise<Postmaster> {
  await rename(cluster.logFile, `${cluster.logFile}.1`).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  for (let attempt = 1; ; attempt += 1) {
    const started = await launch(account, binaries, cluster, await pickPort());
    if (started !== undefined) return started;
    const log = await readFile(cluster.logFile, 'utf8');
    if (attempt === MAX_ATTEMPTS || !passing.test(log)) throw startFailed(cluster, lastComplaint(log));
    await pause(RETRY_PAUSE_MS);
  }
}

/** Undefined when the server ended instead of becoming ready; its log says why. */
async function launch(
  account: Account | undefined,
  binaries: Binaries,
  cluster: Cluster,
  port: number,
): Promise<Postmaster | undefined> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await rm(cluster.logFile, { force: true });
  // Exclusive, for the folder belongs to the account: we, who may be root, follow no link that it has put there.
  const log = await open(cluster.logFile, 'ax', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(binaries.postgres, ['-D', cluster.pgdata, '-p', String(port), ...flags], {
      ...account,
      cwd: cluster.folder,
      env: programEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
  } catch (error) {
    throw startFailed(cluster, reasonOf(error), error);
  } finally {
    await log.close();
  }
  child.unref();
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  if (identity === undefined) return undefined;
  const hasEnded = (): boolean => !isRunning(identity);
  const settled = await eventually(
    async () => hasEnded() || (await isPostmasterReady(cluster.pgdata, identity.pid)),
    READY_TIMEOUT_MS,
  );
  if (settled) return hasEnded() ? undefined : { identity, port };
  signalPostmaster({ identity, port }, 'SIGQUIT');
  throw startFailed(cluster, `it was not ready after ${READY_TIMEOUT_MS / 1000} seconds`);
}

/** PostgreSQL's fast shutdown: clients are cut off, what was committed is on disk. Fails `stop_failed`. */
export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  const hasEnded = (): boolean => !isRunning(postmaster.identity);
  signalPostmaster(postmaster, 'SIGINT');
  if (await eventually(hasEnded, FAST_STOP_TIMEOUT_MS)) return;
  // Immediate shutdown is as safe for the data as a crash: the next start recovers them.
  signalPostmaster(postmaster, 'SIGQUIT');
  if (await eventually(hasEnded, IMMEDIATE_STOP_TIMEOUT_MS)) return;
  throw new EmbeddedPostgresError(
    'stop_failed',
    `The embedded PostgreSQL (process ${postmaster.identity.pid}) did not end when asked to; the next start takes it over.`,
  );
}

/** Synchronous, for exit hooks; a server that has ended is left in peace, whoever has its pid now. */
export function signalPostmaster(postmaster: Postmaster, signal: 'SIGINT' | 'SIGQUIT'): void {
  if (!isRunning(postmaster.identity)) return;
  try {
    process.kill(postmaster.identity.pid, signal);
  } catch {
    // It ended between the two lines.
  }
}

function startFailed(cluster: Cluster, reason: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'start_failed',
    `The embedded PostgreSQL did not start (${reason}): see ${cluster.logFile}, or ${useOwnServer}.`,
    cause,
  );
}

function lastComplaint(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const complaint = lines.findLast((line) => /\b(FATAL|PANIC):/.test(line)) ?? lines.at(-1);
  return complaint?.replace(/^.*?\b(?:FATAL|PANIC): +/, '') ?? 'it ended without a word';
}

import type { Cluster } from './cluster.js';
import { EmbeddedPostgresError, useOwnServer } from './errors.js';
import { eventually } from './eventually.js';
import { disarmPidFile, readPidFile } from './pid-file.js';
import type { Postmaster } from './postmaster.js';
import { commandLineOf, identityOf, isRunning } from './process-identity.js';
import { answersUs } from './sql.js';

/** A server that was left in recovery or in shutdown needs its time. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * The server that a crashed owner of this cluster left running, once it answers to our password; undefined when there is
 * none, or it was on its way out and has ended by now. Then a `postmaster.pid` it left is harmless afterwards: PostgreSQL
 * would refuse to start while another program has its pid, or while the dead server is a zombie that nobody reaps.
 * Only the owner of the home may call this. Fails `start_failed` when a server is there and does not answer.
 */
export async function adoptPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const left = await findPostmaster(cluster);
  if (left !== undefined) {
    const { identity, port } = left;
    const hasSettled = async (): Promise<boolean> => !isRunning(identity) || (await answersUs(cluster, port));
    if (!(await eventually(hasSettled, ANSWER_TIMEOUT_MS))) throw noAnswer(cluster, left);
    if (isRunning(identity)) return left;
  }
  await disarmPidFile(cluster.pgdata);
  return undefined;
}

/** A postmaster keeps the command line it was started with, `postgres -D <data directory> ...`; its children do not. */
async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const file = await readPidFile(cluster.pgdata);
  const identity = file === undefined ? undefined : identityOf(file.pid);
  if (file === undefined || identity === undefined) return undefined;
  const isOurs = commandLineOf(identity.pid)?.includes(` -D ${cluster.pgdata} `) ?? false;
  return isOurs ? { identity, port: file.port } : undefined;
}

function noAnswer(cluster: Cluster, { identity: { pid }, port }: Postmaster): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'start_failed',
    `A PostgreSQL server (process ${pid}) left by an earlier run holds ${cluster.pgdata} and does not answer on port` +
      ` ${port}: end it with \`kill ${pid}\`, or ${useOwnServer}.`,
  );
}

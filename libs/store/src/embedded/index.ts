/**
 * The database for those who have none: a real PostgreSQL server, from the binaries an optional npm package brings, as a
 * child of this process. It is meant for evaluation, tests and small teams; others name their server in DATABASE_URL.
 *
 * - One owner a data folder; a second process is refused while the first one lives (owner-lock.ts).
 * - A server that a killed owner left behind is taken over by the next one (adopt.ts).
 * - Under root it runs as an unprivileged user, if need be with data and binaries where that user can reach (home.ts).
 * - It writes to a log of its own, never to our streams, and ends when this process ends (postmaster.ts).
 */
import { type EmbeddedOptions, type EmbeddedPostgres, startOn, thisHost } from './start.js';

export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './errors.js';
export type { EmbeddedOptions, EmbeddedPostgres };

/**
 * Starts the server of a data folder and makes what is missing of it: the folder, the cluster, the database. Takes about
 * two seconds the first time and a few tenths later. Installs no signal handlers: whoever owns SIGINT and SIGTERM calls
 * `stop`; a process that ends without that takes the server with it, one that is killed leaves it to the next start.
 * Every failure is an `EmbeddedPostgresError` whose message says what to do.
 */
export function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  return startOn(thisHost, options);
}

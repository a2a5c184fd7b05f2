import { createHash } from 'node:crypto';
import { access, chmod, chown, constants, mkdir, mkdtemp, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, EmbeddedPostgresError, reasonOf, useOwnServer } from './errors.js';
import { runAs } from './program.js';
import { type Account, unprivilegedAccount } from './system-user.js';

/**
 * Where a cluster lies and who runs it. A home holds `owner.<n>.lock`, `cluster/` (see cluster.ts) and, where they had to
 * be copied, `binaries/`. Its folder is absolute and free of symbolic links, so it names the same cluster to every process.
 */
export interface Home {
  readonly folder: string;
  readonly account: Account | undefined;
}

/** What of the host a home depends on. */
export interface HomePolicy {
  /** Takes the data of the folders that the unprivileged user cannot reach. */
  readonly fallbackRoot: string;
  /** The system user to run as when we are root. */
  readonly userName: string;
}

export const hostPolicy: HomePolicy = { fallbackRoot: '/var/lib/cordon', userName: 'postgres' };

/**
 * Finds the home of the requested data folder, and makes it when it is new. As an ordinary user that is the folder itself.
 * As root the server runs as the owner of the cluster that is there, or else as `userName`; when that user cannot reach the
 * folder, the home is under `fallbackRoot`, under a name derived from the requested path, and `onNotice` is told.
 * A home that exists stays the home, so that data are never left behind. Fails `data_unreachable` or `no_user`.
 */
export async function chooseHome(
  dataDir: string,
  policy: HomePolicy,
  onNotice: (sentence: string) => void,
): Promise<Home> {
  const requested = await canonical(resolve(dataDir));
  const digest = createHash('sha256').update(requested).digest('hex').slice(0, 12);
  const fallback = join(policy.fallbackRoot, `${basename(requested)}-${digest}`);
  const uid = process.getuid?.();
  const home =
    uid === 0 ? await homeOfRoot(requested, fallback, policy) : await ownHome(requested, fallback, uid);
  if (home.folder === fallback) {
    onNotice(`PostgreSQL, which does not run as root, cannot use ${requested}: the data are in ${fallback}.`);
  }
  return home;
}

async function homeOfRoot(requested: string, fallback: string, policy: HomePolicy): Promise<Home> {
  for (const folder of [requested, fallback]) {
    const owner = await clusterOwner(folder);
    if (owner !== undefined && owner.uid !== 0) return { folder, account: owner };
  }
  const account = await unprivilegedAccount(policy.userName);
  if ((await obstacleFor(requested, account)) === undefined) return { folder: requested, account };
  await rmdir(requested).catch(() => undefined); // only when empty: it is the one just made in vain
  const obstacle = await obstacleFor(fallback, account);
  if (obstacle === undefined) return { folder: fallback, account };
  throw unreachable(
    `The user "${policy.userName}", whom PostgreSQL runs as, can keep data neither in ${requested} nor in ${fallback}` +
      ` (${reasonOf(obstacle)})`,
    obstacle,
  );
}

async function ownHome(requested: string, fallback: string, uid: number | undefined): Promise<Home> {
  const owner = await clusterOwner(requested);
  if (owner !== undefined && owner.uid !== uid) {
    throw unreachable(
      `The data in ${requested} belong to user id ${owner.uid}: start Cordon as that user or as root`,
    );
  }
  if (owner === undefined && (await clusterOwner(fallback)) !== undefined) {
    throw unreachable(
      `The data of ${requested} are in ${fallback}, made when Cordon ran as root: start it as root again`,
    );
  }
  try {
    await makeFolder(requested);
    await access(requested, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unreachable(`The data folder ${requested} cannot be made or written (${reasonOf(error)})`, error);
  }
  return { folder: requested, account: undefined };
}

/** Undefined where there is no cluster, or none that we may see. */
async function clusterOwner(folder: string): Promise<Account | undefined> {
  const found = await stat(join(folder, 'cluster')).catch(() => undefined);
  return found === undefined ? undefined : { uid: found.uid, gid: found.gid };
}

/**
 * What keeps the account from keeping data in the folder; undefined when nothing does. It is tried and not computed from
 * mode bits: access lists, squashed roots and file systems that ignore a change of owner all have their say.
 */
async function obstacleFor(folder: string, account: Account): Promise<unknown> {
  let probe: string | undefined;
  try {
    await makeFolder(folder);
    probe = await mkdtemp(join(folder, 'probe-'));
    await chown(probe, account.uid, account.gid);
    if ((await stat(probe)).uid !== account.uid)
      return new Error('the file system ignores a change of owner');
    await runAs(account, '/', '/bin/sh', ['-c', ': > "$1/reached"', 'sh', probe]);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    if (probe !== undefined) await rm(probe, { recursive: true, force: true });
  }
}

/** Makes the missing folders enterable by all whatever our umask; what is inside guards itself by its own modes. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    return makeFolder(folder);
  }
  await chmod(folder, 0o755);
}

/** The path without symbolic links, also where its last parts do not exist yet. */
async function canonical(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) return path;
    return join(await canonical(dirname(path)), basename(path));
  }
}

function unreachable(what: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError('data_unreachable', `${what}; or ${useOwnServer}.`, cause);
}

import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError, reasonOf, useOwnServer } from './errors.js';
import type { Home } from './home.js';
import { runAs } from './program.js';

/** A cluster ready to be started: all of it lies in `<home>/cluster`, which appears in one step when it is complete. */
export interface Cluster {
  readonly folder: string;
  /** PostgreSQL's own data directory. */
  readonly pgdata: string;
  /** What the server writes; the previous run's is kept beside it with `.1` at the end. */
  readonly logFile: string;
  readonly password: string;
}

/** The owner of all databases in the cluster. */
export const superuser = 'cordon';

/**
 * The home's cluster, made when it is missing: UTF-8, collation by code point (the same on every machine), checksums, a
 * password of 256 random bits that only the account and root can read. A cluster that was being made when its maker
 * crashed is thrown away. Only the home's owner may call this. Fails `start_failed` or `version_mismatch`.
 */
export async function ensureCluster(home: Home, binaries: Binaries): Promise<Cluster> {
  const folder = join(home.folder, 'cluster');
  await removeDrafts(home.folder);
  if ((await stat(folder).catch(() => undefined)) === undefined) await createCluster(home, binaries, folder);
  const pgdata = join(folder, 'pgdata');
  await checkVersion(pgdata, binaries.major);
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  return { folder, pgdata, logFile: join(folder, 'postgres.log'), password };
}

async function createCluster(home: Home, binaries: Binaries, folder: string): Promise<void> {
  const draft = join(home.folder, `cluster-draft-${randomBytes(6).toString('hex')}`);
  const passwordFile = join(draft, 'password');
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeDurably(passwordFile, `${randomBytes(32).toString('base64url')}\n`);
    if (home.account !== undefined) {
      await chown(passwordFile, home.account.uid, home.account.gid);
      await chown(draft, home.account.uid, home.account.gid);
    }
    await runAs(home.account, home.folder, binaries.initdb, [
      ...[`--pgdata=${join(draft, 'pgdata')}`, `--username=${superuser}`, `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--data-checksums'],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ]);
    await syncFolder(draft);
    await rename(draft, folder);
    await syncFolder(home.folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    const said = (error as { stderr?: unknown } | undefined)?.stderr;
    const reason = reasonOf(typeof said === 'string' && said.trim() !== '' ? said : error);
    throw new EmbeddedPostgresError(
      'start_failed',
      `The embedded database could not be made in ${home.folder} (${reason}): mend that, or ${useOwnServer}.`,
      error,
    );
  }
}

/** An initdb that outlived its parent may still write into its draft; what it leaves is removed at the next start. */
async function removeDrafts(homeFolder: string): Promise<void> {
  const drafts = (await readdir(homeFolder)).filter((name) => /^(cluster|binaries)-draft-/.test(name));
  for (const draft of drafts) {
    await rm(join(homeFolder, draft), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

async function checkVersion(pgdata: string, major: number): Promise<void> {
  const found = Number((await readFile(join(pgdata, 'PG_VERSION'), 'utf8')).trim());
  if (found === major) return;
  throw new EmbeddedPostgresError(
    'version_mismatch',
    `The data in ${pgdata} were made by PostgreSQL ${found} and this installation brings PostgreSQL ${major}: ` +
      `dump them with the version of Cordon that made them and load them here, or ${useOwnServer}.`,
  );
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { adoptPostmaster } from './adopt.js';
import { type Binaries, installedPackage, prepareBinaries } from './binaries.js';
import { type Cluster, ensureCluster } from './cluster.js';
import { EmbeddedPostgresError, reasonOf, useOwnServer } from './errors.js';
import { chooseHome, type Home, type HomePolicy, hostPolicy } from './home.js';
import { claimFolder, type OwnerLock } from './owner-lock.js';
import { type Postmaster, signalPostmaster, startPostmaster, stopPostmaster } from './postmaster.js';
import { connectionString, ensureDatabase } from './sql.js';

/** A PostgreSQL server of this process's own. */
export interface EmbeddedPostgres {
  /** Connection string of the owner of all databases, on the loopback address, with its random password: not for logs. */
  readonly url: string;
  /** Where the cluster really lies; differs from the requested folder when PostgreSQL cannot reach that. */
  readonly dataDir: string;
  /** True when a server that a crashed process left running was taken over. */
  readonly adopted: boolean;
  /** Fast shutdown; connections still open are cut off. May be called again, with the same outcome. Fails `stop_failed`. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Made when it is missing; a relative path starts from the working directory. */
  dataDir: string;
  /** Told, in sentences for the operator, what is worth knowing and no error. */
  onNotice?: (sentence: string) => void;
}

/** What the machine offers; tests offer other things. */
export interface Host {
  readonly policy: HomePolicy;
  /** The folder of the platform's binary package; fails `binary_missing`. */
  readonly findPackage: () => string;
  /** A port of 127.0.0.1 that was free a moment ago. */
  readonly pickPort: () => Promise<number>;
}

export const thisHost: Host = {
  policy: hostPolicy,
  findPackage: () => installedPackage(),
  pickPort: pickFreePort,
};

/** `startEmbeddedPostgres` on a given host; see index.ts. */
export async function startOn(host: Host, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const notify = options.onNotice ?? (() => undefined);
  try {
    if (process.platform === 'win32') throw notOnWindows();
    const packageFolder = host.findPackage();
    const home = await chooseHome(options.dataDir, host.policy, notify);
    const lock = await claimFolder(home.folder);
    try {
      return await openHome(host, home, packageFolder, lock, notify);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      'start_failed',
      `The embedded database in ${options.dataDir} did not start (${reasonOf(error)}): mend that, or ${useOwnServer}.`,
      error,
    );
  }
}

async function openHome(
  host: Host,
  home: Home,
  packageFolder: string,
  lock: OwnerLock,
  notify: (sentence: string) => void,
): Promise<EmbeddedPostgres> {
  const binaries = await prepareBinaries(packageFolder, home);
  const cluster = await ensureCluster(home, binaries);
  const { postmaster, adopted } = await adoptOrStart(host, home, binaries, cluster);
  // The last resort when nobody called stop(): the server shuts down by itself after we are gone.
  const onExit = (): void => signalPostmaster(postmaster, 'SIGINT');
  process.on('exit', onExit);
  const close = async (): Promise<void> => {
    try {
      await stopPostmaster(postmaster);
    } finally {
      process.off('exit', onExit);
      await lock.release();
    }
  };
  try {
    await ensureDatabase(cluster, postmaster.port);
  } catch (error) {
    await close();
    throw error;
  }
  if (adopted) {
    const { pid } = postmaster.identity;
    notify(`Took over the PostgreSQL server (process ${pid}) that an earlier run left in ${home.folder}.`);
  }
  let stopping: Promise<void> | undefined;
  return {
    url: connectionString(cluster, postmaster.port),
    dataDir: home.folder,
    adopted,
    stop: () => (stopping ??= close()),
  };
}

/** An owner killed just after it launched its server leaves one that shows up only when ours finds its lock file. */
async function adoptOrStart(
  host: Host,
  home: Home,
  binaries: Binaries,
  cluster: Cluster,
): Promise<{ postmaster: Postmaster; adopted: boolean }> {
  const left = await adoptPostmaster(cluster);
  if (left !== undefined) return { postmaster: left, adopted: true };
  try {
    return {
      postmaster: await startPostmaster(home.account, binaries, cluster, host.pickPort),
      adopted: false,
    };
  } catch (error) {
    const late = await adoptPostmaster(cluster);
    if (late === undefined) throw error;
    return { postmaster: late, adopted: true };
  }
}

async function pickFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Shutdown, ownership of files and process identity are POSIX matters throughout this folder. */
function notOnWindows(): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binary_missing',
    `The embedded PostgreSQL is not offered on Windows: start Cordon under WSL, or ${useOwnServer}.`,
  );
}

/** Where a Cordon under test keeps its data, and how the test reaches them. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate, openStore, startEmbeddedPostgres } from '@cordon/store';
import { publishPlaybook } from '@cordon/runtime';
import { emptyDatabase } from './database.js';

export interface Deployment {
  /** What its processes are told about the database. */
  readonly settings: Readonly<Record<string, string>>;
  /** Address of the database while it runs, whoever started it; rejects when it does not. */
  url(): Promise<string>;
  /** Runs the work with the database up. Only while no process of the deployment runs. */
  whileDown<T>(work: (url: string) => Promise<T>): Promise<T>;
  /** `kill -9` of the database server; false where the server is not ours to kill, or is down. */
  killDatabase(): Promise<boolean>;
  remove(): Promise<void>;
}

/** A folder of its own, for the PostgreSQL that Cordon brings. */
export async function embeddedDeployment(): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-deployment-'));
  // Started as root, PostgreSQL runs as another user, who has to get in.
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'data');
  let home = dataDir;
  let lastUrl = '';
  const whileDown = async <T>(work: (url: string) => Promise<T>): Promise<T> => {
    const postgres = await startEmbeddedPostgres({ dataDir });
    ({ dataDir: home, url: lastUrl } = postgres);
    try {
      return await work(postgres.url);
    } finally {
      await postgres.stop();
    }
  };
  const pgdata = (): string => join(home, 'cluster', 'pgdata');
  return {
    settings: { CORDON_DATA_DIR: dataDir },
    whileDown,
    async url() {
      const address = new URL(lastUrl);
      address.port = (await pidFile(pgdata()))[3] ?? '';
      return address.href;
    },
    killDatabase: async () => killPostmaster(pgdata()),
    async remove() {
      // Takes over what a killed process left running, and stops it.
      await whileDown(() => Promise.resolve());
      await rm(home, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A database on the test server. */
export async function serverDeployment(): Promise<Deployment> {
  const { url, drop } = await emptyDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'cordon-deployment-'));
  return {
    settings: { DATABASE_URL: url, CORDON_DATA_DIR: dataDir },
    url: () => Promise.resolve(url),
    whileDown: (work) => work(url),
    killDatabase: () => Promise.resolve(false),
    async remove() {
      await drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Publishes a playbook that is not shipped; makes the schema where it is missing. */
export async function publish(deployment: Deployment, source: string): Promise<void> {
  await deployment.whileDown(async (url) => {
    await migrate({ url });
    const store = await openStore({ url });
    try {
      const { outcome, findings } = await publishPlaybook(store.playbooks, source, Date.now());
      if (outcome !== 'published') throw new Error(`${outcome}: ${JSON.stringify(findings)}`);
    } finally {
      await store.close();
    }
  });
}

/** Lines of `postmaster.pid`: 1 pid, 4 port. */
async function pidFile(pgdata: string): Promise<readonly string[]> {
  return (await readFile(join(pgdata, 'postmaster.pid'), 'utf8')).split('\n');
}

async function killPostmaster(pgdata: string): Promise<boolean> {
  const pid = Number((await pidFile(pgdata).catch(() => []))[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  // The file outlives a server that was killed before, and its number may be another program's by now.
  const ps = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(
    () => undefined,
  );
  if (!ps?.stdout.includes(`-D ${pgdata}`)) return false;
  process.kill(pid, 'SIGKILL');
  return true;
}

/** A database of its own for the benchmark, on the named server or on an embedded one, dropped at the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openStore, startEmbeddedPostgres, withOwner, type Store } from '@cordon/store';

export interface Scratch {
  readonly url: string;
  readonly store: Store;
  /** For files that go with the database. */
  readonly folder: string;
  readonly server: string;
  drop(): Promise<void>;
}

export async function openScratch(serverUrl: string | undefined): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-bench-'));
  const embedded = serverUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined;
  const admin = serverUrl ?? embedded?.url ?? '';
  const name = `cordon_bench_${process.pid}`;
  await withOwner(admin, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
  });
  const target = new URL(admin);
  target.pathname = `/${name}`;
  await migrate({ url: target.href });
  const store = await openStore({
    url: target.href,
    vaultKeyFile: join(folder, 'vault.key'),
    applicationName: 'cordon-bench',
    poolSize: 4,
  });
  const version = await withOwner(admin, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'of unknown version';
  });
  return {
    url: target.href,
    store,
    folder,
    server: `PostgreSQL ${version}${embedded ? ', embedded' : ''}`,
    async drop() {
      await store.close();
      await withOwner(
        admin,
        async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
      );
      await embedded?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

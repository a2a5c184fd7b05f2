import { join, resolve } from 'node:path';
import { grantQueue, migrate, openStore, startEmbeddedPostgres, type Store } from '@cordon/store';
import { runMigrations } from 'graphile-worker';
import type { Config } from '../config.js';
import type { Closers } from './closers.js';

export interface Database {
  readonly url: string;
  readonly store: Store;
}

/**
 * A database that is ready to be worked with: the one that is named, or an embedded one that ends with us; migrated,
 * with the queue's tables where this process delivers. `tell` hears what takes time.
 */
export async function openDatabase(
  config: Config,
  tell: (line: string) => void,
  closers: Closers,
): Promise<Database> {
  const url = config.databaseUrl ?? (await startEmbedded(config, tell, closers));
  const { applied, warnings } = await migrate({ url });
  if (applied.length > 0) tell(`Prepared the database: ${applied.length} migrations.`);
  for (const warning of warnings) tell(warning);
  if (config.role !== 'api') {
    await runMigrations({ connectionString: url });
    await grantQueue({ url });
  }
  const store = await openStore({ url, vaultKeyFile: vaultKeyFile(config) });
  closers.add(() => store.close());
  return { url, store };
}

function vaultKeyFile({ vaultKeyFile: named, dataDir }: Config): string {
  return named === undefined ? join(resolve(dataDir), 'keys', 'vault.key') : resolve(named);
}

async function startEmbedded(
  config: Config,
  tell: (line: string) => void,
  closers: Closers,
): Promise<string> {
  const dataDir = resolve(config.dataDir);
  tell(`Starting the embedded PostgreSQL in ${dataDir} …`);
  const postgres = await startEmbeddedPostgres({ dataDir, onNotice: tell });
  closers.add(() => postgres.stop());
  return postgres.url;
}

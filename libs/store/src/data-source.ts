import 'reflect-metadata';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { clientConfig, type ConnectionOptions } from './connection.js';
import { entities } from './entities/index.js';
import { migrations } from './migrations/index.js';

/**
 * TypeORM's side of the database: mapping, simple reads, migrations. It never changes the schema by itself
 * (`synchronize` is off): only migrations do. Not yet connected.
 */
export function makeDataSource(options: ConnectionOptions & { readonly poolSize: number }): DataSource {
  const config = clientConfig(options);
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url: config.connectionString as string,
    applicationName: options.applicationName,
    poolSize: options.poolSize,
    connectTimeoutMS: config.connectionTimeoutMillis as number,
    extra: { options: config.options, keepAlive: true },
    // An idle connection that the server closes is taken out of the pool by the driver; nothing else is lost.
    poolErrorHandler: () => undefined,
    entities: [...entities],
    migrations,
    migrationsTableName: 'schema_migration',
    synchronize: false,
    // gen_random_uuid() and the like are never asked for.
    installExtensions: false,
  });
}

export { openStore, type Store, type StoreOptions } from './open-store.js';
export { migrate, type MigrationReport } from './migrate.js';
export { grantQueue } from './grant-queue.js';
export { withOwner } from './owner-session.js';
export { APP_ROLE } from './connection.js';
export { schemaDigest } from './schema-digest.js';
export {
  EmbeddedPostgresError,
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  type EmbeddedPostgresErrorCode,
} from './embedded/index.js';

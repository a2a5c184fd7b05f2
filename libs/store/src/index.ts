export { openStore, type Store, type StoreOptions } from './open-store.js';
export { migrate, type MigrationReport } from './migrate.js';
export { grantQueue } from './grant-queue.js';
export { DiskEvidenceStore, type DiskEvidenceOptions } from './evidence/disk-store.js';
export { evidenceReferences } from './evidence/references.js';
export { withOwner } from './owner-session.js';
export { APP_ROLE } from './connection.js';
export { VaultKeyError } from './vault/vault-key-error.js';
export { schemaDigest } from './schema-digest.js';
export {
  EmbeddedPostgresError,
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  type EmbeddedPostgresErrorCode,
} from './embedded/index.js';

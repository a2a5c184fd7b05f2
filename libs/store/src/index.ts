export { openStore, type Store, type StoreOptions } from './open-store.js';
export { migrate, type MigrationReport } from './migrate.js';
export { grantQueue } from './grant-queue.js';
export { DiskEvidenceStore, LET_GO, type DiskEvidenceOptions } from './evidence/disk-store.js';
export { evidenceReferences } from './evidence/references.js';
export { withOwner } from './owner-session.js';
export { APP_ROLE } from './connection.js';
export { VaultKeyError } from './vault/vault-key-error.js';
export { FolderKeys } from './log-keys/folder-keys.js';
export { LogKeyFile } from './log-keys/key-file.js';
export { SignerMemoryFile } from './log-keys/signer-memory.js';
export { BackupError, type BackupErrorCode } from './backup/backup-error.js';
export { NOT_BACKED_UP } from './backup/catalogue.js';
export { evidenceAt } from './backup/evidence-places.js';
export type { BackupEvidence, BackupManifest, BackupTable } from './backup/manifest.js';
export { openBackup, type OpenBackup } from './backup/open-backup.js';
export { restoreBackup, type RestoreBackupOptions, type Restored } from './backup/restore-backup.js';
export { writeBackup, type WriteBackupOptions } from './backup/write-backup.js';
export { PostgresPruningStore } from './pruning/pruning-store.js';
export { schemaDigest } from './schema-digest.js';
export {
  EmbeddedPostgresError,
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  type EmbeddedPostgresErrorCode,
} from './embedded/index.js';

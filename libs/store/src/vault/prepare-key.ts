/** At every start: the key that the database names must be in the file, or the start is refused. */
import { unlockedBy } from './bring-forward.js';
import { firstKey, type DeploymentKey } from './key-document.js';
import type { KeyFile } from './key-file.js';
import { lockKey, settle, unknownKey, type Sql } from './rotation.js';
import { anyVaultSubject, setVaultKey } from './subject-keys.sql.js';
import { VaultKeyError } from './vault-key-error.js';

/**
 * Inside a transaction. Makes the first key of a deployment; finishes or undoes a change that was cut short; brings a
 * database forward that is older than the key file. Throws a VaultKeyError, never a new key, where the one that locks
 * what is there is missing.
 */
export async function prepareKey(sql: Sql, file: KeyFile): Promise<DeploymentKey> {
  const id = await lockKey(sql);
  const settled = id === '' ? undefined : await settle(file, id);
  if (settled) return settled;
  const present = await file.present();
  if (!present && (await file.exists())) throw notAKey(file);
  const inUse = (await sql.query(anyVaultSubject)).length > 0;
  if (inUse) {
    if (present?.retired.includes(id)) return unlockedBy(sql, present);
    throw unknownKey(file, id);
  }
  const key = present ?? (await makeFirst(file));
  await sql.query(setVaultKey, [key.id]);
  return key;
}

async function makeFirst(file: KeyFile): Promise<DeploymentKey> {
  await file.dropOthers();
  const key = firstKey();
  await file.add(key);
  await file.promote(key.id);
  return key;
}

function notAKey({ path }: KeyFile): VaultKeyError {
  return new VaultKeyError(
    `${path} is there, but does not hold a vault key: it was cut off, overwritten, or is something else. ` +
      `Put the key file of this deployment there; or, where it never had one, remove this file and start again.`,
  );
}

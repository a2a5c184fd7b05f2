import type { DeploymentKey } from './key-document.js';
import { adopt, type Sql } from './rotation.js';
import { eraseAllUnder } from './subject-keys.sql.js';

/**
 * A database from before the key changed: a backup that was restored, or a standby that had not heard of it. The file
 * came with the wrapped keys of everybody who was left then; who is not among them was erased, and stays so.
 */
export async function unlockedBy(sql: Sql, key: DeploymentKey): Promise<DeploymentKey> {
  await adopt(sql, key);
  await sql.query(eraseAllUnder, [key.retired]);
  return key;
}

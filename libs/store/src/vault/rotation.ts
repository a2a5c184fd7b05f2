/**
 * Changes of the deployment's key, each inside a transaction that holds the row of `vault_key`. A change lays the next
 * key beside the file first, on disk, and wraps every subject's key anew; what the database says at the commit counts.
 * `settle` brings the files in line with it, whether the change before was finished, cut short before its commit, or
 * after it.
 */
import { keyIdOf, newKey, unwrapKey, wrapKey } from './cipher.js';
import type { DeploymentKey } from './key-document.js';
import type { KeyFile } from './key-file.js';
import { lockVaultKey, readAllSubjectKeys, rewrapSubjectKeys, setVaultKey } from './subject-keys.sql.js';
import { VaultKeyError } from './vault-key-error.js';

/** A transaction's connection. */
export interface Sql {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface SubjectKeyRow {
  readonly subject: string;
  readonly key_id: string | null;
  readonly wrapped: Buffer | null;
}

/** Keys wrapped at a stretch: about 10 ms, then others have their turn. */
const AT_A_STRETCH = 500;

/** Waits until no other process changes the key; the id of the one that counts, empty before the first. */
export async function lockKey(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ id: string }>(lockVaultKey);
  return row?.id ?? '';
}

/** Finishes or undoes what an earlier change left. Afterwards the file holds the key that counts, and nothing lies beside it. */
export async function settle(file: KeyFile, id: string): Promise<DeploymentKey | undefined> {
  await file.promote(id);
  const key = await file.present();
  if (key?.id !== id) return undefined;
  await file.dropOthers();
  return key;
}

/** Wraps every key that is left under a new one. The caller commits, and then promotes the key whose id is returned. */
export async function rotate(sql: Sql, file: KeyFile, from: DeploymentKey): Promise<string> {
  const rows = await sql.query<SubjectKeyRow>(readAllSubjectKeys);
  const key = newKey();
  const subjects = new Map<string, Buffer>();
  for (const [i, { subject, key_id: keyId, wrapped }] of rows.entries()) {
    if (keyId !== from.id || wrapped === null) throw unknownKey(file, keyId ?? '');
    subjects.set(subject, wrapKey(key, subject, unwrapKey(from.key, subject, wrapped)));
    if (i % AT_A_STRETCH === AT_A_STRETCH - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  const next = { id: keyIdOf(key), key, retired: [...from.retired, from.id], subjects };
  await file.add(next);
  await adopt(sql, next);
  return next.id;
}

/** The database takes the key on, with the wrapped keys that came with it. */
export async function adopt(sql: Sql, { id, subjects }: DeploymentKey): Promise<void> {
  await sql.query(rewrapSubjectKeys, [id, [...subjects.keys()], [...subjects.values()]]);
  await sql.query(setVaultKey, [id]);
}

export function unknownKey({ path }: KeyFile, id: string): VaultKeyError {
  return new VaultKeyError(
    `The personal data in this database is locked with the key ${id}, which is not in ${path}. ` +
      `Put the key file of this deployment there (from the machine that it ran on, or from the copy that was kept apart ` +
      `from the database), or name its place in CORDON_VAULT_KEY_FILE. Without it nobody can read that data, and Cordon ` +
      `makes no new key in its stead.`,
  );
}

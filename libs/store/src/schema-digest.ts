import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { APP_ROLE } from './connection.js';
import { migrations } from './migrations/index.js';
import { privileges } from './sql/privileges.sql.js';

/** SHA-256, in hex, of every statement that `migrate` runs on an empty database: two equal digests, one schema. */
export async function schemaDigest(): Promise<string> {
  const hash = createHash('sha256');
  const recorder = { query: async (sql: string) => void hash.update(`${sql};`) };
  for (const Migration of migrations) await new Migration().up(recorder as unknown as QueryRunner);
  for (const statement of privileges(APP_ROLE)) hash.update(`${statement};`);
  return hash.digest('hex');
}

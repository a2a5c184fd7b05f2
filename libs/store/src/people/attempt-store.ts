import type { EpochMs } from '@cordon/kernel';
import type { Attempt, AttemptStore, Challenge, Pauses } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { bytes } from './people-rows.js';

/** Clears away a little of what has expired, so that attempts from everywhere do not pile up. */
const HIT = `
WITH old_attempts AS (DELETE FROM attempt WHERE key IN
  (SELECT key FROM attempt WHERE expires_at <= $2 AND key <> $1 LIMIT 20 FOR UPDATE SKIP LOCKED))
INSERT INTO attempt (key, count, until, expires_at) VALUES ($1, 1, $2, $3)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN attempt.expires_at <= $2 THEN 1 ELSE attempt.count + 1 END,
  expires_at = CASE WHEN attempt.expires_at <= $2 THEN $3 ELSE attempt.expires_at END
RETURNING count, expires_at`;

/** $4 free attempts (2 at least), $5 first pause and $6 longest, in ms. The exponent is capped, or it would overflow. */
const ATTEMPT = `
INSERT INTO attempt (key, count, until, expires_at) VALUES ($1, 1, $2, $3)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN attempt.expires_at <= $2 THEN 1 ELSE attempt.count + 1 END,
  until = $2::timestamptz + CASE WHEN attempt.expires_at <= $2 OR attempt.count + 1 < $4::int THEN interval '0'
    ELSE least($6::float8, $5::float8 * power(2, least(attempt.count + 1 - $4::int, 30))) * interval '1 millisecond' END,
  expires_at = $3
WHERE attempt.until <= $2 OR attempt.expires_at <= $2
RETURNING count`;

const UNTIL = 'SELECT until FROM attempt WHERE key = $1';

/** Clears away a little of what has expired; what somebody else is at is left to them. */
const ASK = `
WITH old_questions AS (DELETE FROM challenge WHERE hash IN
  (SELECT hash FROM challenge WHERE expires_at <= $5 LIMIT 100 FOR UPDATE SKIP LOCKED)),
old_attempts AS (DELETE FROM attempt WHERE key IN
  (SELECT key FROM attempt WHERE expires_at <= $5 LIMIT 100 FOR UPDATE SKIP LOCKED))
INSERT INTO challenge (hash, purpose, data, expires_at) VALUES ($1, $2, $3, $4)`;

const TAKE = `
WITH taken AS (DELETE FROM challenge WHERE hash = $1 AND purpose = $2 RETURNING data, expires_at)
SELECT data FROM taken WHERE expires_at > $3`;

export class PostgresAttemptStore implements AttemptStore {
  constructor(private readonly dataSource: DataSource) {}

  async hit(
    key: Uint8Array,
    at: EpochMs,
    windowMs: number,
  ): Promise<{ readonly count: number; readonly endsAt: EpochMs }> {
    const values = [bytes(key), instant(at), instant(at + windowMs)];
    const [row] = await this.rows<{ count: number; expires_at: Date }>(HIT, values);
    return { count: row?.count ?? 1, endsAt: row?.expires_at.getTime() ?? at + windowMs };
  }

  async attempt(key: Uint8Array, at: EpochMs, pauses: Pauses): Promise<Attempt> {
    const { free, firstMs, mostMs, forgetMs } = pauses;
    const values = [bytes(key), instant(at), instant(at + forgetMs), free, firstMs, mostMs];
    const [counted] = await this.rows<{ count: number }>(ATTEMPT, values);
    if (counted) return { allowed: true, count: counted.count };
    const [row] = await this.rows<{ until: Date }>(UNTIL, [bytes(key)]);
    return { allowed: false, until: row?.until.getTime() ?? at };
  }

  async forgive(key: Uint8Array): Promise<void> {
    await this.rows('DELETE FROM attempt WHERE key = $1', [bytes(key)]);
  }

  async ask({ hash, purpose, data, expiresAt }: Challenge, at: EpochMs): Promise<void> {
    await this.rows(ASK, [bytes(hash), purpose, data, instant(expiresAt), instant(at)]);
  }

  async take(hash: Uint8Array, purpose: string, at: EpochMs): Promise<string | undefined> {
    return (await this.rows<{ data: string }>(TAKE, [bytes(hash), purpose, instant(at)]))[0]?.data;
  }

  private rows<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return withStoreErrors(() => this.dataSource.query<Row[]>(sql, [...values]));
  }
}

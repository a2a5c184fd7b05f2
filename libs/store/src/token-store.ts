import type { EpochMs } from '@cordon/kernel';
import type { StoredToken, TokenStore, Vault } from '@cordon/runtime';
import { In, type DataSource } from 'typeorm';
import { TokenEntity } from './entities/index.js';
import { withStoreErrors } from './errors.js';
import { instant } from './parameters.js';
import { tokenRow } from './rows.js';

/** What a token's sealed name is for. */
const NAME = 'token name';

const CLEAR_NAMES = `SELECT id, name FROM token WHERE name !~ '^v1\\.[A-Za-z0-9_-]{38,}$' ORDER BY created_at`;
const SEAL_NAME = `UPDATE token SET name = $3 WHERE id = $1 AND name = $2`;

const date = (at: EpochMs | undefined): Date | null => (at === undefined ? null : new Date(at));

/** API tokens; of the secret only its SHA-256, and the name, which is a person's, sealed for the token's id. */
export class PostgresTokenStore implements TokenStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly vault: Vault,
  ) {}

  async add(token: StoredToken & { readonly hash: Uint8Array }): Promise<void> {
    const name = await this.vault.seal(token.id, token.name, NAME);
    await withStoreErrors(() =>
      this.dataSource.manager.insert(TokenEntity, {
        id: token.id,
        name,
        roles: [...token.roles],
        scopes: token.scopes ? [...token.scopes] : null,
        hash: Buffer.from(token.hash),
        createdAt: new Date(token.createdAt),
        createdBy: token.createdBy ?? null,
        expiresAt: date(token.expiresAt),
        revokedAt: date(token.revokedAt),
      }),
    );
  }

  async byHash(hash: Uint8Array): Promise<StoredToken | undefined> {
    const row = await withStoreErrors(() =>
      this.dataSource.manager.findOneBy(TokenEntity, { hash: Buffer.from(hash) }),
    );
    return row === null ? undefined : this.opened(row);
  }

  async byIds(ids: readonly string[]): Promise<readonly StoredToken[]> {
    if (ids.length === 0) return [];
    const rows = await withStoreErrors(() => this.dataSource.manager.findBy(TokenEntity, { id: In(ids) }));
    return Promise.all(rows.map((row) => this.opened(row)));
  }

  async list(): Promise<readonly StoredToken[]> {
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    const rows = await withStoreErrors(() => this.dataSource.manager.find(TokenEntity, { order }));
    return Promise.all(rows.map((row) => this.opened(row)));
  }

  async revoke(id: string, at: EpochMs): Promise<boolean> {
    return withStoreErrors(async () => {
      const { affected } = await this.dataSource.manager
        .createQueryBuilder()
        .update(TokenEntity)
        .set({ revokedAt: () => 'coalesce(revoked_at, :at)' })
        .where('id = :id', { id })
        .setParameter('at', instant(at))
        .execute();
      return affected === 1;
    });
  }

  private async opened(row: TokenEntity): Promise<StoredToken> {
    return tokenRow(row, await this.vault.open(row.id, row.name, NAME));
  }
}

/**
 * Seals the names that were written in clear before there was a vault. At every start: several processes may do it at
 * once, and one that was killed in the middle leaves the rest to the next.
 */
export async function sealTokenNames(dataSource: DataSource, vault: Vault): Promise<number> {
  const rows = await withStoreErrors(() => dataSource.query<{ id: string; name: string }[]>(CLEAR_NAMES));
  for (const { id, name } of rows) {
    const sealed = await vault.seal(id, name, NAME);
    await withStoreErrors(() => dataSource.query(SEAL_NAME, [id, name, sealed]));
  }
  return rows.length;
}

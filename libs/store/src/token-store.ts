import type { EpochMs } from '@cordon/kernel';
import type { StoredToken, TokenStore } from '@cordon/runtime';
import { In, type DataSource } from 'typeorm';
import { TokenEntity } from './entities/index.js';
import { withStoreErrors } from './errors.js';
import { instant } from './parameters.js';
import { tokenRow } from './rows.js';

const date = (at: EpochMs | undefined): Date | null => (at === undefined ? null : new Date(at));

/** API tokens; of the secret only its SHA-256. */
export class PostgresTokenStore implements TokenStore {
  constructor(private readonly dataSource: DataSource) {}

  async add(token: StoredToken & { readonly hash: Uint8Array }): Promise<void> {
    await withStoreErrors(() =>
      this.dataSource.manager.insert(TokenEntity, {
        id: token.id,
        name: token.name,
        roles: [...token.roles],
        hash: Buffer.from(token.hash),
        createdAt: new Date(token.createdAt),
        createdBy: token.createdBy ?? null,
        expiresAt: date(token.expiresAt),
        revokedAt: date(token.revokedAt),
      }),
    );
  }

  async byHash(hash: Uint8Array): Promise<StoredToken | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(TokenEntity, { hash: Buffer.from(hash) });
      return row === null ? undefined : tokenRow(row);
    });
  }

  async byIds(ids: readonly string[]): Promise<readonly StoredToken[]> {
    return withStoreErrors(async () => {
      const rows = await this.dataSource.manager.findBy(TokenEntity, { id: In(ids) });
      return rows.map(tokenRow);
    });
  }

  async list(): Promise<readonly StoredToken[]> {
    return withStoreErrors(async () => {
      const rows = await this.dataSource.manager.find(TokenEntity, {
        order: { createdAt: 'ASC', id: 'ASC' },
      });
      return rows.map(tokenRow);
    });
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
}

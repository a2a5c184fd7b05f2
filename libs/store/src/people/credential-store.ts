import type { EpochMs } from '@cordon/kernel';
import type { CredentialChange, CredentialKind, CredentialStore, StoredCredential } from '@cordon/runtime';
import { In, type DataSource, type EntityManager } from 'typeorm';
import { CredentialEntity } from '../entities/index.js';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { bytes, credentialOf, insertCredentials, isLoginTaken, setLogin } from './people-rows.js';

/** Whoever removes at the same moment waits here, and then sees what is left. */
const LOCK_OWN = 'SELECT id, kind FROM credential WHERE person_id = $1 ORDER BY id FOR UPDATE';
const ANY_IDENTITY = 'SELECT FROM external_identity WHERE person_id = $1 LIMIT 1';

export class PostgresCredentialStore implements CredentialStore {
  constructor(private readonly dataSource: DataSource) {}

  async add(credentials: readonly StoredCredential[]): Promise<void> {
    await withStoreErrors(() => insertCredentials(this.dataSource.manager, credentials));
  }

  async replace(personId: string, { kinds, credentials, loginHash }: CredentialChange): Promise<boolean> {
    return withStoreErrors(async () => {
      try {
        return await this.dataSource.transaction(async (manager) => {
          if (loginHash && !(await setLogin(manager, personId, loginHash))) return false;
          await replaceCredentials(manager, personId, kinds, credentials);
          return true;
        });
      } catch (thrown) {
        if (isLoginTaken(thrown)) return false;
        throw thrown;
      }
    });
  }

  async ofPerson(personId: string): Promise<readonly StoredCredential[]> {
    return withStoreErrors(async () => {
      const order = { createdAt: 'ASC', id: 'ASC' } as const;
      const rows = await this.dataSource.manager.find(CredentialEntity, { where: { personId }, order });
      return rows.map(credentialOf);
    });
  }

  async byLookup(lookup: Uint8Array): Promise<StoredCredential | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(CredentialEntity, { lookup: bytes(lookup) });
      return row === null ? undefined : credentialOf(row);
    });
  }

  async advance(id: string, counter: number, at: EpochMs): Promise<boolean> {
    return this.use({ counter: String(counter) }, 'id = :id AND counter < :counter', { id, counter }, at);
  }

  async spend(id: string, at: EpochMs): Promise<boolean> {
    return this.use({}, 'id = :id AND last_used_at IS NULL', { id }, at);
  }

  async touch(id: string, at: EpochMs): Promise<void> {
    await this.use({}, 'id = :id', { id }, at);
  }

  async remove(personId: string, id: string): Promise<'removed' | 'unknown' | 'last'> {
    return withStoreErrors(() =>
      this.dataSource.transaction(async (manager) => {
        const own = await manager.query<{ id: string; kind: string }[]>(LOCK_OWN, [personId]);
        const named = own.find((one) => one.id === id);
        if (!named) return 'unknown';
        const going = own.filter((one) =>
          named.kind === 'passkey' ? one === named : one.kind !== 'passkey',
        );
        const left = own.filter((one) => !going.includes(one) && ['passkey', 'password'].includes(one.kind));
        if (left.length === 0 && (await manager.query<unknown[]>(ANY_IDENTITY, [personId])).length === 0)
          return 'last';
        await manager.delete(CredentialEntity, { id: In(going.map((one) => one.id)) });
        return 'removed';
      }),
    );
  }

  /** One conditional statement: of several at the same moment, as many come through as the condition allows. */
  private async use(set: object, where: string, parameters: object, at: EpochMs): Promise<boolean> {
    return withStoreErrors(async () => {
      const { affected } = await this.dataSource.manager
        .createQueryBuilder()
        .update(CredentialEntity)
        .set({ ...set, lastUsedAt: () => ':at' })
        .where(where, parameters)
        .setParameter('at', instant(at))
        .execute();
      return affected === 1;
    });
  }
}

export async function replaceCredentials(
  manager: EntityManager,
  personId: string,
  kinds: readonly CredentialKind[],
  credentials: readonly StoredCredential[],
): Promise<void> {
  if (kinds.length > 0) await manager.delete(CredentialEntity, { personId, kind: In(kinds) });
  await insertCredentials(manager, credentials);
}

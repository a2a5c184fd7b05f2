import type { EpochMs } from '@cordon/kernel';
import type { KnownSession, SessionStore, StoredSession } from '@cordon/runtime';
import type { DataSource, FindOptionsWhere } from 'typeorm';
import { PersonEntity, SessionEntity } from '../entities/index.js';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { bytes, personOf, sessionOf } from './people-rows.js';

const REVOKE_ALL = `
WITH revoked AS (
  UPDATE session SET revoked_at = $2
   WHERE person_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3 AND idle_until > $2 AND expires_at > $2
  RETURNING id
) SELECT id FROM revoked`;

export class PostgresSessionStore implements SessionStore {
  constructor(private readonly dataSource: DataSource) {}

  async add(session: StoredSession & { readonly hash: Uint8Array }): Promise<void> {
    await withStoreErrors(() =>
      this.dataSource.manager.insert(SessionEntity, {
        hash: bytes(session.hash),
        id: session.id,
        personId: session.personId,
        method: session.method,
        userAgent: session.userAgent ?? null,
        createdAt: new Date(session.createdAt),
        lastSeenAt: new Date(session.lastSeenAt),
        idleUntil: new Date(session.idleUntil),
        expiresAt: new Date(session.expiresAt),
        revokedAt: session.revokedAt === undefined ? null : new Date(session.revokedAt),
      }),
    );
  }

  byHash(hash: Uint8Array): Promise<KnownSession | undefined> {
    return this.find({ hash: bytes(hash) });
  }

  byId(id: string): Promise<KnownSession | undefined> {
    return this.find({ id });
  }

  async ofPerson(personId: string): Promise<readonly StoredSession[]> {
    return withStoreErrors(async () => {
      const order = { createdAt: 'DESC', id: 'ASC' } as const;
      return (await this.dataSource.manager.find(SessionEntity, { where: { personId }, order })).map(
        sessionOf,
      );
    });
  }

  async seen(id: string, at: EpochMs, idleUntil: EpochMs): Promise<void> {
    await withStoreErrors(() =>
      this.dataSource.manager
        .createQueryBuilder()
        .update(SessionEntity)
        .set({
          lastSeenAt: () => 'greatest(last_seen_at, :at)',
          idleUntil: () => 'greatest(idle_until, :idleUntil)',
        })
        .where('id = :id AND revoked_at IS NULL', { id })
        .setParameters({ at: instant(at), idleUntil: instant(idleUntil) })
        .execute(),
    );
  }

  async revoke(id: string, at: EpochMs): Promise<boolean> {
    return withStoreErrors(async () => {
      const { affected } = await this.dataSource.manager
        .createQueryBuilder()
        .update(SessionEntity)
        .set({ revokedAt: () => 'coalesce(revoked_at, :at)' })
        .where('id = :id', { id })
        .setParameter('at', instant(at))
        .execute();
      return affected === 1;
    });
  }

  async revokeAll(personId: string, at: EpochMs, except?: string): Promise<readonly string[]> {
    return withStoreErrors(async () => {
      const values = [personId, instant(at), except ?? null];
      return (await this.dataSource.query<{ id: string }[]>(REVOKE_ALL, values)).map(({ id }) => id);
    });
  }

  private async find(where: FindOptionsWhere<SessionEntity>): Promise<KnownSession | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager
        .createQueryBuilder(SessionEntity, 'session')
        .innerJoinAndMapOne('session.person', PersonEntity, 'person', 'person.id = session.person_id')
        .where(where)
        .getOne();
      if (row === null) return undefined;
      const { person } = row as SessionEntity & { readonly person: PersonEntity };
      return { session: sessionOf(row), person: personOf(person) };
    });
  }
}

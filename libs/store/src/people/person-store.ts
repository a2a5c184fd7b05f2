import type { EpochMs } from '@cordon/kernel';
import type { ExternalIdentity, NewPerson, PersonChange, PersonStore, StoredPerson } from '@cordon/runtime';
import { In, type DataSource } from 'typeorm';
import { PersonEntity } from '../entities/index.js';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { bytes, insertPerson, personOf } from './people-rows.js';

/** In one statement, so that nobody signs in between. The profile's key is destroyed by whoever asks for this. */
export const ERASE_PERSON = `
WITH erased AS (
  UPDATE person SET erased_at = $2, disabled_at = coalesce(disabled_at, $2), roles = '{}', profile = NULL, login_hash = NULL
   WHERE id = $1 AND erased_at IS NULL RETURNING id
), credentials AS (DELETE FROM credential USING erased WHERE person_id = erased.id),
   identities AS (DELETE FROM external_identity USING erased WHERE person_id = erased.id),
   sessions AS (UPDATE session SET revoked_at = $2 FROM erased WHERE person_id = erased.id AND revoked_at IS NULL),
   links AS (UPDATE invitation SET used_at = $2 FROM erased WHERE person_id = erased.id AND used_at IS NULL)
SELECT id FROM erased`;

const LINK = `
WITH linked AS (
  INSERT INTO external_identity (issuer, subject_hash, person_id, created_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING RETURNING person_id
) SELECT person_id FROM linked`;

/** Two processes that make the secret at once get the one that was written first. */
const KEEP_SECRET = `INSERT INTO deployment_secret (name, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING`;

const ANY_ADMINISTRATOR = `SELECT FROM person
  WHERE 'administrator' = ANY (roles) AND disabled_at IS NULL AND erased_at IS NULL LIMIT 1`;

export class PostgresPersonStore implements PersonStore {
  constructor(private readonly dataSource: DataSource) {}

  async add(person: NewPerson): Promise<'added' | 'login_taken'> {
    const added = await withStoreErrors(() => insertPerson(this.dataSource.manager, person));
    return added ? 'added' : 'login_taken';
  }

  async byIds(ids: readonly string[]): Promise<readonly StoredPerson[]> {
    if (ids.length === 0) return [];
    return withStoreErrors(async () => {
      const rows = await this.dataSource.manager.findBy(PersonEntity, { id: In(ids) });
      return rows.map(personOf);
    });
  }

  async byLogin(loginHash: Uint8Array): Promise<StoredPerson | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(PersonEntity, { loginHash: bytes(loginHash) });
      return row === null ? undefined : personOf(row);
    });
  }

  async list(): Promise<readonly StoredPerson[]> {
    return withStoreErrors(async () => {
      const order = { createdAt: 'ASC', id: 'ASC' } as const;
      return (await this.dataSource.manager.find(PersonEntity, { order })).map(personOf);
    });
  }

  async change(id: string, { roles, disabledAt, profile }: PersonChange): Promise<boolean> {
    const set = {
      ...(roles && { roles: [...roles] }),
      ...(disabledAt !== undefined && { disabledAt: disabledAt === null ? null : new Date(disabledAt) }),
      ...(profile !== undefined && { profile }),
    };
    return withStoreErrors(async () => {
      if (Object.keys(set).length === 0) {
        return this.dataSource.manager
          .createQueryBuilder(PersonEntity, 'person')
          .where('person.id = :id AND person.erased_at IS NULL', { id })
          .getExists();
      }
      const { affected } = await this.dataSource.manager
        .createQueryBuilder()
        .update(PersonEntity)
        .set(set)
        .where('id = :id AND erased_at IS NULL', { id })
        .execute();
      return affected === 1;
    });
  }

  async erase(id: string, at: EpochMs): Promise<boolean> {
    return (await this.rows(ERASE_PERSON, [id, instant(at)])).length === 1;
  }

  async hasAdministrator(): Promise<boolean> {
    return (await this.rows(ANY_ADMINISTRATOR, [])).length === 1;
  }

  async byIdentity(issuer: string, subjectHash: Uint8Array): Promise<StoredPerson | undefined> {
    const found = await this.rows(
      'SELECT person_id AS id FROM external_identity WHERE issuer = $1 AND subject_hash = $2',
      [issuer, bytes(subjectHash)],
    );
    const [person] = await this.byIds(found.map(({ id }) => id));
    return person;
  }

  async link({ issuer, subjectHash, personId, createdAt }: ExternalIdentity): Promise<'linked' | 'taken'> {
    const values = [issuer, bytes(subjectHash), personId, instant(createdAt)];
    return (await this.rows(LINK, values)).length === 1 ? 'linked' : 'taken';
  }

  async secret(name: string, sealed: string): Promise<string> {
    await this.rows(KEEP_SECRET, [name, sealed]);
    const rows = await this.rows('SELECT sealed AS id FROM deployment_secret WHERE name = $1', [name]);
    return rows[0]?.id ?? sealed;
  }

  private rows(sql: string, values: readonly unknown[]): Promise<readonly { readonly id: string }[]> {
    return withStoreErrors(() => this.dataSource.query<{ id: string }[]>(sql, [...values]));
  }
}

import type { EpochMs } from '@cordon/kernel';
import type { Enrolment, Invitation, InvitationStore } from '@cordon/runtime';
import type { DataSource, EntityManager } from 'typeorm';
import { InvitationEntity } from '../entities/index.js';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { replaceCredentials } from './credential-store.js';
import { bytes, insertPerson, invitationOf, isLoginTaken, setLogin } from './people-rows.js';

/**
 * Uses up every open link to the same person: whoever holds another one comes too late, even at the same moment, when
 * the row lock makes it look again. For the first administrator that moment is ended by a lock of its own, because
 * two links to nobody could both be used before either has made a person.
 */
const USE = `
WITH mine AS (
  SELECT person_id FROM invitation WHERE hash = $1 AND used_at IS NULL AND expires_at > $2
), used AS (
  UPDATE invitation SET used_at = $2 FROM mine
   WHERE used_at IS NULL AND invitation.person_id IS NOT DISTINCT FROM mine.person_id
     AND (mine.person_id IS NOT NULL OR NOT EXISTS (
       SELECT FROM person WHERE 'administrator' = ANY (roles) AND disabled_at IS NULL AND erased_at IS NULL))
  RETURNING hash, invitation.person_id
) SELECT person_id FROM used WHERE hash = $1`;

/** Serialises uses of the first administrator's links; the number only has to differ from other locks. */
const FIRST_LOCK = 'SELECT pg_advisory_xact_lock(7466120031)';

const EVERY_KIND = ['password', 'totp', 'passkey', 'recovery'] as const;

/** Leaves the transaction with nothing done. */
class NotRedeemed extends Error {
  constructor(readonly outcome: 'used' | 'login_taken') {
    super(outcome);
  }
}

export class PostgresInvitationStore implements InvitationStore {
  constructor(private readonly dataSource: DataSource) {}

  async add(invitation: Invitation & { readonly hash: Uint8Array }): Promise<void> {
    const { hash, id, personId = null, createdAt, createdBy = null, expiresAt } = invitation;
    await withStoreErrors(() =>
      this.dataSource.transaction(async (manager) => {
        if (personId !== null) {
          const earlier = 'UPDATE invitation SET used_at = $2 WHERE person_id = $1 AND used_at IS NULL';
          await manager.query(earlier, [personId, instant(createdAt)]);
        }
        await manager.insert(InvitationEntity, {
          hash: bytes(hash),
          id,
          personId,
          createdAt: new Date(createdAt),
          createdBy,
          expiresAt: new Date(expiresAt),
          usedAt: null,
        });
      }),
    );
  }

  async byHash(hash: Uint8Array): Promise<Invitation | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(InvitationEntity, { hash: bytes(hash) });
      return row === null ? undefined : invitationOf(row);
    });
  }

  async redeem(
    hash: Uint8Array,
    at: EpochMs,
    enrolment: Enrolment,
  ): Promise<'redeemed' | 'used' | 'login_taken'> {
    try {
      await this.dataSource.transaction((manager) => redeem(manager, hash, at, enrolment));
      return 'redeemed';
    } catch (thrown) {
      if (thrown instanceof NotRedeemed) return thrown.outcome;
      if (isLoginTaken(thrown)) return 'login_taken';
      return withStoreErrors(() => Promise.reject(thrown as Error));
    }
  }
}

async function redeem(
  manager: EntityManager,
  hash: Uint8Array,
  at: EpochMs,
  { person, login, credentials }: Enrolment,
): Promise<void> {
  if (person) await manager.query(FIRST_LOCK);
  const [used] = await manager.query<{ person_id: string | null }[]>(USE, [bytes(hash), instant(at)]);
  if (!used || (used.person_id === null) !== (person !== undefined)) throw new NotRedeemed('used');
  const id = person?.id ?? used.person_id ?? '';
  if (credentials.some(({ personId }) => personId !== id) || (login && login.personId !== id))
    throw new NotRedeemed('used');
  if (person && !(await insertPerson(manager, person))) throw new NotRedeemed('login_taken');
  if (login && !(await setLogin(manager, id, login.loginHash))) throw new NotRedeemed('login_taken');
  await replaceCredentials(manager, id, EVERY_KIND, credentials);
}

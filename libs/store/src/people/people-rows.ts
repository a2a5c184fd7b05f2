import type {
  CredentialKind,
  Invitation,
  NewPerson,
  StoredCredential,
  StoredPerson,
  StoredSession,
} from '@cordon/runtime';
import type { EntityManager } from 'typeorm';
import {
  CredentialEntity,
  type PersonEntity,
  type InvitationEntity,
  type SessionEntity,
} from '../entities/index.js';
import { faultOf } from '../errors.js';
import { instant } from '../parameters.js';
import { when } from '../rows.js';

export const bytes = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const date = (at: number | undefined): Date | null => (at === undefined ? null : new Date(at));

export function personOf(row: PersonEntity): StoredPerson {
  return {
    id: row.id,
    roles: row.roles,
    ...(row.profile !== null && { profile: row.profile }),
    createdAt: row.createdAt.getTime(),
    ...(row.createdBy !== null && { createdBy: row.createdBy }),
    ...when('disabledAt', row.disabledAt),
    ...when('erasedAt', row.erasedAt),
  };
}

const INSERT_PERSON = `
WITH added AS (
  INSERT INTO person (id, created_at, created_by, disabled_at, erased_at, roles, profile, login_hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT person_login_hash_key DO NOTHING RETURNING id
) SELECT id FROM added`;

/** Inserts the person, unless the login is taken. */
export async function insertPerson(manager: EntityManager, person: NewPerson): Promise<boolean> {
  const added = await manager.query<unknown[]>(INSERT_PERSON, [
    person.id,
    instant(person.createdAt),
    person.createdBy ?? null,
    instant(person.disabledAt),
    instant(person.erasedAt),
    [...person.roles],
    person.profile ?? null,
    person.loginHash ? bytes(person.loginHash) : null,
  ]);
  return added.length === 1;
}

const SET_LOGIN = `
WITH changed AS (
  UPDATE person SET login_hash = $2
   WHERE id = $1 AND erased_at IS NULL AND NOT EXISTS (SELECT FROM person WHERE login_hash = $2 AND id <> $1)
  RETURNING id
) SELECT id FROM changed`;

/** Whether the database refused a login because somebody else took it at the same moment. */
export function isLoginTaken(thrown: unknown): boolean {
  return faultOf(thrown).constraint === 'person_login_hash_key';
}

/** Gives the person another name to sign in with; false when somebody else has it. See also `isLoginTaken`. */
export async function setLogin(manager: EntityManager, personId: string, hash: Uint8Array): Promise<boolean> {
  return (await manager.query<unknown[]>(SET_LOGIN, [personId, bytes(hash)])).length === 1;
}

export function credentialOf(row: CredentialEntity): StoredCredential {
  return {
    id: row.id,
    personId: row.personId,
    kind: row.kind as CredentialKind,
    data: row.data,
    ...(row.lookup !== null && { lookup: row.lookup }),
    counter: Number(row.counter),
    createdAt: row.createdAt.getTime(),
    ...when('lastUsedAt', row.lastUsedAt),
  };
}

export async function insertCredentials(
  manager: EntityManager,
  credentials: readonly StoredCredential[],
): Promise<void> {
  const rows = credentials.map((credential) => ({
    id: credential.id,
    personId: credential.personId,
    kind: credential.kind,
    data: credential.data,
    lookup: credential.lookup ? bytes(credential.lookup) : null,
    counter: String(credential.counter),
    createdAt: new Date(credential.createdAt),
    lastUsedAt: date(credential.lastUsedAt),
  }));
  if (rows.length > 0) await manager.insert(CredentialEntity, rows);
}

export function sessionOf(row: SessionEntity): StoredSession {
  return {
    id: row.id,
    personId: row.personId,
    method: row.method,
    ...(row.userAgent !== null && { userAgent: row.userAgent }),
    createdAt: row.createdAt.getTime(),
    lastSeenAt: row.lastSeenAt.getTime(),
    idleUntil: row.idleUntil.getTime(),
    expiresAt: row.expiresAt.getTime(),
    ...when('revokedAt', row.revokedAt),
  };
}

export function invitationOf(row: InvitationEntity): Invitation {
  return {
    id: row.id,
    ...(row.personId !== null && { personId: row.personId }),
    createdAt: row.createdAt.getTime(),
    ...(row.createdBy !== null && { createdBy: row.createdBy }),
    expiresAt: row.expiresAt.getTime(),
    ...when('usedAt', row.usedAt),
  };
}

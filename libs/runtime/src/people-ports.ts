/**
 * What the use cases need to know people by. A **person** is somebody who can sign in; an API token is a person of its
 * own and kept elsewhere. A **credential** proves who somebody is, a **session** is one sign-in of one browser, an
 * **invitation** a link that lets a person enrol once. What names a person is sealed by the vault or kept as a hash.
 *
 * What may be used once is used by one conditional statement, so that of two at the same moment one comes through.
 */
import type { EpochMs } from '@cordon/kernel';

export interface StoredPerson {
  readonly id: string;
  readonly roles: readonly string[];
  /** Vault-sealed JSON `{name, email?}`; absent once the person was erased. */
  readonly profile?: string;
  readonly createdAt: EpochMs;
  readonly createdBy?: string;
  readonly disabledAt?: EpochMs;
  readonly erasedAt?: EpochMs;
}

export interface NewPerson extends StoredPerson {
  /** Keyed hash (HMAC-SHA256, 32 bytes) of the name that the person signs in with. */
  readonly loginHash?: Uint8Array;
}

/** What is left out stays. `disabledAt: null` lets the person in again. */
export interface PersonChange {
  readonly roles?: readonly string[];
  readonly disabledAt?: EpochMs | null;
  readonly profile?: string;
}

/** Who somebody is at an OpenID provider. The subject is kept as a keyed hash. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subjectHash: Uint8Array;
  readonly personId: string;
  readonly createdAt: EpochMs;
}

export interface PersonStore {
  /** `login_taken`, and nothing added, when somebody signs in with that name already. */
  add(person: NewPerson): Promise<'added' | 'login_taken'>;
  byIds(ids: readonly string[]): Promise<readonly StoredPerson[]>;
  byLogin(loginHash: Uint8Array): Promise<StoredPerson | undefined>;
  /** In the order of their making. */
  list(): Promise<readonly StoredPerson[]>;
  /** False when there is no such person, or none any more. */
  change(id: string, change: PersonChange): Promise<boolean>;
  /**
   * Leaves of the person nothing but the id and when it was made: no profile, login, roles, credentials, identities or
   * open invitations; every session ends. Destroying the vault's key is the caller's. False when there is none to erase.
   */
  erase(id: string, at: EpochMs): Promise<boolean>;
  /** Whether anybody who may sign in holds the role of administrator. */
  hasAdministrator(): Promise<boolean>;
  byIdentity(issuer: string, subjectHash: Uint8Array): Promise<StoredPerson | undefined>;
  /** `taken` when that identity belongs to somebody already. */
  link(identity: ExternalIdentity): Promise<'linked' | 'taken'>;
  /** Keeps a vault-sealed text under a name, once for the deployment's life; returns the one that is kept. */
  secret(name: string, sealed: string): Promise<string>;
}

export type CredentialKind = 'password' | 'totp' | 'passkey' | 'recovery';

export interface StoredCredential {
  readonly id: string;
  readonly personId: string;
  readonly kind: CredentialKind;
  /** Vault-sealed. */
  readonly data: string;
  /** SHA-256 by which it is found; unique. Of a passkey, of its id. */
  readonly lookup?: Uint8Array;
  /** Of one-time codes the last time step used, of a passkey its signature counter. */
  readonly counter: number;
  readonly createdAt: EpochMs;
  readonly lastUsedAt?: EpochMs;
}

export interface CredentialChange {
  readonly kinds: readonly CredentialKind[];
  readonly credentials: readonly StoredCredential[];
  /** A new name to sign in with, in the place of any other. */
  readonly loginHash?: Uint8Array;
}

export interface CredentialStore {
  /** All or none. Rejects when an id or a lookup is there already. */
  add(credentials: readonly StoredCredential[]): Promise<void>;
  /**
   * In one transaction, everything of these kinds that the person had makes way for the new ones. False, and nothing
   * changed, when somebody else signs in with that login.
   */
  replace(personId: string, change: CredentialChange): Promise<boolean>;
  /** In the order of their making. */
  ofPerson(personId: string): Promise<readonly StoredCredential[]>;
  byLookup(lookup: Uint8Array): Promise<StoredCredential | undefined>;
  /** Raises the counter and marks the credential used. False, and nothing changed, unless the counter rises. */
  advance(id: string, counter: number, at: EpochMs): Promise<boolean>;
  /** Marks it used for the first and last time. False when it was used before. */
  spend(id: string, at: EpochMs): Promise<boolean>;
  /** Marks it used. */
  touch(id: string, at: EpochMs): Promise<void>;
  /**
   * Removes a passkey; or, when it is one of them, the password and all codes together. `last`, and nothing removed, when
   * the person could not sign in any more, not even by a provider; of two such at once one is the last.
   */
  remove(personId: string, id: string): Promise<'removed' | 'unknown' | 'last'>;
}

export interface StoredSession {
  readonly id: string;
  readonly personId: string;
  /** How the person signed in: `passkey`, `password+totp`, `oidc`, … */
  readonly method: string;
  /** Family of browser and system, such as `Firefox on Windows`; no address, no version. */
  readonly userAgent?: string;
  readonly createdAt: EpochMs;
  readonly lastSeenAt: EpochMs;
  /** Over when nothing was asked until then; moves on with use. */
  readonly idleUntil: EpochMs;
  /** Over then in any case. */
  readonly expiresAt: EpochMs;
  readonly revokedAt?: EpochMs;
}

export interface KnownSession {
  readonly session: StoredSession;
  readonly person: StoredPerson;
}

export interface SessionStore {
  /** `hash`: SHA-256 of the token that the browser holds. */
  add(session: StoredSession & { readonly hash: Uint8Array }): Promise<void>;
  byHash(hash: Uint8Array): Promise<KnownSession | undefined>;
  byId(id: string): Promise<KnownSession | undefined>;
  /** The newest first. */
  ofPerson(personId: string): Promise<readonly StoredSession[]>;
  /** Notes that it was used; never moves a time backwards, and does nothing to a session that was revoked. */
  seen(id: string, at: EpochMs, idleUntil: EpochMs): Promise<void>;
  /** False when there is no such session. Revoking twice keeps the first time. */
  revoke(id: string, at: EpochMs): Promise<boolean>;
  /** Revokes what the person has open, but for one; the ids of those that end by it. */
  revokeAll(personId: string, at: EpochMs, except?: string): Promise<readonly string[]>;
}

export interface Invitation {
  readonly id: string;
  /** Absent for the deployment's first administrator, who is nobody yet. */
  readonly personId?: string;
  readonly createdAt: EpochMs;
  readonly createdBy?: string;
  readonly expiresAt: EpochMs;
  readonly usedAt?: EpochMs;
}

/** What redeeming an invitation makes, in the same transaction. */
export interface Enrolment {
  /** Only for the first administrator. */
  readonly person?: NewPerson;
  /** For a person who had no name to sign in with. */
  readonly login?: { readonly personId: string; readonly loginHash: Uint8Array };
  /** They take the place of all that the person signed in with: what somebody else may know by now works no more. */
  readonly credentials: readonly StoredCredential[];
}

export interface InvitationStore {
  /** `hash`: SHA-256 of the link's token. Earlier links to the same person stop working. */
  add(invitation: Invitation & { readonly hash: Uint8Array }): Promise<void>;
  byHash(hash: Uint8Array): Promise<Invitation | undefined>;
  /**
   * Uses the link up, with every other open link to the same person, and makes what it is for: all of it or nothing.
   * `used` when it is unknown, used or expired; for the first administrator's link also when somebody is administrator.
   */
  redeem(hash: Uint8Array, at: EpochMs, enrolment: Enrolment): Promise<'redeemed' | 'used' | 'login_taken'>;
}

/** A question that waits for its one answer, such as a passkey's challenge. */
export interface Challenge {
  /** SHA-256 of what the answer must name. */
  readonly hash: Uint8Array;
  readonly purpose: string;
  /** What has to come back to whoever takes it; no secret, no personal data. */
  readonly data: string;
  readonly expiresAt: EpochMs;
}

/** How long attempts have to wait. */
export interface Pauses {
  /** Attempts without a pause. */
  readonly free: number;
  /** After that many, so long; after each further one twice as long, up to `mostMs`. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** Without attempts for so long, all is forgotten. */
  readonly forgetMs: number;
}

export type Attempt =
  { readonly allowed: true; readonly count: number } | { readonly allowed: false; readonly until: EpochMs };

/** Counts and questions that several processes share. Keys are hashes of 32 bytes: nothing here names anybody. */
export interface AttemptStore {
  /** Counts one in a window that begins with the first; how many there are, and when the window ends. */
  hit(
    key: Uint8Array,
    at: EpochMs,
    windowMs: number,
  ): Promise<{ readonly count: number; readonly endsAt: EpochMs }>;
  /**
   * Counts an attempt beforehand as if it had failed, so that any number at once are counted; `forgive` when it did
   * not. Refused, and not counted, while a pause lasts.
   */
  attempt(key: Uint8Array, at: EpochMs, pauses: Pauses): Promise<Attempt>;
  forgive(key: Uint8Array): Promise<void>;
  /** Also forgets what has expired. */
  ask(challenge: Challenge, at: EpochMs): Promise<void>;
  /** The question's data, for whoever comes first; undefined when there is none, or it has expired. */
  take(hash: Uint8Array, purpose: string, at: EpochMs): Promise<string | undefined>;
}

export interface PeopleStore {
  readonly persons: PersonStore;
  readonly credentials: CredentialStore;
  readonly sessions: SessionStore;
  readonly invitations: InvitationStore;
  readonly attempts: AttemptStore;
}

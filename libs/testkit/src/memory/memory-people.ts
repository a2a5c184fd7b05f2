import { invariant, type EpochMs } from '@cordon/kernel';
import type {
  Attempt,
  AttemptStore,
  Challenge,
  CredentialChange,
  CredentialKind,
  CredentialStore,
  Enrolment,
  ExternalIdentity,
  Invitation,
  InvitationStore,
  KnownSession,
  NewPerson,
  Pauses,
  PeopleStore,
  PersonChange,
  PersonStore,
  SessionStore,
  StoredCredential,
  StoredPerson,
  StoredSession,
} from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';

const keyOf = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

interface Tables {
  readonly persons: Map<string, NewPerson>;
  readonly identities: Map<string, ExternalIdentity>;
  readonly credentials: Map<string, StoredCredential>;
  /** By the token's hash. */
  readonly sessions: Map<string, StoredSession>;
  /** By the link's hash. */
  readonly invitations: Map<string, Invitation>;
}

/** People in maps, for tests. It keeps the same contract as PostgreSQL; everything is lost with it. */
export class MemoryPeople implements PeopleStore {
  private readonly tables: Tables = {
    persons: new Map(),
    identities: new Map(),
    credentials: new Map(),
    sessions: new Map(),
    invitations: new Map(),
  };
  readonly persons: PersonStore = new MemoryPersons(this.tables);
  readonly credentials: CredentialStore = new MemoryCredentials(this.tables);
  readonly sessions: SessionStore = new MemorySessions(this.tables);
  readonly invitations: InvitationStore = new MemoryInvitations(this.tables);
  readonly attempts: AttemptStore = new MemoryAttempts();
}

function shown({ loginHash: _, ...person }: NewPerson): StoredPerson {
  return frozenCopy(person);
}

function byAge(a: { createdAt: EpochMs; id: string }, b: { createdAt: EpochMs; id: string }): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

function isLoginTaken({ persons }: Tables, hash: Uint8Array | undefined, except = ''): boolean {
  return [...persons.values()].some(
    ({ id, loginHash }) => id !== except && hash && loginHash && keyOf(loginHash) === keyOf(hash),
  );
}

function hasAdministrator({ persons }: Tables): boolean {
  return [...persons.values()].some(
    ({ roles, disabledAt }) => roles.includes('administrator') && disabledAt === undefined,
  );
}

class MemoryPersons implements PersonStore {
  private readonly secrets = new Map<string, string>();
  constructor(private readonly tables: Tables) {}

  async add(person: NewPerson): Promise<'added' | 'login_taken'> {
    if (isLoginTaken(this.tables, person.loginHash)) return 'login_taken';
    invariant(!this.tables.persons.has(person.id), 'people differ in id');
    this.tables.persons.set(person.id, frozenCopy(person));
    return 'added';
  }

  async byIds(ids: readonly string[]): Promise<readonly StoredPerson[]> {
    return [...this.tables.persons.values()].filter(({ id }) => ids.includes(id)).map(shown);
  }

  async byLogin(loginHash: Uint8Array): Promise<StoredPerson | undefined> {
    const all = [...this.tables.persons.values()];
    const found = all.find((one) => one.loginHash && keyOf(one.loginHash) === keyOf(loginHash));
    return found && shown(found);
  }

  async list(): Promise<readonly StoredPerson[]> {
    return [...this.tables.persons.values()].sort(byAge).map(shown);
  }

  async change(id: string, { disabledAt, ...rest }: PersonChange): Promise<boolean> {
    const person = this.tables.persons.get(id);
    if (!person || person.erasedAt !== undefined) return false;
    const { disabledAt: was, ...without } = person;
    const now = disabledAt === null ? undefined : (disabledAt ?? was);
    this.tables.persons.set(
      id,
      frozenCopy({ ...without, ...rest, ...(now !== undefined && { disabledAt: now }) }),
    );
    return true;
  }

  async erase(id: string, at: EpochMs): Promise<boolean> {
    const person = this.tables.persons.get(id);
    if (!person || person.erasedAt !== undefined) return false;
    const { profile: _, loginHash: __, ...rest } = person;
    this.tables.persons.set(
      id,
      frozenCopy({ ...rest, roles: [], disabledAt: rest.disabledAt ?? at, erasedAt: at }),
    );
    for (const table of [this.tables.credentials, this.tables.identities]) {
      for (const [key, { personId }] of table) if (personId === id) table.delete(key);
    }
    for (const [key, session] of this.tables.sessions) {
      if (session.personId === id) this.tables.sessions.set(key, { revokedAt: at, ...session });
    }
    for (const [key, link] of this.tables.invitations) {
      if (link.personId === id) this.tables.invitations.set(key, { usedAt: at, ...link });
    }
    return true;
  }

  async hasAdministrator(): Promise<boolean> {
    return hasAdministrator(this.tables);
  }

  async byIdentity(issuer: string, subjectHash: Uint8Array): Promise<StoredPerson | undefined> {
    const personId = this.tables.identities.get(`${issuer} ${keyOf(subjectHash)}`)?.personId;
    return personId === undefined ? undefined : (await this.byIds([personId]))[0];
  }

  async link(identity: ExternalIdentity): Promise<'linked' | 'taken'> {
    const key = `${identity.issuer} ${keyOf(identity.subjectHash)}`;
    if (this.tables.identities.has(key)) return 'taken';
    invariant(this.tables.persons.has(identity.personId), 'an identity is somebody’s');
    this.tables.identities.set(key, frozenCopy(identity));
    return 'linked';
  }

  async secret(name: string, sealed: string): Promise<string> {
    const kept = this.secrets.get(name) ?? sealed;
    this.secrets.set(name, kept);
    return kept;
  }
}

class MemoryCredentials implements CredentialStore {
  constructor(private readonly tables: Tables) {}

  async add(credentials: readonly StoredCredential[]): Promise<void> {
    addCredentials(this.tables, credentials);
  }

  async replace(personId: string, { kinds, credentials, loginHash }: CredentialChange): Promise<boolean> {
    if (isLoginTaken(this.tables, loginHash, personId)) return false;
    replaceCredentials(this.tables, personId, kinds, credentials);
    const person = this.tables.persons.get(personId);
    if (person && loginHash) this.tables.persons.set(personId, frozenCopy({ ...person, loginHash }));
    return true;
  }

  async ofPerson(personId: string): Promise<readonly StoredCredential[]> {
    const own = [...this.tables.credentials.values()].filter((one) => one.personId === personId);
    return own.sort(byAge).map(frozenCopy);
  }

  async byLookup(lookup: Uint8Array): Promise<StoredCredential | undefined> {
    const all = [...this.tables.credentials.values()];
    const found = all.find((one) => one.lookup && keyOf(one.lookup) === keyOf(lookup));
    return found && frozenCopy(found);
  }

  async advance(id: string, counter: number, at: EpochMs): Promise<boolean> {
    return this.use(id, at, (credential) => credential.counter < counter, { counter });
  }

  async spend(id: string, at: EpochMs): Promise<boolean> {
    return this.use(id, at, ({ lastUsedAt }) => lastUsedAt === undefined);
  }

  async touch(id: string, at: EpochMs): Promise<void> {
    this.use(id, at, () => true);
  }

  async remove(personId: string, id: string): Promise<'removed' | 'unknown' | 'last'> {
    const own = [...this.tables.credentials.values()].filter((one) => one.personId === personId);
    const named = own.find((one) => one.id === id);
    if (!named) return 'unknown';
    const going = own.filter((one) => (named.kind === 'passkey' ? one === named : one.kind !== 'passkey'));
    const left = own.filter((one) => !going.includes(one) && ['passkey', 'password'].includes(one.kind));
    const linked = [...this.tables.identities.values()].some((one) => one.personId === personId);
    if (left.length === 0 && !linked) return 'last';
    for (const one of going) this.tables.credentials.delete(one.id);
    return 'removed';
  }

  private use(
    id: string,
    at: EpochMs,
    allows: (credential: StoredCredential) => boolean,
    change: Partial<StoredCredential> = {},
  ): boolean {
    const credential = this.tables.credentials.get(id);
    if (!credential || !allows(credential)) return false;
    this.tables.credentials.set(id, frozenCopy({ ...credential, ...change, lastUsedAt: at }));
    return true;
  }
}

function replaceCredentials(
  tables: Tables,
  personId: string,
  kinds: readonly CredentialKind[],
  credentials: readonly StoredCredential[],
): void {
  const before = [...tables.credentials];
  for (const [id, old] of before) {
    if (old.personId === personId && kinds.includes(old.kind)) tables.credentials.delete(id);
  }
  try {
    addCredentials(tables, credentials);
  } catch (thrown) {
    tables.credentials.clear();
    for (const [id, old] of before) tables.credentials.set(id, old);
    throw thrown;
  }
}

function addCredentials(tables: Tables, credentials: readonly StoredCredential[]): void {
  const taken = new Set([...tables.credentials.values()].flatMap(({ id, lookup }) => keysOf(id, lookup)));
  for (const { id, personId, lookup } of credentials) {
    invariant(tables.persons.has(personId), 'a credential is somebody’s');
    for (const key of keysOf(id, lookup)) {
      invariant(!taken.has(key), 'credentials differ in id and lookup');
      taken.add(key);
    }
  }
  for (const credential of credentials) tables.credentials.set(credential.id, frozenCopy(credential));
}

function keysOf(id: string, lookup: Uint8Array | undefined): string[] {
  return [`id ${id}`, ...(lookup ? [`lookup ${keyOf(lookup)}`] : [])];
}

class MemorySessions implements SessionStore {
  constructor(private readonly tables: Tables) {}

  async add({ hash, ...session }: StoredSession & { readonly hash: Uint8Array }): Promise<void> {
    const taken = [...this.tables.sessions.values()].some(({ id }) => id === session.id);
    invariant(!taken && !this.tables.sessions.has(keyOf(hash)), 'sessions differ in id and hash');
    invariant(this.tables.persons.has(session.personId), 'a session is somebody’s');
    this.tables.sessions.set(keyOf(hash), frozenCopy(session));
  }

  async byHash(hash: Uint8Array): Promise<KnownSession | undefined> {
    return this.known(this.tables.sessions.get(keyOf(hash)));
  }

  async byId(id: string): Promise<KnownSession | undefined> {
    return this.known([...this.tables.sessions.values()].find((one) => one.id === id));
  }

  async ofPerson(personId: string): Promise<readonly StoredSession[]> {
    const own = [...this.tables.sessions.values()].filter((one) => one.personId === personId);
    return own.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)).map(frozenCopy);
  }

  async seen(id: string, at: EpochMs, idleUntil: EpochMs): Promise<void> {
    for (const [key, one] of this.tables.sessions) {
      if (one.id !== id || one.revokedAt !== undefined) continue;
      const later = {
        lastSeenAt: Math.max(one.lastSeenAt, at),
        idleUntil: Math.max(one.idleUntil, idleUntil),
      };
      this.tables.sessions.set(key, frozenCopy({ ...one, ...later }));
    }
  }

  async revoke(id: string, at: EpochMs): Promise<boolean> {
    for (const [key, one] of this.tables.sessions) {
      if (one.id !== id) continue;
      this.tables.sessions.set(key, frozenCopy({ ...one, revokedAt: one.revokedAt ?? at }));
      return true;
    }
    return false;
  }

  async revokeAll(personId: string, at: EpochMs, except?: string): Promise<readonly string[]> {
    const open = [...this.tables.sessions.values()].filter(
      (one) =>
        one.personId === personId &&
        one.id !== except &&
        one.revokedAt === undefined &&
        one.idleUntil > at &&
        one.expiresAt > at,
    );
    for (const { id } of open) await this.revoke(id, at);
    return open.map(({ id }) => id);
  }

  private known(session: StoredSession | undefined): KnownSession | undefined {
    const person = session && this.tables.persons.get(session.personId);
    return session && person && { session: frozenCopy(session), person: shown(person) };
  }
}

class MemoryInvitations implements InvitationStore {
  constructor(private readonly tables: Tables) {}

  async add({ hash, ...invitation }: Invitation & { readonly hash: Uint8Array }): Promise<void> {
    const { personId, createdAt } = invitation;
    invariant(!this.tables.invitations.has(keyOf(hash)), 'invitations differ in hash');
    if (personId !== undefined) this.useUp(personId, createdAt);
    this.tables.invitations.set(keyOf(hash), frozenCopy(invitation));
  }

  async byHash(hash: Uint8Array): Promise<Invitation | undefined> {
    return this.tables.invitations.get(keyOf(hash));
  }

  async redeem(
    hash: Uint8Array,
    at: EpochMs,
    { person, login, credentials }: Enrolment,
  ): Promise<'redeemed' | 'used' | 'login_taken'> {
    const link = this.tables.invitations.get(keyOf(hash));
    if (!link || link.usedAt !== undefined || link.expiresAt <= at) return 'used';
    if ((link.personId === undefined) !== (person !== undefined)) return 'used';
    if (person && hasAdministrator(this.tables)) return 'used';
    const id = person?.id ?? link.personId ?? '';
    if (credentials.some(({ personId }) => personId !== id) || (login && login.personId !== id))
      return 'used';
    if (isLoginTaken(this.tables, person?.loginHash ?? login?.loginHash, id)) return 'login_taken';
    this.useUp(link.personId, at);
    const before = person ?? this.tables.persons.get(id);
    invariant(before, 'an invitation is somebody’s');
    const after = { ...before, ...(login && { loginHash: login.loginHash }) };
    this.tables.persons.set(id, frozenCopy(after));
    replaceCredentials(this.tables, id, ['password', 'totp', 'passkey', 'recovery'], credentials);
    return 'redeemed';
  }

  private useUp(personId: string | undefined, at: EpochMs): void {
    for (const [key, link] of this.tables.invitations) {
      if (link.personId === personId) this.tables.invitations.set(key, { usedAt: at, ...link });
    }
  }
}

class MemoryAttempts implements AttemptStore {
  private readonly counts = new Map<string, { count: number; until: EpochMs; expiresAt: EpochMs }>();
  private readonly questions = new Map<string, Challenge>();

  async hit(key: Uint8Array, at: EpochMs, windowMs: number): Promise<{ count: number; endsAt: EpochMs }> {
    const known = this.counts.get(keyOf(key));
    const open = known && known.expiresAt > at ? known : { count: 0, until: at, expiresAt: at + windowMs };
    const next = { ...open, count: open.count + 1 };
    this.counts.set(keyOf(key), next);
    return { count: next.count, endsAt: next.expiresAt };
  }

  async attempt(key: Uint8Array, at: EpochMs, { free, firstMs, mostMs, forgetMs }: Pauses): Promise<Attempt> {
    const known = this.counts.get(keyOf(key));
    const open = known && known.expiresAt > at ? known : { count: 0, until: at };
    if (open.until > at) return { allowed: false, until: open.until };
    const count = open.count + 1;
    const pause = count < free ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(count - free, 30));
    this.counts.set(keyOf(key), { count, until: at + pause, expiresAt: at + forgetMs });
    return { allowed: true, count };
  }

  async forgive(key: Uint8Array): Promise<void> {
    this.counts.delete(keyOf(key));
  }

  async ask(challenge: Challenge, at: EpochMs): Promise<void> {
    for (const [key, { expiresAt }] of this.questions) if (expiresAt <= at) this.questions.delete(key);
    this.questions.set(keyOf(challenge.hash), frozenCopy(challenge));
  }

  async take(hash: Uint8Array, purpose: string, at: EpochMs): Promise<string | undefined> {
    const question = this.questions.get(keyOf(hash));
    if (question?.purpose !== purpose) return undefined;
    this.questions.delete(keyOf(hash));
    return question.expiresAt > at ? question.data : undefined;
  }
}

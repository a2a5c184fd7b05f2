import type { PasskeyAnswer, PasswordSignIn } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { JsonObject } from '@cordon/kernel';
import type { Journal, StoredPerson } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError, say } from '../http/problem-error.js';
import { JOURNAL, STORE, type ServerStore } from '../injection.js';
import { KeyedHash } from './keyed-hash.js';
import { LocalCredentials } from './local-credentials.js';
import { Passkeys } from './passkeys.js';
import type { RelyingParty } from './relying-party.js';
import { Sessions } from './sessions.js';
import { Throttle } from './throttle.js';

/** Who brings an attempt, as far as the server knows. */
export interface Visitor {
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  /** As the browser sent it: what it was signed in with before ends. */
  readonly cookie: string | undefined;
}

export interface SignedIn {
  readonly personId: string;
  readonly roles: readonly string[];
  readonly session: string;
  /** Value of Set-Cookie. */
  readonly cookie: string;
}

const NOBODY: Actor = { type: 'system', id: 'sign-in', roles: [] };

/** Signing in, with every attempt in the journal. Whatever is wrong, the answer is the same, after the same work. */
@Injectable()
export class SignIn {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly hash: KeyedHash,
    private readonly local: LocalCredentials,
    private readonly passkeys: Passkeys,
    private readonly sessions: Sessions,
    private readonly throttle: Throttle,
  ) {}

  /** By password and code. Throws 401 `sign_in_failed`, 429 with Retry-After. */
  async byPassword({ login, password, code }: PasswordSignIn, visitor: Visitor): Promise<SignedIn> {
    await this.throttle.address(visitor.address);
    const hash = await this.hash.login(login);
    const { key, paused } = await this.throttle.account(hash);
    const person = await this.store.people.persons.byLogin(hash);
    const method = await this.local.check(person?.id, password, code);
    if (!person || !method || !maySignIn(person)) {
      await this.refuse(person, { method: 'password', ...(paused && { paused }) });
      throw failed();
    }
    await this.throttle.forgive(key);
    return this.start(person, method, visitor);
  }

  /** What a passkey is asked. */
  async askPasskey(party: RelyingParty, visitor: Visitor): Promise<object> {
    await this.throttle.address(visitor.address);
    return this.passkeys.ask(party);
  }

  /** By passkey. Throws 401 `sign_in_failed`, 429 with Retry-After. */
  async byPasskey(answer: PasskeyAnswer, party: RelyingParty, visitor: Visitor): Promise<SignedIn> {
    await this.throttle.address(visitor.address);
    const credential = await this.passkeys.read(answer, party);
    const [person] = credential ? await this.store.people.persons.byIds([credential.personId]) : [];
    if (!person || !maySignIn(person)) {
      await this.refuse(person, { method: 'passkey' });
      throw failed();
    }
    return this.start(person, 'passkey', visitor);
  }

  /** Signs in somebody who has just proved who they are, by whatever means. The session that the browser held ends. */
  async start(
    person: Pick<StoredPerson, 'id' | 'roles'>,
    method: string,
    visitor: Visitor,
  ): Promise<SignedIn> {
    const { id: personId, roles } = person;
    await this.endHeld(visitor.cookie);
    const { id, cookie } = await this.sessions.start({ personId, method, userAgent: visitor.userAgent });
    const actor: Actor = { type: 'person', id: personId, roles };
    await this.journal.record({
      actor,
      type: 'session.start',
      subject: personId,
      data: { session: id, method },
    });
    return { personId, roles, session: id, cookie };
  }

  /** A token that outlived the sign-in it stands for would be of use to its finder only. */
  private async endHeld(cookie: string | undefined): Promise<void> {
    const token = this.sessions.cookie.tokenIn(cookie);
    const held = token === undefined ? undefined : await this.sessions.find(token);
    if (!held) return;
    const { session, person } = held;
    await this.sessions.end(session.id);
    const actor: Actor = { type: 'person', id: person.id, roles: person.roles };
    await this.journal.record({
      actor,
      type: 'session.end',
      subject: person.id,
      data: { session: session.id },
    });
  }

  /** So that nobody fills the journal by failing: it takes so many a minute, the log says when there were more. */
  private async refuse(person: StoredPerson | undefined, data: JsonObject): Promise<void> {
    if (!(await this.throttle.mayJournal())) return;
    const subject = person && { subject: person.id };
    await this.journal.record({
      actor: NOBODY,
      type: 'session.start',
      ...subject,
      data,
      refused: 'sign_in_failed',
    });
  }
}

function maySignIn({ disabledAt, erasedAt }: StoredPerson): boolean {
  return disabledAt === undefined && erasedAt === undefined;
}

function failed(): ProblemError {
  return new ProblemError(
    'sign_in_failed',
    say(
      'Something of it is wrong, or this account cannot sign in. A code works once: wait for the next one.',
      '資料有誤，或此帳戶不能登入。每個驗證碼只能使用一次：請等候下一個。',
    ),
  );
}

import { randomUUID } from 'node:crypto';
import type { PasskeyEnrolment, PasskeyEnrolmentStart, PasswordEnrolment } from '@cordon/contracts';
import type { Clock } from '@cordon/kernel';
import {
  openProfile,
  sealProfile,
  type Enrolment as EnrolmentRow,
  type Invitation,
  type Journal,
  type Profile,
  type StoredCredential,
  type StoredPerson,
  type Vault,
} from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { tokenHash } from '../access/token-text.js';
import { ProblemError, say } from '../http/problem-error.js';
import { invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, JOURNAL, STORE, VAULT, type ServerStore } from '../injection.js';
import { Invitations } from './invitations.js';
import { KeyedHash } from './keyed-hash.js';
import { LocalCredentials } from './local-credentials.js';
import { describeTotp, totpSecret, type NewTotp } from './one-time-codes.js';
import { Passkeys } from './passkeys.js';
import { passwordFlaw } from './passwords.js';
import { failedPasskey, loginTaken, wrongCode } from './identity-problems.js';
import type { RelyingParty } from './relying-party.js';
import { Sessions } from './sessions.js';
import { SignIn, type SignedIn, type Visitor } from './sign-in.js';
import { Throttle } from './throttle.js';

interface AboutMe {
  readonly name?: string | undefined;
  readonly login?: string | undefined;
}

/** Who is about to enrol: the invited person, or whoever holds the first administrator's link. */
interface Newcomer {
  readonly invitation: Invitation;
  readonly person?: StoredPerson;
  readonly profile?: Profile;
}

export interface Enrolled {
  readonly signedIn: SignedIn;
  readonly recoveryCodes?: readonly string[];
}

/** What a one-time link is for: a person gets what they sign in with, and is signed in. */
@Injectable()
export class Enrolment {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly invitations: Invitations,
    private readonly hash: KeyedHash,
    private readonly local: LocalCredentials,
    private readonly passkeys: Passkeys,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
    private readonly throttle: Throttle,
  ) {}

  /** What the page shows. Does not use the link up. Throws 410 `link_used`. */
  async welcome(
    token: string,
    visitor: Visitor,
  ): Promise<{
    readonly name?: string;
    readonly needs: readonly ('name' | 'login')[];
    readonly totp: NewTotp;
  }> {
    await this.throttle.address(visitor.address);
    const { person, profile } = await this.newcomer(token);
    const needs = person
      ? profile?.email === undefined
        ? ['login' as const]
        : []
      : ['name' as const, 'login' as const];
    const totp = describeTotp(await this.secretOf(token), profile?.email ?? profile?.name ?? 'administrator');
    return { ...(profile && { name: profile.name }), needs, totp };
  }

  async askPasskey(
    { token, name, login }: PasskeyEnrolmentStart,
    party: RelyingParty,
    visitor: Visitor,
  ): Promise<object> {
    await this.throttle.address(visitor.address);
    const { person, profile } = await this.newcomer(token);
    const shown = profile?.name ?? name ?? '';
    const owner = {
      personId: person?.id ?? randomUUID(),
      login: profile?.email ?? login ?? shown,
      name: shown,
    };
    return this.passkeys.askNew(owner, party, purposeOf(token));
  }

  /** Throws 410 `link_used`, 409 `login_taken`, 422 for what is missing or does not verify. */
  async byPasskey(
    { token, response, ...about }: PasskeyEnrolment,
    party: RelyingParty,
    visitor: Visitor,
  ): Promise<Enrolled> {
    await this.throttle.address(visitor.address);
    const newcomer = await this.newcomer(token);
    // A passkey says who somebody is: a name to sign in with may be left for later.
    this.refuseMissing(newcomer, about, false);
    const credential = await this.passkeys.readNew(response, party, purposeOf(token));
    if (!credential) throw failedPasskey();
    return { signedIn: await this.redeem(token, newcomer, about, [credential], 'passkey', visitor) };
  }

  /** Throws as `byPasskey`, and 422 for a password that is too weak or a code that is wrong. */
  async byPassword(
    { token, password, code, ...about }: PasswordEnrolment,
    visitor: Visitor,
  ): Promise<Enrolled> {
    await this.throttle.address(visitor.address);
    const newcomer = await this.newcomer(token);
    this.refuseMissing(newcomer, about, true);
    const { profile } = newcomer;
    const own = [profile?.name, profile?.email, about.name, about.login].filter((text) => text !== undefined);
    const flaw = passwordFlaw(password, own);
    if (flaw !== undefined) throw invalidRequest([{ pointer: '/password', message: flaw }]);
    const personId = newcomer.person?.id ?? randomUUID();
    const made = await this.local.make(personId, { password, secret: await this.secretOf(token), code });
    if (!made) throw wrongCode();
    const { credentials, recoveryCodes } = made;
    const signedIn = await this.redeem(token, newcomer, about, credentials, 'password+totp', visitor);
    return { signedIn, recoveryCodes };
  }

  private refuseMissing({ person, profile }: Newcomer, { name, login }: AboutMe, byLogin: boolean): void {
    const errors = [
      ...(!person && name === undefined ? [{ pointer: '/name', message: 'is required' }] : []),
      ...(byLogin && profile?.email === undefined && login === undefined
        ? [{ pointer: '/login', message: 'is required' }]
        : []),
    ];
    if (errors.length > 0) throw invalidRequest(errors);
  }

  private async redeem(
    token: string,
    newcomer: Newcomer,
    about: AboutMe,
    credentials: readonly StoredCredential[],
    method: string,
    visitor: Visitor,
  ): Promise<SignedIn> {
    const personId = newcomer.person?.id ?? credentials[0]?.personId ?? '';
    const rows = { credentials, ...(await this.whose(personId, newcomer, about)) };
    const outcome = await this.store.people.invitations.redeem(tokenHash(token), this.clock.now(), rows);
    if (outcome !== 'redeemed' && !newcomer.person) await this.vault.erase(personId);
    if (outcome === 'used') throw linkUsed();
    if (outcome === 'login_taken') throw loginTaken();
    // Whoever signed in with what is gone now, signed in with what may have been stolen.
    if (newcomer.person) await this.sessions.endAll(personId);
    const roles = newcomer.person?.roles ?? ['administrator'];
    await this.account(personId, roles, newcomer, method);
    return this.signIn.start({ id: personId, roles }, method, visitor);
  }

  private async whose(
    personId: string,
    { person, profile }: Newcomer,
    { name = '', login }: AboutMe,
  ): Promise<Pick<EnrolmentRow, 'person' | 'login'>> {
    const loginHash = login === undefined ? undefined : await this.hash.login(login);
    // Somebody who has an e-mail address signs in with that: the link is not a way to take another name.
    if (person) return loginHash && profile?.email === undefined ? { login: { personId, loginHash } } : {};
    const email = login?.includes('@') ? { email: login } : {};
    const sealed = await sealProfile(this.vault, personId, { name, ...email });
    const createdAt = this.clock.now();
    return {
      person: {
        id: personId,
        roles: ['administrator'],
        profile: sealed,
        createdAt,
        ...(loginHash && { loginHash }),
      },
    };
  }

  private async account(
    personId: string,
    roles: readonly string[],
    { invitation, person }: Newcomer,
    method: string,
  ): Promise<void> {
    const actor = { type: 'person' as const, id: personId, roles };
    const subject = personId;
    if (!person)
      await this.journal.record({ actor, type: 'person.add', subject, data: { roles: [...roles] } });
    await this.journal.record({
      actor,
      type: 'invitation.use',
      subject,
      data: { invitation: invitation.id },
    });
    await this.journal.record({ actor, type: 'credential.add', subject, data: { method } });
  }

  private async newcomer(token: string): Promise<Newcomer> {
    const invitation = await this.invitations.open(token);
    if (!invitation) throw linkUsed();
    if (invitation.personId === undefined) return { invitation };
    const [person] = await this.store.people.persons.byIds([invitation.personId]);
    if (!person || person.disabledAt !== undefined) throw linkUsed();
    const profile = await openProfile(this.vault, person);
    return { invitation, person, ...(profile && { profile }) };
  }

  /** The same for one link however often its page is opened, and nowhere stored until it is confirmed. */
  private async secretOf(token: string): Promise<string> {
    return totpSecret(await this.hash.of('totp of a link', token));
  }
}

function purposeOf(token: string): string {
  return `enrol ${Buffer.from(tokenHash(token)).toString('hex')}`;
}

function linkUsed(): ProblemError {
  return new ProblemError(
    'link_used',
    say(
      'This link is unknown, used up or has expired. Ask an administrator for a new one.',
      '此連結不明、已使用或已過期。請向管理員索取新的連結。',
    ),
  );
}

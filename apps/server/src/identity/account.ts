import type { NewPasskeyAnswer, SetPassword } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { toIso, type Clock } from '@cordon/kernel';
import type { Journal, Profile, StoredCredential } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError, say } from '../http/problem-error.js';
import { invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, JOURNAL, STORE, type ServerStore } from '../injection.js';
import { Directory } from './directory.js';
import { failedPasskey, loginTaken, wrongCode } from './identity-problems.js';
import { KeyedHash } from './keyed-hash.js';
import { LocalCredentials } from './local-credentials.js';
import { describeTotp, totpSecret, type NewTotp } from './one-time-codes.js';
import { Passkeys } from './passkeys.js';
import { passwordFlaw } from './passwords.js';
import type { RelyingParty } from './relying-party.js';

export interface CredentialView {
  readonly id: string;
  readonly kind: 'password' | 'totp' | 'passkey';
  readonly createdAt: string;
  readonly lastUsedAt?: string;
}

/** What a person signs in with, looked at and changed by that person. */
@Injectable()
export class Account {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly directory: Directory,
    private readonly hash: KeyedHash,
    private readonly local: LocalCredentials,
    private readonly passkeys: Passkeys,
  ) {}

  async credentials(
    personId: string,
  ): Promise<{ readonly items: readonly CredentialView[]; readonly recoveryCodesLeft: number }> {
    const own = await this.store.people.credentials.ofPerson(personId);
    const left = own.filter(({ kind, lastUsedAt }) => kind === 'recovery' && lastUsedAt === undefined);
    return { items: own.flatMap(viewOf), recoveryCodesLeft: left.length };
  }

  async askPasskey({ id }: Actor, party: RelyingParty): Promise<object> {
    const { name, email } = await this.profileOf(id);
    return this.passkeys.askNew({ personId: id, name, login: email ?? name }, party, purposeOf(id));
  }

  /** The new passkey's id. Throws 422 when the answer does not verify. */
  async addPasskey(answer: NewPasskeyAnswer, actor: Actor, party: RelyingParty): Promise<string> {
    const credential = await this.passkeys.readNew(answer, party, purposeOf(actor.id));
    if (!credential || credential.personId !== actor.id) throw failedPasskey();
    await this.store.people.credentials.add([credential]);
    await this.told('credential.add', actor, { kind: 'passkey', credential: credential.id });
    return credential.id;
  }

  /** What the app for one-time codes is told. The same within one session until it is confirmed. */
  async newTotp({ id }: Actor, session: string): Promise<NewTotp> {
    const { name, email } = await this.profileOf(id);
    return describeTotp(await this.secretOf(id, session), email ?? name);
  }

  /**
   * Sets password, one-time codes and recovery codes anew, all three; the recovery codes, to be shown once. Throws 422
   * for a weak password or a wrong code, 409 `login_taken`.
   */
  async setPassword(
    { login, password, code }: SetPassword,
    actor: Actor,
    session: string,
  ): Promise<readonly string[]> {
    const { name, email } = await this.profileOf(actor.id);
    const own = [name, email, login].filter((text) => text !== undefined);
    const flaw = passwordFlaw(password, own);
    if (flaw !== undefined) throw invalidRequest([{ pointer: '/password', message: flaw }]);
    const secret = await this.secretOf(actor.id, session);
    const made = await this.local.make(actor.id, { password, secret, code });
    if (!made) throw wrongCode();
    const loginHash = await this.hash.login(login);
    const kinds = ['password', 'totp', 'recovery'] as const;
    const change = { kinds, credentials: made.credentials, loginHash };
    if (!(await this.store.people.credentials.replace(actor.id, change))) throw loginTaken();
    await this.told('credential.add', actor, { kind: 'password' });
    return made.recoveryCodes;
  }

  /**
   * Removes a passkey, or the password with all its codes. False when it is not there. Throws 409 `last_credential`
   * when nothing would be left to sign in with.
   */
  async remove(id: string, actor: Actor): Promise<boolean> {
    const outcome = await this.store.people.credentials.remove(actor.id, id);
    if (outcome === 'last') throw lastCredential();
    if (outcome === 'unknown') return false;
    await this.told('credential.remove', actor, { credential: id });
    return true;
  }

  private async profileOf(id: string): Promise<Profile> {
    return (await this.directory.find(id))?.profile ?? { name: '' };
  }

  /** Changes once it is confirmed: the old one is never offered again. */
  private async secretOf(personId: string, session: string): Promise<string> {
    const own = await this.store.people.credentials.ofPerson(personId);
    const present = own.find(({ kind }) => kind === 'totp')?.id ?? '';
    return totpSecret(await this.hash.of('totp of a session', `${session} ${present}`));
  }

  private async told(type: string, actor: Actor, data: { readonly [name: string]: string }): Promise<void> {
    await this.journal.record({ actor, type, subject: actor.id, data });
  }
}

function viewOf({ id, kind, createdAt, lastUsedAt }: StoredCredential): CredentialView[] {
  if (kind === 'recovery') return [];
  const used = lastUsedAt === undefined ? {} : { lastUsedAt: toIso(lastUsedAt) };
  return [{ id, kind, createdAt: toIso(createdAt), ...used }];
}

function purposeOf(personId: string): string {
  return `passkey of ${personId}`;
}

function lastCredential(): ProblemError {
  return new ProblemError(
    'last_credential',
    say('Add another way to sign in first.', '請先加入另一種登入方式。'),
  );
}

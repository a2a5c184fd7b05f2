import { randomUUID } from 'node:crypto';
import type { Clock } from '@cordon/kernel';
import type { StoredCredential, Vault } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, STORE, VAULT, type ServerStore } from '../injection.js';
import { totpStep } from './one-time-codes.js';
import { hashPassword, verifyPassword } from './passwords.js';
import { newRecoveryCodes, recoveryHash } from './recovery-codes.js';

const SEALED = 'credential';
/** A secret nobody has, to look at codes with as long as if somebody had it. */
const NOBODYS_SECRET = 'A'.repeat(32);

export interface NewLocalCredentials {
  readonly credentials: readonly StoredCredential[];
  /** To be shown once. */
  readonly recoveryCodes: readonly string[];
}

/** Passwords with one-time codes and recovery codes: made and checked. A password alone signs nobody in. */
@Injectable()
export class LocalCredentials {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** All three, not stored yet. `code` has to be of the secret now, and is used up by it; undefined when it is not. */
  async make(
    personId: string,
    { password, secret, code }: { readonly password: string; readonly secret: string; readonly code: string },
  ): Promise<NewLocalCredentials | undefined> {
    const step = totpStep(secret, code, this.clock.now());
    if (step === undefined) return undefined;
    const recoveryCodes = newRecoveryCodes();
    const common = { personId, counter: 0, createdAt: this.clock.now() };
    const sealed = (text: string): Promise<string> => this.vault.seal(personId, text, SEALED);
    const recovery = recoveryCodes.map(async (text): Promise<StoredCredential> => {
      const lookup = recoveryHash(text) ?? new Uint8Array(32);
      return { ...common, id: randomUUID(), kind: 'recovery', data: await sealed(''), lookup };
    });
    const credentials: StoredCredential[] = [
      { ...common, id: randomUUID(), kind: 'password', data: await sealed(await hashPassword(password)) },
      { ...common, id: randomUUID(), kind: 'totp', data: await sealed(secret), counter: step },
      ...(await Promise.all(recovery)),
    ];
    return { credentials, recoveryCodes };
  }

  /**
   * How the person has proved who they are, with what must be right at once; the code is used up then. Undefined
   * otherwise, and without a person after as much work.
   */
  async check(
    personId: string | undefined,
    password: string,
    code: string,
  ): Promise<'password+totp' | 'password+recovery' | undefined> {
    const own = await this.store.people.credentials.ofPerson(personId ?? '');
    const ofKind = (kind: string) => own.find((credential) => credential.kind === kind);
    const [held, totp] = [ofKind('password'), ofKind('totp')];
    const right = await verifyPassword(held && (await this.open(held)), password);
    const step = totpStep((totp && (await this.open(totp))) ?? NOBODYS_SECRET, code, this.clock.now());
    const recovery = await this.recoveryOf(own, code);
    if (!right || !held) return undefined;
    const now = this.clock.now();
    if (totp && step !== undefined && (await this.store.people.credentials.advance(totp.id, step, now))) {
      await this.store.people.credentials.touch(held.id, now);
      return 'password+totp';
    }
    if (recovery && (await this.store.people.credentials.spend(recovery.id, now))) {
      await this.store.people.credentials.touch(held.id, now);
      return 'password+recovery';
    }
    return undefined;
  }

  private async recoveryOf(
    own: readonly StoredCredential[],
    code: string,
  ): Promise<StoredCredential | undefined> {
    const hash = recoveryHash(code);
    if (!hash) return undefined;
    const wanted = Buffer.from(hash);
    return own.find(({ kind, lookup }) => kind === 'recovery' && lookup && wanted.equals(lookup));
  }

  private async open({ personId, data }: StoredCredential): Promise<string | undefined> {
    return this.vault.open(personId, data, SEALED);
  }
}

import { randomUUID } from 'node:crypto';
import type { NewPasskeyAnswer, PasskeyAnswer } from '@cordon/contracts';
import { isJsonObject, type Clock, type JsonObject } from '@cordon/kernel';
import type { StoredCredential, Vault } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { tokenHash } from '../access/token-text.js';
import { CLOCK, STORE, VAULT, type ServerStore } from '../injection.js';
import type { RelyingParty } from './relying-party.js';

const CHALLENGE_MS = 5 * 60_000;
const SEALED = 'credential';

/** Of whom a passkey is made. */
export interface PasskeyOwner {
  readonly personId: string;
  /** What the browser shows when it asks which passkey to use. */
  readonly login: string;
  readonly name: string;
}

/** What a passkey's seal holds. */
interface PasskeyData extends JsonObject {
  readonly id: string;
  readonly publicKey: string;
}

/**
 * Passkeys (WebAuthn): discoverable, so that nobody has to say who they are first, and with the person verified by
 * the authenticator, so that one alone signs in. A challenge is kept here, answered once, for five minutes.
 */
@Injectable()
export class Passkeys {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What navigator.credentials.create is asked. `purpose` names who asks: the answer counts for the same only. */
  async askNew(owner: PasskeyOwner, party: RelyingParty, purpose: string): Promise<object> {
    const known = await this.store.people.credentials.ofPerson(owner.personId);
    const options = await generateRegistrationOptions({
      rpName: 'Cordon',
      rpID: party.id,
      userID: new TextEncoder().encode(owner.personId),
      userName: owner.login,
      userDisplayName: owner.name,
      timeout: CHALLENGE_MS,
      attestationType: 'none',
      excludeCredentials: await this.idsOf(known),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    await this.keep(options.challenge, purpose, owner.personId);
    return options;
  }

  /** The new passkey, not stored yet; undefined when the answer is to no question of ours, or does not verify. */
  async readNew(
    answer: NewPasskeyAnswer,
    party: RelyingParty,
    purpose: string,
  ): Promise<StoredCredential | undefined> {
    let personId: string | undefined;
    const take = async (challenge: string): Promise<boolean> => {
      personId = await this.take(challenge, purpose);
      return personId !== undefined;
    };
    const verified = await quietly(() =>
      verifyRegistrationResponse({
        response: answer as unknown as Parameters<typeof verifyRegistrationResponse>[0]['response'],
        expectedChallenge: take,
        expectedOrigin: party.origin,
        expectedRPID: party.id,
        requireUserVerification: true,
      }),
    );
    if (!verified?.verified || personId === undefined) return undefined;
    const { id, publicKey, counter } = verified.registrationInfo.credential;
    const data: PasskeyData = { id, publicKey: Buffer.from(publicKey).toString('base64url') };
    return {
      id: randomUUID(),
      personId,
      kind: 'passkey',
      data: await this.vault.seal(personId, JSON.stringify(data), SEALED),
      lookup: lookupOf(id),
      counter,
      createdAt: this.clock.now(),
    };
  }

  /** What navigator.credentials.get is asked. The same for everybody. */
  async ask(party: RelyingParty): Promise<object> {
    const options = await generateAuthenticationOptions({
      rpID: party.id,
      userVerification: 'required',
      timeout: CHALLENGE_MS,
    });
    await this.keep(options.challenge, 'passkey-sign-in', '');
    return options;
  }

  /** Whose passkey signed; undefined when nobody's did, or the answer was used before. */
  async read(answer: PasskeyAnswer, party: RelyingParty): Promise<StoredCredential | undefined> {
    const credential = await this.store.people.credentials.byLookup(lookupOf(answer.id));
    const data = credential && (await this.open(credential));
    if (!credential || !data) return undefined;
    const verified = await quietly(() =>
      verifyAuthenticationResponse({
        response: { clientExtensionResults: {}, ...answer },
        expectedChallenge: async (challenge) => (await this.take(challenge, 'passkey-sign-in')) !== undefined,
        expectedOrigin: party.origin,
        expectedRPID: party.id,
        credential: {
          id: data.id,
          publicKey: Buffer.from(data.publicKey, 'base64url'),
          // Whether the counter rises is decided in the database, once for all processes.
          counter: 0,
        },
        requireUserVerification: true,
      }),
    );
    if (!verified?.verified) return undefined;
    return (await this.countUse(credential, verified.authenticationInfo.newCounter)) ? credential : undefined;
  }

  /** Passkeys that are copied between devices do not count (0); one that counts must count up, or it was cloned. */
  private async countUse({ id, counter }: StoredCredential, next: number): Promise<boolean> {
    if (next > 0 || counter > 0) return this.store.people.credentials.advance(id, next, this.clock.now());
    await this.store.people.credentials.touch(id, this.clock.now());
    return true;
  }

  private async idsOf(credentials: readonly StoredCredential[]): Promise<{ id: string }[]> {
    const own = credentials.filter(({ kind }) => kind === 'passkey');
    const opened = await Promise.all(own.map((credential) => this.open(credential)));
    return opened.flatMap((data) => (data ? [{ id: data.id }] : []));
  }

  private async open({ personId, data }: StoredCredential): Promise<PasskeyData | undefined> {
    const plain = await this.vault.open(personId, data, SEALED);
    const value: unknown = plain === undefined ? undefined : JSON.parse(plain);
    return isJsonObject(value) ? (value as PasskeyData) : undefined;
  }

  private async keep(challenge: string, purpose: string, data: string): Promise<void> {
    const now = this.clock.now();
    const question = { hash: tokenHash(challenge), purpose, data, expiresAt: now + CHALLENGE_MS };
    await this.store.people.attempts.ask(question, now);
  }

  private take(challenge: string, purpose: string): Promise<string | undefined> {
    return this.store.people.attempts.take(tokenHash(challenge), purpose, this.clock.now());
  }
}

function lookupOf(id: string): Uint8Array {
  return tokenHash(`passkey ${id}`);
}

/**
 * The library throws for whatever does not verify, with plain Errors that cannot be told from faults of its own. What
 * the store throws on the way, for it was asked about the challenge, is a fault and goes on.
 */
async function quietly<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof Error && error.name !== 'OperationalError' && error.name !== 'InvariantError')
      return undefined;
    throw error;
  }
}

import { createHmac, randomBytes } from 'node:crypto';
import type { Vault } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { STORE, VAULT, type ServerStore } from '../injection.js';

const SUBJECT = 'deployment';
const PURPOSE = 'keyed-hash';

/**
 * HMAC-SHA256 under a key of this deployment, which the vault seals: by it people are found by what is not stored, and
 * whoever has the database alone can neither read nor try out names and addresses.
 */
@Injectable()
export class KeyedHash {
  private key: Promise<Buffer> | undefined;

  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Of what somebody signs in with: the same however it is written. */
  login(text: string): Promise<Uint8Array> {
    return this.of('login', text.normalize('NFKC').toLowerCase().normalize('NFKC'));
  }

  /** `purpose` keeps equal texts for different ends apart. 32 bytes. */
  async of(purpose: string, text: string): Promise<Buffer> {
    return createHmac('sha256', await this.read())
      .update(`${purpose}\0${text}`)
      .digest();
  }

  /** Remembered for the life of the process; a failure is not. */
  private read(): Promise<Buffer> {
    this.key ??= this.load().catch((error: unknown) => {
      this.key = undefined;
      throw error;
    });
    return this.key;
  }

  private async load(): Promise<Buffer> {
    const mine = await this.vault.seal(SUBJECT, randomBytes(32).toString('base64'), PURPOSE);
    const kept = await this.store.people.persons.secret(PURPOSE, mine);
    const key = await this.vault.open(SUBJECT, kept, PURPOSE);
    if (key === undefined)
      throw new Error('the key of the deployment was erased: nobody can be found by name');
    return Buffer.from(key, 'base64');
  }
}

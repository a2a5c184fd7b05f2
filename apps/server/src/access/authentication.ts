import type { Actor } from '@cordon/engine';
import type { Clock, EpochMs } from '@cordon/kernel';
import type { StoredToken } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, STORE, type ServerStore } from '../injection.js';
import { tokenHash } from './token-text.js';

/** How long another process's revocation may go unnoticed here. Our own is noticed at once. */
const rememberMs = 1_000;
const rememberAtMost = 1_000;

interface Known {
  readonly token: StoredToken;
  readonly until: EpochMs;
}

/** Finds out who asks. Remembers valid tokens for a second, because one person sends many requests. */
@Injectable()
export class Authentication {
  private known = new Map<string, Known>();

  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The person whose token an Authorization header carries; undefined when there is none that is valid now. */
  async actorOf(authorization: string | undefined): Promise<Actor | undefined> {
    const text = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (text === undefined) return undefined;
    const token = await this.tokenOf(tokenHash(text));
    return token && isValid(token, this.clock.now())
      ? { type: 'person', id: token.id, roles: token.roles }
      : undefined;
  }

  /** Forgets everybody: called when a token is revoked, so that it stops working at once. */
  forget(): void {
    this.known = new Map();
  }

  private async tokenOf(hash: Uint8Array): Promise<StoredToken | undefined> {
    const key = Buffer.from(hash).toString('base64');
    const known = this.known.get(key);
    if (known && known.until > this.clock.now()) return known.token;
    // An answer that was on its way while `forget` was called goes into the map that was thrown away.
    const memory = this.known;
    const token = await this.store.tokens.byHash(hash);
    memory.delete(key);
    if (!token) return undefined;
    if (memory.size >= rememberAtMost) memory.clear();
    memory.set(key, { token, until: this.clock.now() + rememberMs });
    return token;
  }
}

export function isValid(token: StoredToken, now: EpochMs): boolean {
  return token.revokedAt === undefined && (token.expiresAt === undefined || token.expiresAt > now);
}

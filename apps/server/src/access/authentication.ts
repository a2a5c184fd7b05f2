import type { Actor } from '@cordon/engine';
import type { Clock, EpochMs } from '@cordon/kernel';
import type { StoredToken } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { SessionWatch } from '../identity/session-watch.js';
import { Sessions } from '../identity/sessions.js';
import { CLOCK, STORE, type ServerStore } from '../injection.js';
import { tokenHash } from './token-text.js';

/** How long another process's revocation of a token may go unnoticed here. Our own is noticed at once. */
const rememberMs = 1_000;
const rememberAtMost = 1_000;

interface Known {
  readonly token: StoredToken;
  readonly until: EpochMs;
}

/** What of a request says who asks. */
export interface Presented {
  readonly headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined };
}

/** Who asks, and what they proved it with. */
export interface Identity {
  readonly actor: Actor;
  /** Absent for an API token. */
  readonly session?: { readonly id: string; readonly startedAt: EpochMs; readonly method: string };
  /** Actions that an API token is limited to. */
  readonly scopes?: readonly string[];
}

/**
 * Finds out who asks: by the token of an Authorization header, else by the session of a cookie. Valid tokens are
 * remembered for a second, because one program sends many requests; sessions are looked up each time.
 */
@Injectable()
export class Authentication {
  private known = new Map<string, Known>();

  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly sessions: Sessions,
    private readonly watch: SessionWatch,
  ) {}

  /** Undefined when nothing that was presented is valid now. A header that is wrong is not made good by a cookie. */
  async identify({ headers }: Presented): Promise<Identity | undefined> {
    if (headers.authorization !== undefined) return this.byToken(headers.authorization);
    const token = this.sessions.cookie.tokenIn(headers.cookie);
    const found = token === undefined ? undefined : await this.sessions.find(token);
    if (!found) return undefined;
    const { session, person } = found;
    return {
      actor: { type: 'person', id: person.id, roles: person.roles },
      session: { id: session.id, startedAt: session.createdAt, method: session.method },
    };
  }

  /**
   * The person who asks. An open stream asks this again with the request that opened it: undefined once the token or
   * session has ended. See `SessionWatch` for being told.
   */
  async actorOf(presented: Presented): Promise<Actor | undefined> {
    return (await this.identify(presented))?.actor;
  }

  /** Whether the request is let in by the browser's own doing: any site may make it send the cookie. */
  comesByCookie({ headers }: Presented): boolean {
    return headers.authorization === undefined && this.sessions.cookie.tokenIn(headers.cookie) !== undefined;
  }

  /** To be called when a token is revoked, so that it stops working at once; whoever watches it is told. */
  forget(tokenId: string): void {
    this.known = new Map();
    this.watch.ended([tokenId]);
  }

  private async byToken(authorization: string): Promise<Identity | undefined> {
    const text = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    if (text === undefined) return undefined;
    const token = await this.tokenOf(tokenHash(text));
    if (!token || !isValid(token, this.clock.now())) return undefined;
    const { id, roles, scopes } = token;
    return { actor: { type: 'person', id, roles }, ...(scopes && { scopes }) };
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

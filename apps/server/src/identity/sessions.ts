import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock, EpochMs } from '@cordon/kernel';
import type { KnownSession, StoredSession } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { tokenHash } from '../access/token-text.js';
import type { Config } from '../config.js';
import { CLOCK, CONFIG, STORE, type ServerStore } from '../injection.js';
import { SessionCookie } from './session-cookie.js';
import { SessionWatch } from './session-watch.js';
import { userAgentFamily } from './user-agent.js';

/** That a session was used is written down once in so long: not with every request. */
const NOTE_EVERY_MS = 60_000;

export interface NewSession {
  readonly personId: string;
  /** `passkey`, `password+totp`, `password+recovery`, `oidc`, … */
  readonly method: string;
  /** As the browser sent it; only its family is kept. */
  readonly userAgent: string | undefined;
}

/**
 * Sign-ins of browsers. A session is looked up with every request and never remembered: one that was revoked, or whose
 * person was disabled, is dead on the next request of every process.
 */
@Injectable()
export class Sessions {
  readonly cookie: SessionCookie;

  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    private readonly watch: SessionWatch,
  ) {
    this.cookie = new SessionCookie(config);
  }

  /** Signs the person in with a new token, whatever the browser held before. `cookie` is the value of Set-Cookie. */
  async start({ personId, method, userAgent }: NewSession): Promise<{ cookie: string; id: string }> {
    const now = this.clock.now();
    const [id, token] = [randomUUID(), randomBytes(32).toString('base64url')];
    const lifetime = this.config.sessionHours * 3_600_000;
    const family = userAgentFamily(userAgent);
    await this.store.people.sessions.add({
      id,
      personId,
      method,
      ...(family !== undefined && { userAgent: family }),
      createdAt: now,
      lastSeenAt: now,
      idleUntil: now + this.idleMs(),
      expiresAt: now + lifetime,
      hash: tokenHash(token),
    });
    return { cookie: this.cookie.set(token, lifetime / 1_000), id };
  }

  /** Whose token it is, and notes that it was used; undefined unless it is valid now. */
  async find(token: string): Promise<KnownSession | undefined> {
    const known = await this.store.people.sessions.byHash(tokenHash(token));
    const now = this.clock.now();
    if (!known || !isOpen(known, now)) return undefined;
    const { session } = known;
    if (now - session.lastSeenAt >= NOTE_EVERY_MS) {
      await this.store.people.sessions.seen(session.id, now, now + this.idleMs());
    }
    return known;
  }

  /** Whether the session of this id may go on. Does not count as use. */
  async stillValid(id: string): Promise<boolean> {
    const known = await this.store.people.sessions.byId(id);
    return known !== undefined && isOpen(known, this.clock.now());
  }

  /** The person's sessions that are open now, the newest first. */
  async ofPerson(personId: string): Promise<readonly StoredSession[]> {
    const now = this.clock.now();
    return (await this.store.people.sessions.ofPerson(personId)).filter((one) => isLive(one, now));
  }

  /** Whose session it is; undefined when there is none. */
  async ownerOf(id: string): Promise<string | undefined> {
    return (await this.store.people.sessions.byId(id))?.session.personId;
  }

  /** Ends it at once: on the next request of every process, and now for whoever listens in this one. */
  async end(id: string): Promise<boolean> {
    const found = await this.store.people.sessions.revoke(id, this.clock.now());
    this.watch.ended([id]);
    return found;
  }

  /** Ends all that the person has open, but for one; the ids of those that end. */
  async endAll(personId: string, except?: string): Promise<readonly string[]> {
    const ids = await this.store.people.sessions.revokeAll(personId, this.clock.now(), except);
    this.watch.ended(ids);
    return ids;
  }

  private idleMs(): number {
    return this.config.sessionIdleMinutes * 60_000;
  }
}

function isOpen({ session, person }: KnownSession, now: EpochMs): boolean {
  return isLive(session, now) && person.disabledAt === undefined && person.erasedAt === undefined;
}

function isLive({ revokedAt, idleUntil, expiresAt }: StoredSession, now: EpochMs): boolean {
  return revokedAt === undefined && idleUntil > now && expiresAt > now;
}

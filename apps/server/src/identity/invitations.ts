import { randomBytes, randomUUID } from 'node:crypto';
import type { Actor } from '@cordon/engine';
import type { Clock, EpochMs } from '@cordon/kernel';
import type { Invitation, Journal } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { tokenHash } from '../access/token-text.js';
import { CLOCK, JOURNAL, STORE, type ServerStore } from '../injection.js';

const LIFETIME_MS = 24 * 3_600_000;
const SYSTEM: Actor = { type: 'system', id: 'start', roles: [] };

export interface Link {
  /** Where it leads: the token is behind `#`, which browsers send to nobody, so it reaches no log. */
  readonly path: string;
  readonly expiresAt: EpochMs;
}

/** One-time links by which people enrol: a passkey, or a password with one-time codes. */
@Injectable()
export class Invitations {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** A link for the person; earlier ones stop working. It also replaces what they signed in with before. */
  async invite(personId: string, actor: Actor): Promise<Link> {
    return this.make({ personId, createdBy: actor.id }, actor);
  }

  /** A link that makes its user the first administrator; undefined when there is an administrator. */
  async forFirstAdministrator(): Promise<Link | undefined> {
    return (await this.store.people.persons.hasAdministrator()) ? undefined : this.make({}, SYSTEM);
  }

  /** The invitation behind a link's token, when it can be used now. */
  async open(token: string): Promise<Invitation | undefined> {
    const invitation = await this.store.people.invitations.byHash(tokenHash(token));
    if (!invitation || invitation.usedAt !== undefined) return undefined;
    if (invitation.expiresAt <= this.clock.now()) return undefined;
    const isFirst = invitation.personId === undefined;
    return isFirst && (await this.store.people.persons.hasAdministrator()) ? undefined : invitation;
  }

  private async make(whose: Pick<Invitation, 'personId' | 'createdBy'>, actor: Actor): Promise<Link> {
    const token = randomBytes(32).toString('base64url');
    const createdAt = this.clock.now();
    const expiresAt = createdAt + LIFETIME_MS;
    const id = randomUUID();
    await this.store.people.invitations.add({ id, ...whose, createdAt, expiresAt, hash: tokenHash(token) });
    const { personId } = whose;
    const data = { invitation: id, firstAdministrator: personId === undefined };
    await this.journal.record({
      actor,
      type: 'invitation.make',
      ...(personId && { subject: personId }),
      data,
    });
    return { path: `/welcome#${token}`, expiresAt };
  }
}

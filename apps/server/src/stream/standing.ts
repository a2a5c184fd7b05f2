import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { isValid, type Identity } from '../access/authentication.js';
import { SessionWatch } from '../identity/session-watch.js';
import { Sessions } from '../identity/sessions.js';
import { CLOCK, STORE, type ServerStore } from '../injection.js';
import type { ListenerOptions } from './listener.js';

/** Whether people who were let in once still are who they were. Asks the store each time, and counts as nobody's activity. */
@Injectable()
export class Standing {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly sessions: Sessions,
    private readonly watch: SessionWatch,
  ) {}

  /** What a listener needs to know of an identity. */
  follow(identity: Identity): Pick<ListenerOptions, 'actor' | 'still' | 'onEnd'> {
    const { actor, session } = identity;
    return {
      actor,
      still: () => this.of(identity),
      onEnd: (tell) => this.watch.onEnd(session?.id ?? actor.id, tell),
    };
  }

  /** The person with the roles of now; undefined once the session or token has ended. */
  private async of({ actor, session }: Identity): Promise<Actor | undefined> {
    if (!session) return this.ofToken(actor);
    if (!(await this.sessions.stillValid(session.id))) return undefined;
    const [person] = await this.store.people.persons.byIds([actor.id]);
    return person && { ...actor, roles: person.roles };
  }

  private async ofToken(actor: Actor): Promise<Actor | undefined> {
    const [token] = await this.store.tokens.byIds([actor.id]);
    return token && isValid(token, this.clock.now()) ? { ...actor, roles: token.roles } : undefined;
  }
}

import { randomUUID } from 'node:crypto';
import type { PersonChange } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import {
  openProfile,
  sealProfile,
  type Journal,
  type Profile,
  type StoredPerson,
  type Vault,
} from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, JOURNAL, STORE, VAULT, type ServerStore } from '../injection.js';
import { KeyedHash } from './keyed-hash.js';
import { Sessions } from './sessions.js';

export interface NewcomerProfile extends Profile {
  readonly roles: readonly string[];
}

export interface ListedPerson {
  readonly person: StoredPerson;
  /** Absent once the person was erased. */
  readonly profile?: Profile;
}

/** People who sign in: added, listed, given roles, kept out. What names them goes through the vault. */
@Injectable()
export class Directory {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly hash: KeyedHash,
    private readonly sessions: Sessions,
  ) {}

  /** Adds a person, who cannot sign in yet. An e-mail address is what they sign in with. The id, or `login_taken`. */
  async add(
    { name, email, roles }: NewcomerProfile,
    actor: Actor,
  ): Promise<{ readonly id: string } | 'login_taken'> {
    const login = email === undefined ? {} : { loginHash: await this.hash.login(email) };
    const { persons } = this.store.people;
    if (login.loginHash && (await persons.byLogin(login.loginHash))) return 'login_taken';
    const id = randomUUID();
    const profile = await sealProfile(this.vault, id, { name, ...(email !== undefined && { email }) });
    const [createdAt, createdBy] = [this.clock.now(), actor.id];
    const outcome = await persons.add({
      id,
      roles,
      profile,
      createdAt,
      createdBy,
      ...login,
    });
    // Two at once with one login: the key of the one that came second is not needed.
    if (outcome === 'login_taken') {
      await this.vault.erase(id);
      return outcome;
    }
    await this.journal.record({ actor, type: 'person.add', subject: id, data: { roles: [...roles] } });
    return { id };
  }

  async find(id: string): Promise<ListedPerson | undefined> {
    const [person] = await this.store.people.persons.byIds([id]);
    return person && this.listed(person);
  }

  async list(): Promise<readonly ListedPerson[]> {
    const persons = await this.store.people.persons.list();
    return Promise.all(persons.map((person) => this.listed(person)));
  }

  /** False when there is no such person. Who is disabled is signed out everywhere, at once. */
  async change(id: string, { roles, disabled }: PersonChange, actor: Actor): Promise<boolean> {
    const [before] = await this.store.people.persons.byIds([id]);
    const found = await this.store.people.persons.change(id, {
      ...(roles && { roles }),
      ...(disabled !== undefined && { disabledAt: disabled ? this.clock.now() : null }),
    });
    if (!found || !before) return false;
    if (roles) {
      const data = { from: [...before.roles], to: [...roles] };
      await this.journal.record({ actor, type: 'person.roles', subject: id, data });
    }
    if (disabled !== undefined) {
      const type = disabled ? 'person.disable' : 'person.enable';
      await this.journal.record({ actor, type, subject: id });
    }
    if (disabled === true) await this.sessions.endAll(id);
    return true;
  }

  private async listed(person: StoredPerson): Promise<ListedPerson> {
    const profile = await openProfile(this.vault, person);
    return { person, ...(profile && { profile }) };
  }
}

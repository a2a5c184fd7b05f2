import { isJsonObject, type Clock, type EpochMs } from '@cordon/kernel';
import { ERASED_PERSON } from './erase-person.js';
import type { PersonStore, StoredPerson } from './people-ports.js';
import type { Person, StoredToken, TokenStore } from './ports.js';
import type { Vault } from './vault.js';

/** More than this many people remembered, and the memory starts anew. */
const MAX_KNOWN = 10_000;

/** A name that was erased, by another process too, is shown no longer than this. */
const REMEMBER_MS = 5_000;

/** What is sealed in a person's profile. */
export interface Profile {
  readonly name: string;
  readonly email?: string;
}

export interface PeopleSources {
  readonly tokens: TokenStore;
  /** Absent where nobody but tokens acts. */
  readonly persons?: PersonStore;
  readonly vault?: Vault;
  readonly clock: Clock;
}

interface FoundPerson extends Person {
  /** Was erased: the name is empty. */
  readonly erased?: true;
}

interface Known {
  readonly person: FoundPerson | undefined;
  readonly until: EpochMs;
}

/** People by id: those who sign in, and tokens, each of which is a person of its own. Names are remembered shortly. */
export class People {
  private known = new Map<string, Known>();

  constructor(private readonly sources: PeopleSources) {}

  /** Looks up all the ids at once; the returned function knows their names. The erased have that of nobody. */
  async names(ids: Iterable<string>, language = 'en'): Promise<(id: string) => string | undefined> {
    const now = this.sources.clock.now();
    const names = new Map<string, string | undefined>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const known = this.known.get(id);
      if (known && known.until > now) names.set(id, nameIn(known.person, language));
      else if (id !== '') missing.push(id);
    }
    if (missing.length > 0) {
      // An answer that was on its way while `forget` was called goes into the map that was thrown away.
      const memory = this.known;
      const found = new Map((await this.look(missing)).map((person) => [person.id, person]));
      if (memory.size > MAX_KNOWN) memory.clear();
      for (const id of missing) {
        memory.set(id, { person: found.get(id), until: now + REMEMBER_MS });
        names.set(id, nameIn(found.get(id), language));
      }
    }
    return (id) => names.get(id);
  }

  /** People of these ids; the erased with the name of nobody. Costs one look-up among tokens, one among persons. */
  async find(ids: readonly string[], language = 'en'): Promise<readonly Person[]> {
    const found = await this.look(ids);
    return found.map((person) => ({
      id: person.id,
      name: nameIn(person, language) ?? '',
      roles: person.roles,
    }));
  }

  private async look(ids: readonly string[]): Promise<readonly FoundPerson[]> {
    const { tokens, persons } = this.sources;
    const [held, stored] = await Promise.all([tokens.byIds(ids), persons?.byIds(ids) ?? []]);
    const opened = await Promise.all(
      stored.map(async (person) => (await this.opened(person)) ?? nobodyNow(person)),
    );
    return [...held.map(personOf), ...opened];
  }

  /** The person that the text means, by id or by exact name; undefined when there is none or the name is not unique. */
  async resolve(text: string, now: number): Promise<Person | undefined> {
    const { tokens, persons } = this.sources;
    const [held, stored] = await Promise.all([tokens.list(), persons?.list() ?? []]);
    const active = stored.filter((one) => one.disabledAt === undefined && one.erasedAt === undefined);
    const byId = active.find(({ id }) => id === text);
    if (byId) return this.opened(byId);
    const token = held.find(({ id }) => id === text);
    if (token) return isActive(token, now) ? personOf(token) : undefined;
    const opened = await Promise.all(active.map((one) => this.opened(one)));
    const everyone = [...held.filter((one) => isActive(one, now)).map(personOf), ...opened];
    const named = everyone.filter((one) => one?.name === text);
    return named.length === 1 ? named[0] : undefined;
  }

  /** Whether anybody has this name, or had it before being kept out: then the text is about one of them. */
  async isSomebodysName(text: string): Promise<boolean> {
    const { tokens, persons } = this.sources;
    const [held, stored] = await Promise.all([tokens.list(), persons?.list() ?? []]);
    if (held.some(({ name }) => name === text)) return true;
    const opened = await Promise.all(stored.map((one) => this.opened(one)));
    return opened.some((one) => one?.name === text);
  }

  /** Forgets everybody's name: called when a person is erased, so that this process shows it no more. */
  forget(): void {
    this.known = new Map();
  }

  private async opened(person: StoredPerson): Promise<Person | undefined> {
    const { vault } = this.sources;
    const profile = vault && (await openProfile(vault, person));
    return profile && { id: person.id, name: profile.name, roles: person.roles };
  }
}

const PROFILE = 'profile';

/** A person's profile as it is stored. */
export function sealProfile(vault: Vault, personId: string, profile: Profile): Promise<string> {
  return vault.seal(personId, JSON.stringify(profile), PROFILE);
}

/** The profile of a stored person; undefined once the person was erased. */
export async function openProfile(
  vault: Vault,
  { id, profile }: Pick<StoredPerson, 'id' | 'profile'>,
): Promise<Profile | undefined> {
  const plain = profile === undefined ? undefined : await vault.open(id, profile, PROFILE);
  if (plain === undefined) return undefined;
  const value: unknown = JSON.parse(plain);
  const { name, email } = isJsonObject(value) ? value : {};
  return { name: typeof name === 'string' ? name : '', ...(typeof email === 'string' && { email }) };
}

function personOf({ id, name, roles, erased }: StoredToken): FoundPerson {
  return { id, name, roles, ...(erased && { erased }) };
}

function nobodyNow({ id, roles }: StoredPerson): FoundPerson {
  return { id, name: '', roles, erased: true };
}

function nameIn(person: FoundPerson | undefined, language: string): string | undefined {
  return person?.erased ? (ERASED_PERSON[language] ?? ERASED_PERSON.en) : person?.name;
}

function isActive({ revokedAt, expiresAt }: StoredToken, now: EpochMs): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

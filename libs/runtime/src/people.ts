import type { Person, TokenStore } from './ports.js';

/** More than this many people remembered, and the memory starts anew. */
const MAX_KNOWN = 10_000;

/**
 * People by id, remembered: name and id of a token never change, so the memory is never wrong about them. That there is
 * nobody is remembered too: ids are random, and one that was written into a history before its token cannot be.
 */
export class People {
  private readonly known = new Map<string, Person | undefined>();

  constructor(private readonly store: TokenStore) {}

  /** Looks up all the ids at once; the returned function knows their names. */
  async names(ids: Iterable<string>): Promise<(id: string) => string | undefined> {
    const missing = [...new Set(ids)].filter((id) => id !== '' && !this.known.has(id));
    if (missing.length > 0) {
      if (this.known.size > MAX_KNOWN) this.known.clear();
      const found = new Map((await this.store.byIds(missing)).map((person) => [person.id, person]));
      // Only now: who asks meanwhile must look as well, and a lookup that fails must teach nothing.
      for (const id of missing) this.known.set(id, found.get(id));
    }
    return (id) => this.known.get(id)?.name;
  }

  async find(ids: readonly string[]): Promise<readonly Person[]> {
    const found = await this.store.byIds(ids);
    return found.map(({ id, name, roles }) => ({ id, name, roles }));
  }

  /** The person that the text means, by id or by exact name; undefined when there is none or the name is not unique. */
  async resolve(text: string, now: number): Promise<Person | undefined> {
    const active = (await this.store.list()).filter(
      (one) => one.revokedAt === undefined && (one.expiresAt === undefined || one.expiresAt > now),
    );
    const byId = active.find((one) => one.id === text);
    if (byId) return byId;
    const named = active.filter((one) => one.name === text);
    return named.length === 1 ? named[0] : undefined;
  }
}

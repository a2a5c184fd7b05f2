import type { PlaybookStore, StoredPlaybook, StoredToken, TokenStore } from '@cordon/runtime';
import { MemoryApprovalLinks, MemoryPeople, MemoryTeams } from '@cordon/testkit';
import type { ServerStore } from '../injection.js';
import { FakeFeed } from './fake-feed.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Tokens in a map. Counts its look-ups, so that a test can tell memory from asking. */
export class FakeTokens implements TokenStore {
  private readonly tokens = new Map<string, StoredToken>();
  lookups = 0;

  async add({ hash, ...token }: StoredToken & { readonly hash: Uint8Array }): Promise<void> {
    if (this.tokens.has(hex(hash))) throw new Error('duplicate token');
    this.tokens.set(hex(hash), token);
  }
  async byHash(hash: Uint8Array): Promise<StoredToken | undefined> {
    this.lookups += 1;
    return this.tokens.get(hex(hash));
  }
  async byIds(ids: readonly string[]): Promise<readonly StoredToken[]> {
    return [...this.tokens.values()].filter(({ id }) => ids.includes(id));
  }
  async list(): Promise<readonly StoredToken[]> {
    return [...this.tokens.values()];
  }
  async revoke(id: string, at: number): Promise<boolean> {
    for (const [hash, token] of this.tokens) {
      if (token.id === id) this.tokens.set(hash, { revokedAt: at, ...token });
    }
    return (await this.byIds([id])).length > 0;
  }
}

const playbook: StoredPlaybook = {
  id: 'ransomware',
  version: '1.0.0',
  digest: 'ab'.repeat(32),
  source: 'id: ransomware\n',
  publishedAt: 0,
};

/** Digests of what was published, by id and version. */
const published = new Map<string, string>();

const playbooks: PlaybookStore = {
  publish: ({ id, version, digest }) => {
    const name = `${id} ${version}`;
    const known = published.get(name);
    published.set(name, known ?? digest);
    if (known === undefined) return Promise.resolve('published');
    return Promise.resolve(known === digest ? 'known' : 'conflict');
  },
  byDigest: (digest) => Promise.resolve(digest === playbook.digest ? playbook : undefined),
  byVersion: (id, version) =>
    Promise.resolve(id === playbook.id && version === playbook.version ? playbook : undefined),
  list: () => Promise.resolve([playbook]),
};

export class FakeStore implements ServerStore {
  readonly teams = new MemoryTeams();
  readonly approvalLinks = new MemoryApprovalLinks();
  readonly tokens = new FakeTokens();
  readonly people = new MemoryPeople();
  readonly playbooks = playbooks;
  readonly feed = new FakeFeed();
  /** Set to make the database not answer. */
  down = false;

  ping(): Promise<void> {
    return this.down ? Promise.reject(new Error('connection refused')) : Promise.resolve();
  }
}

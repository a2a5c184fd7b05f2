import { invariant, type EpochMs } from '@cordon/kernel';
import type { PlaybookStore, StoredPlaybook, StoredToken, TokenStore } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';
import { sameBytes, type MemoryTables } from './tables.js';

type HashedToken = StoredToken & { readonly hash: Uint8Array };

export class MemoryTokens implements TokenStore {
  constructor(private readonly tables: MemoryTables) {}

  async add(token: HashedToken): Promise<void> {
    invariant(token.hash.length === 32, 'a token is kept as its SHA-256');
    const taken = [...this.tables.tokens.values()].some(
      ({ id, hash }) => id === token.id || sameBytes(hash, token.hash),
    );
    invariant(!taken, 'tokens differ in id and hash');
    this.tables.tokens.set(token.id, frozenCopy(token));
  }

  async byHash(hash: Uint8Array): Promise<StoredToken | undefined> {
    const found = [...this.tables.tokens.values()].find((token) => sameBytes(token.hash, hash));
    return found && withoutHash(found);
  }

  async byIds(ids: readonly string[]): Promise<readonly StoredToken[]> {
    return [...this.tables.tokens.values()].filter(({ id }) => ids.includes(id)).map(withoutHash);
  }

  async list(): Promise<readonly StoredToken[]> {
    const tokens = [...this.tables.tokens.values()].map(withoutHash);
    return tokens.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  async revoke(id: string, at: EpochMs): Promise<boolean> {
    const token = this.tables.tokens.get(id);
    if (token === undefined) return false;
    this.tables.tokens.set(id, frozenCopy({ ...token, revokedAt: token.revokedAt ?? at }));
    return true;
  }
}

function withoutHash({ hash: _, ...token }: HashedToken): StoredToken {
  return frozenCopy(token);
}

export class MemoryPlaybooks implements PlaybookStore {
  constructor(private readonly tables: MemoryTables) {}

  async publish(playbook: StoredPlaybook): Promise<'published' | 'known' | 'conflict'> {
    const { id, version, digest } = playbook;
    const there = this.tables.playbooks.find((known) => known.id === id && known.version === version);
    if (there) return there.digest === digest ? 'known' : 'conflict';
    if (this.tables.playbooks.some((known) => known.digest === digest)) return 'conflict';
    invariant(/^[0-9a-f]{64}$/.test(playbook.digest), 'a digest is SHA-256 in hex');
    this.tables.playbooks.push(frozenCopy(playbook));
    return 'published';
  }

  async byDigest(digest: string): Promise<StoredPlaybook | undefined> {
    return this.tables.playbooks.find((playbook) => playbook.digest === digest);
  }

  async byVersion(id: string, version: string): Promise<StoredPlaybook | undefined> {
    return this.tables.playbooks.find((playbook) => playbook.id === id && playbook.version === version);
  }

  async list(): Promise<readonly StoredPlaybook[]> {
    return [...this.tables.playbooks].sort(
      (a, b) => compare(a.id, b.id) || a.publishedAt - b.publishedAt || compare(a.version, b.version),
    );
  }
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

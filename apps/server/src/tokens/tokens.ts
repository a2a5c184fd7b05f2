import { randomUUID } from 'node:crypto';
import type { NewToken } from '@cordon/contracts';
import { fromIso, toIso, type Clock } from '@cordon/kernel';
import type { StoredToken } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { Authentication } from '../access/authentication.js';
import { newTokenText, tokenHash } from '../access/token-text.js';
import { invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, STORE, type ServerStore } from '../injection.js';

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly createdAt: string;
  readonly createdBy?: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

/** Issues, lists and revokes API tokens. */
@Injectable()
export class Tokens {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly authentication: Authentication,
  ) {}

  /** The new token's id and text; only the text's hash is stored. Throws 422 when it would be expired already. */
  async issue(
    { name, roles, expiresAt }: NewToken,
    createdBy: string,
  ): Promise<{ id: string; token: string }> {
    const now = this.clock.now();
    const expiry = expiresAt === undefined ? undefined : fromIso(expiresAt);
    if (expiry !== undefined && expiry <= now)
      throw invalidRequest([{ pointer: '/expiresAt', message: 'must lie in the future' }]);
    const [id, token] = [randomUUID(), newTokenText()];
    const expires = expiry === undefined ? {} : { expiresAt: expiry };
    await this.store.tokens.add({
      id,
      name,
      roles,
      createdAt: now,
      createdBy,
      ...expires,
      hash: tokenHash(token),
    });
    return { id, token };
  }

  async list(): Promise<TokenView[]> {
    return (await this.store.tokens.list()).map(viewOf);
  }

  /** False when there is no such token. On this process it is refused from now on, on others within a second. */
  async revoke(id: string): Promise<boolean> {
    const found = isId(id) && (await this.store.tokens.revoke(id, this.clock.now()));
    this.authentication.forget();
    return found;
  }
}

function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,100}$/.test(text);
}

function viewOf({ id, name, roles, createdAt, createdBy, expiresAt, revokedAt }: StoredToken): TokenView {
  return {
    id,
    name,
    roles,
    createdAt: toIso(createdAt),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(expiresAt === undefined ? {} : { expiresAt: toIso(expiresAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: toIso(revokedAt) }),
  };
}

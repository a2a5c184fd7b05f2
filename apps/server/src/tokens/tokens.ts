import { randomUUID } from 'node:crypto';
import type { NewToken } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { fromIso, toIso, type Clock } from '@cordon/kernel';
import type { Journal, StoredToken } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { Authentication } from '../access/authentication.js';
import { isAction } from '../access/policy.js';
import { newTokenText, tokenHash } from '../access/token-text.js';
import { ProblemError, say } from '../http/problem-error.js';
import { invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, JOURNAL, STORE, type ServerStore } from '../injection.js';

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly scopes?: readonly string[];
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
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly authentication: Authentication,
  ) {}

  /**
   * The new token's id and text; only the text's hash is stored. Throws 422 when it would be expired already, or when
   * it is limited to an action that does not exist; 403 when whoever makes it is limited, and it would be less so.
   */
  async issue(
    { name, roles, expiresAt, scopes }: NewToken,
    actor: Actor,
    limitedTo?: readonly string[],
  ): Promise<{ id: string; token: string }> {
    const now = this.clock.now();
    const expiry = expiresAt === undefined ? undefined : fromIso(expiresAt);
    if (expiry !== undefined && expiry <= now)
      throw invalidRequest([{ pointer: '/expiresAt', message: 'must lie in the future' }]);
    refuseUnknown(scopes ?? []);
    refuseWider(scopes, limitedTo);
    const [id, token] = [randomUUID(), newTokenText()];
    await this.store.tokens.add({
      id,
      name,
      roles,
      createdAt: now,
      createdBy: actor.id,
      ...(expiry !== undefined && { expiresAt: expiry }),
      ...(scopes && { scopes }),
      hash: tokenHash(token),
    });
    const until = expiry === undefined ? {} : { expiresAt: toIso(expiry) };
    const data = { roles, ...(scopes && { scopes }), ...until };
    await this.journal.record({ actor, type: 'token.issue', subject: id, data });
    return { id, token };
  }

  async list(): Promise<TokenView[]> {
    return (await this.store.tokens.list()).map(viewOf);
  }

  /** False when there is no such token. On this process it is refused from now on, on others within a second. */
  async revoke(id: string, actor: Actor): Promise<boolean> {
    const found = isId(id) && (await this.store.tokens.revoke(id, this.clock.now()));
    this.authentication.forget(id);
    if (found) await this.journal.record({ actor, type: 'token.revoke', subject: id });
    return found;
  }
}

function refuseUnknown(scopes: readonly string[]): void {
  const errors = scopes.flatMap((scope, i) =>
    scope !== 'public' && isAction(scope) ? [] : [{ pointer: `/scopes/${i}`, message: 'is not an action' }],
  );
  if (errors.length > 0) throw invalidRequest(errors);
}

function refuseWider(scopes: readonly string[] | undefined, limitedTo: readonly string[] | undefined): void {
  if (!limitedTo || scopes?.every((scope) => limitedTo.includes(scope))) return;
  const may = limitedTo.join(', ');
  throw new ProblemError(
    'forbidden',
    say(
      `This token can only make tokens limited to: ${may}.`,
      `此權杖只可製作限用於下列操作的權杖：${may}。`,
    ),
    { needs: [] },
  );
}

function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,100}$/.test(text);
}

function viewOf(token: StoredToken): TokenView {
  const { id, name, roles, scopes, createdAt, createdBy, expiresAt, revokedAt } = token;
  return {
    id,
    name,
    roles,
    ...(scopes && { scopes }),
    createdAt: toIso(createdAt),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(expiresAt === undefined ? {} : { expiresAt: toIso(expiresAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: toIso(revokedAt) }),
  };
}

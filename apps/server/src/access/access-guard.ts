import { invariant } from '@cordon/kernel';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Config } from '../config.js';
import { ProblemError, say } from '../http/problem-error.js';
import { forbidden } from '../http/refusal-problem.js';
import { contextOf } from '../http/request-context.js';
import { CONFIG } from '../injection.js';
import { Authentication, type Identity } from './authentication.js';
import { refuseCrossSite } from './cross-site.js';
import { isAction, isAllowed, POLICY, rolesFor, type Action } from './policy.js';

/**
 * Lets a request in when its route has a policy, a token or a session says who asks, one of the person's roles may do
 * the action, and no other site made the browser ask.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: Authentication,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const action = this.reflector.get<unknown>(POLICY, context.getHandler());
    invariant(isAction(action), 'a route has no policy');
    const request = context.switchToHttp().getRequest<Request>();
    refuseCrossSite(request, this.config.publicUrl, this.authentication.comesByCookie(request));
    if (action === 'public') return true;
    const identity = await this.authentication.identify(request);
    if (!identity) throw unauthenticated(request.headers.authorization !== undefined);
    const known = contextOf(request);
    known.actor = identity.actor;
    if (identity.session) known.session = identity.session;
    if (identity.scopes) known.scopes = identity.scopes;
    refuseOthers(action, identity);
    return true;
  }
}

function refuseOthers(action: Action, { actor, scopes }: Identity): void {
  const needs = rolesFor(action);
  if (!isAllowed(action, actor.roles))
    throw new ProblemError('forbidden', forbidden(needs), { needs: [...needs] });
  if (!scopes || scopes.includes(action)) return;
  const may = scopes.join(', ');
  throw new ProblemError('forbidden', say(`This token is limited to: ${may}.`, `此權杖只限用於：${may}。`), {
    needs: [],
  });
}

function unauthenticated(sentOne: boolean): ProblemError {
  const challenge = `Bearer realm="cordon"${sentOne ? ', error="invalid_token"' : ''}`;
  const detail = sentOne
    ? say('The token is unknown, expired or revoked.', '權杖不明、已過期或已撤銷。')
    : say(
        'Sign in at /sign-in, or send an API token: Authorization: Bearer cdn_….',
        '請在 /sign-in 登入，或傳送 API 權杖：Authorization: Bearer cdn_…。',
      );
  return new ProblemError('unauthenticated', detail, {}, { 'WWW-Authenticate': challenge });
}

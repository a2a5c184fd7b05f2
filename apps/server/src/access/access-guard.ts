import { invariant } from '@cordon/kernel';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ProblemError, say } from '../http/problem-error.js';
import { forbidden } from '../http/refusal-problem.js';
import { contextOf } from '../http/request-context.js';
import { Authentication } from './authentication.js';
import { isAllowed, POLICY, policy, rolesFor, type Action } from './policy.js';

/** Lets a request in when its route has a policy, its token is valid, and one of the token's roles may do the action. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: Authentication,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const action = this.reflector.get<Action | undefined>(POLICY, context.getHandler());
    invariant(action !== undefined && action in policy, 'a route has no policy');
    if (action === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const { authorization } = request.headers;
    const actor = await this.authentication.actorOf(authorization);
    if (!actor) throw unauthenticated(authorization !== undefined);
    contextOf(request).actor = actor;
    if (isAllowed(action, actor.roles)) return true;
    const needs = rolesFor(action);
    throw new ProblemError('forbidden', forbidden(needs), { needs: [...needs] });
  }
}

function unauthenticated(sentOne: boolean): ProblemError {
  const challenge = `Bearer realm="cordon"${sentOne ? ', error="invalid_token"' : ''}`;
  const detail = sentOne
    ? say('The token is unknown, expired or revoked.', '權杖不明、已過期或已撤銷。')
    : say(
        'Send an API token: Authorization: Bearer cdn_….',
        '請傳送 API 權杖：Authorization: Bearer cdn_…。',
      );
  return new ProblemError('unauthenticated', detail, {}, { 'WWW-Authenticate': challenge });
}

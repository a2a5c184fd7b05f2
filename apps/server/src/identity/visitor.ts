import type { EpochMs } from '@cordon/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError, say } from '../http/problem-error.js';
import { contextOf } from '../http/request-context.js';
import type { Visitor } from './sign-in.js';

/** What somebody signs in with is changed only so soon after signing in: a screen left open must not be enough. */
const FRESH_MS = 15 * 60_000;

/** Parameter: who comes, before anybody knows who that is. */
export const VisitorOf = createParamDecorator((_: unknown, context: ExecutionContext): Visitor => {
  const request = context.switchToHttp().getRequest<Request>();
  const { cookie } = request.headers;
  return { address: request.ip, userAgent: request.get('user-agent'), cookie };
});

/** Parameter: the browser's sign-in; undefined for an API token. */
export const SessionOf = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return contextOf(context.switchToHttp().getRequest<Request>()).session;
});

export type CurrentSession = ReturnType<typeof contextOf>['session'];

/** The id of a session that has just begun. Throws 401 `sign_in_again` for an older one, and for an API token. */
export function freshSession(session: CurrentSession, now: EpochMs): string {
  if (session && now - session.startedAt < FRESH_MS) return session.id;
  throw new ProblemError(
    'sign_in_again',
    say(
      'This is changed within a quarter of an hour after signing in, in a browser. Sign in again.',
      '此項只可在瀏覽器登入後十五分鐘內更改。請重新登入。',
    ),
  );
}

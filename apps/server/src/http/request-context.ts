import { randomUUID } from 'node:crypto';
import type { Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { EpochMs } from '@cordon/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { preferredLanguage } from './language.js';
import { ProblemError, say } from './problem-error.js';

export interface RequestContext {
  /** UUID, the caller's x-request-id where that is one: in the answer, in a problem's instance and in every log line. */
  readonly id: string;
  readonly language: Language;
  /** Who asks; absent until the access guard has let the request in. */
  actor?: Actor;
  /** The browser's sign-in; absent for an API token. */
  session?: { readonly id: string; readonly startedAt: EpochMs; readonly method: string };
  /** Actions that an API token is limited to; absent when it is not. */
  scopes?: readonly string[];
}

/** Where the request carries it: a WeakMap costs the garbage collector more. */
const CONTEXT = Symbol('request context');

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Everything known about a request; made when first asked for. */
export function contextOf(request: Request & { [CONTEXT]?: RequestContext }): RequestContext {
  return (request[CONTEXT] ??= newContext(request));
}

function newContext({ headers }: Request): RequestContext {
  const given = headers['x-request-id'];
  const id = typeof given === 'string' && uuid.test(given) ? given.toLowerCase() : randomUUID();
  return { id, language: preferredLanguage(headers['accept-language']) };
}

/** Parameter: who asks. Only on routes whose policy is not public. */
export const ActorOf = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = contextOf(context.switchToHttp().getRequest<Request>());
  if (!actor) throw new ProblemError('unauthenticated', say('Sign in first.', '請先登入。'));
  return actor;
});

/** Parameter: the language of titles and texts. */
export const LanguageOf = createParamDecorator((_: unknown, context: ExecutionContext): Language => {
  return contextOf(context.switchToHttp().getRequest<Request>()).language;
});

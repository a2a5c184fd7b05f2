import { randomUUID } from 'node:crypto';
import type { Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { preferredLanguage } from './language.js';
import { ProblemError, say } from './problem-error.js';

export interface RequestContext {
  /** UUID: in the answer's x-request-id, in a problem's instance and in every log line. */
  readonly id: string;
  readonly language: Language;
  /** Who asks; absent until the access guard has let the request in. */
  actor?: Actor;
}

const contexts = new WeakMap<object, RequestContext>();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** First in line: gives the request its id (the caller's x-request-id where that is a UUID) and its language. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  const { id, language } = contextOf(request);
  response.setHeader('X-Request-Id', id);
  response.setHeader('Content-Language', language);
  response.setHeader('Vary', 'Accept-Language');
  if (request.path.startsWith('/api/')) response.setHeader('Cache-Control', 'no-store');
  next();
}

/** Everything known about a request; made when first asked for. */
export function contextOf(request: Request): RequestContext {
  const known = contexts.get(request);
  if (known) return known;
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && uuid.test(given) ? given.toLowerCase() : randomUUID();
  const made: RequestContext = { id, language: preferredLanguage(request.headers['accept-language']) };
  contexts.set(request, made);
  return made;
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

import { randomUUID } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError, say } from './problem-error.js';

/** The strong entity tag of an incident at a revision (RFC 9110, 8.8.3). */
export function etagOf(revision: number): string {
  return `"v${revision}"`;
}

/** Revision that If-Match asks for; undefined without the header and for `*`, which any incident matches. */
function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  const digits = /^"v(0|[1-9]\d{0,14})"$/.exec(ifMatch)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new ProblemError(
    'malformed',
    say(
      'If-Match must be the incident’s ETag, such as "v12", or *.',
      'If-Match 必須是事故的 ETag，例如 "v12"，或 *。',
    ),
  );
}

/** Checks an Idempotency-Key: 1 to 200 visible ASCII characters. */
function keyOf(given: string | undefined): string {
  if (given !== undefined && /^[\x21-\x7e]{1,200}$/.test(given)) return given;
  throw new ProblemError(
    'malformed',
    say(
      'Send an Idempotency-Key of 1 to 200 visible characters: the same one when you repeat the request.',
      '請傳送 Idempotency-Key（1 至 200 個可見字元）：重試同一請求時使用同一個鍵。',
    ),
  );
}

/** Parameter: the revision of If-Match, if any. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return revisionOf(headerOf(context, 'if-match'));
});

/** Parameter: the Idempotency-Key, which must be there … */
export const RequiredKey = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return keyOf(headerOf(context, 'idempotency-key'));
});

/** … or is made up for clients that do not repeat their requests. */
export const OptionalKey = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return keyOf(headerOf(context, 'idempotency-key') ?? randomUUID());
});

function headerOf(context: ExecutionContext, name: string): string | undefined {
  return context.switchToHttp().getRequest<Request>().get(name);
}

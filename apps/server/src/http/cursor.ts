import type { Request, Response } from 'express';
import type { z } from 'zod';
import { invalidRequest } from './schema-pipe.js';

/** Cursors are the last row's keys as base64url of JSON: opaque to clients, checked like any input. */
export function encodeCursor(keys: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** The keys of a cursor; throws 422 for one that this list did not hand out. Undefined stays undefined. */
export function decodeCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw invalidRequest([{ pointer: '/cursor', message: 'must come from nextCursor' }]);
  }
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A page of at most `limit` out of up to `limit + 1` rows: the one too many says that there is more. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  keysOf: (last: T) => readonly unknown[],
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keysOf(last)) : null };
}

/** Adds `Link: <…>; rel="next"` (RFC 8288) where there is a next page, and returns the page. */
export function linkNext<T>(page: Page<T>, request: Request, response: Response): Page<T> {
  if (page.nextCursor !== null) {
    const url = new URL(request.originalUrl, 'http://here.invalid');
    url.searchParams.set('cursor', page.nextCursor);
    response.setHeader('Link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  return page;
}

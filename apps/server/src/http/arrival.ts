import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../operations/metrics.js';
import { contextOf } from './request-context.js';
import { observeRequest } from './request-log.js';
import type { Header } from './security-headers.js';

/**
 * First in line: gives the request its id and its language, sets the headers that every answer has, and has it
 * measured. One middleware, because each costs a turn of the router.
 */
export function arrival(log: Logger, metrics: Metrics, always: readonly Header[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { id, language } = contextOf(request);
    response.setHeader('X-Request-Id', id);
    response.setHeader('Content-Language', language);
    response.setHeader('Vary', 'Accept-Language');
    // The router finds a route however its address is capitalised.
    if (/^\/api\//i.test(request.url)) response.setHeader('Cache-Control', 'no-store');
    for (const [name, value] of always) response.setHeader(name, value);
    observeRequest(request, response, log, metrics);
    next();
  };
}

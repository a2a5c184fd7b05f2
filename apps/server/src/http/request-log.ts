import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../operations/metrics.js';
import { contextOf } from './request-context.js';

/** One line and one measurement a request: never its query, body or headers, which may hold what is personal. */
export function requestLog(log: Logger, metrics: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.on('close', () => {
      const ms = performance.now() - startedAt;
      const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
      const { id, actor } = contextOf(request);
      const status = response.statusCode;
      metrics.observeRequest({ method: request.method, route, status: String(status) }, ms / 1000);
      const line = {
        request: id,
        method: request.method,
        path: request.path.slice(0, 300),
        status,
        ms: Math.round(ms),
        actor: actor?.id,
      };
      const unfinished = response.writableFinished ? {} : { unfinished: true };
      log[isQuiet(route) ? 'debug' : 'info']({ ...line, ...unfinished }, 'request');
    });
    next();
  };
}

function isQuiet(route: string): boolean {
  return route.startsWith('/health') || route === '/metrics';
}

import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../operations/metrics.js';
import { contextOf } from './request-context.js';

/** What takes longer is told without being asked for. */
const slowMs = 1_000;

/** What looks like a token of 256 bits, as in the address of an approval: never in a log. */
const TOKEN = /(?<![\w-])[\w-]{43}(?![\w-])/g;

/**
 * One measurement a request, and a line where it was slow, refused or broken off; the others' lines are for debugging.
 * Never its query, body or headers, which may hold what is personal.
 */
export function observeRequest(request: Request, response: Response, log: Logger, metrics: Metrics): void {
  const startedAt = performance.now();
  response.on('close', () => {
    const ms = performance.now() - startedAt;
    const { method } = request;
    const status = response.statusCode;
    const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
    metrics.observeRequest({ method, route, status: String(status) }, ms / 1000);
    const remarkable = ms > slowMs || status >= 400 || !response.writableFinished;
    const level = remarkable && !isQuiet(route) ? 'info' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    const { id, actor } = contextOf(request);
    const path = request.path.replace(TOKEN, '…').slice(0, 300);
    const unfinished = response.writableFinished ? {} : { unfinished: true };
    const line = { request: id, method, path, status, ms: Math.round(ms), actor: actor?.id, ...unfinished };
    log[level](line, 'request');
  });
}

function isQuiet(route: string): boolean {
  return route.startsWith('/health') || route === '/metrics';
}

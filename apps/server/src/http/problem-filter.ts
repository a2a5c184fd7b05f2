import { problems } from '@cordon/contracts';
import { Catch, Inject, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Application, Request, Response } from 'express';
import type { Logger } from 'pino';
import { LOG } from '../injection.js';
import { allowedMethods } from './allowed-methods.js';
import { dismiss } from './dismiss.js';
import { problemBody } from './problem-body.js';
import { ProblemError, say } from './problem-error.js';
import { problemOf } from './problem-of.js';
import { contextOf } from './request-context.js';

/** Answers every error as problem details (RFC 9457). What we did not expect is logged, and told apart only by its id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void | Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const { id, language } = contextOf(request);
    // Our own refusals are ProblemErrors: a NotFoundException comes from the router.
    const problem = error instanceof NotFoundException ? noRoute(request) : problemOf(error);
    if (isGivenUp(error, response)) {
      this.log.debug({ request: id }, 'the client went away');
      return;
    }
    this.account(problem, error, { request: id, begun: response.headersSent });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = problemBody(problem, id, language);
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.removeHeader('ETag');
    response.once('finish', () => dismiss(request));
    response.status(body.status).type('application/problem+json').send(JSON.stringify(body));
  }

  private account(
    problem: ProblemError,
    err: unknown,
    { request, begun }: { readonly request: string; readonly begun: boolean },
  ): void {
    if (problem.code === 'unavailable') this.log.warn({ request, err }, 'request could not be served now');
    else if (problems[problem.code].status >= 500) this.log.error({ request, err }, 'request failed');
    else if (begun) this.log.warn({ request, err }, 'answer broken off');
  }
}

/** Nobody is there to be answered, and that is all that went wrong. */
function isGivenUp(error: unknown, response: Response): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return response.destroyed && GIVEN_UP.includes(code);
}

/** What a stream says whose reader has gone, before its first byte or after. */
const GIVEN_UP = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ERR_STREAM_DESTROYED', 'EPIPE'];

function noRoute(request: Request): ProblemError {
  const methods = allowedMethods(request.app as Application, request.path);
  if (methods.length === 0 || methods.includes(request.method)) {
    return new ProblemError('not_found', say('There is nothing at this address.', '此網址沒有內容。'));
  }
  const allow = methods.join(', ');
  return new ProblemError(
    'method_not_allowed',
    say(`It takes ${allow}.`, `接受：${allow}。`),
    {},
    { Allow: allow },
  );
}

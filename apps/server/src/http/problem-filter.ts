import { OperationalError } from '@cordon/kernel';
import { problems } from '@cordon/contracts';
import { Catch, HttpException, Inject, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Application, Request, Response } from 'express';
import type { Logger } from 'pino';
import { LOG } from '../injection.js';
import { allowedMethods } from './allowed-methods.js';
import { problemBody } from './problem-body.js';
import { ProblemError, say } from './problem-error.js';
import { contextOf } from './request-context.js';

/** Answers every error as problem details (RFC 9457). What we did not expect is logged, and told apart only by its id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const { id, language } = contextOf(request);
    const problem = problemOf(error, request);
    if (problems[problem.code].status >= 500) this.log.error({ request: id, err: error }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = problemBody(problem, id, language);
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.removeHeader('ETag');
    response.status(body.status).type('application/problem+json').send(JSON.stringify(body));
  }
}

function problemOf(error: unknown, request: Request): ProblemError {
  if (error instanceof ProblemError) return error;
  // Ours are ProblemErrors: this one comes from the router.
  if (error instanceof NotFoundException) return noRoute(request);
  if (error instanceof HttpException && error.getStatus() === 400) {
    return new ProblemError('malformed', say('The address cannot be read.', '無法讀取網址。'));
  }
  if (error instanceof OperationalError) {
    const detail = say('Something that Cordon depends on does not answer. Try again shortly.', 'Cordon 所依賴的服務沒有回應，請稍後再試。');
    return new ProblemError('unavailable', detail, {}, { 'Retry-After': '5' });
  }
  return new ProblemError('internal', say('The log has the cause under this instance.', '日誌以此 instance 記錄了原因。'));
}

function noRoute(request: Request): ProblemError {
  const methods = allowedMethods(request.app as Application, request.path);
  if (methods.length === 0 || methods.includes(request.method)) {
    return new ProblemError('not_found', say('There is nothing at this address.', '此網址沒有內容。'));
  }
  const allow = methods.join(', ');
  return new ProblemError('method_not_allowed', say(`It takes ${allow}.`, `接受：${allow}。`), {}, { Allow: allow });
}

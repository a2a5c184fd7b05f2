import type { ProblemCode } from '@cordon/contracts';
import { idOfRef, type Cordon, type RefusedRequest } from '@cordon/runtime';
import {
  Inject,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { catchError, from, mergeMap, tap, throwError, type Observable } from 'rxjs';
import { ProblemError } from '../http/problem-error.js';
import { contextOf } from '../http/request-context.js';
import { CORDON } from '../injection.js';
import { Metrics } from '../operations/metrics.js';

const RECORDS = 'cordon:records-refusals';

/** Declares that what is refused on this route belongs into the history of the incident named by `:ref`. */
export const RecordsRefusals = () => SetMetadata(RECORDS, true);

/** How what never reached the door is recorded. The door records its own refusals; other problems are not the incident's. */
const recordedAs: { readonly [C in ProblemCode]?: RefusedRequest['code'] } = {
  malformed: 'malformed',
  unsupported_media_type: 'malformed',
  too_large: 'too_large',
  invalid_request: 'invalid_event',
};

/** Errors kept of one refused request: an entry has a size. */
const maxErrors = 20;

/** Puts requests that never became an event into the incident's history, and counts what came of the others. */
@Injectable()
export class RefusalRecorder implements NestInterceptor {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    private readonly reflector: Reflector,
    private readonly metrics: Metrics,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.reflector.get<boolean | undefined>(RECORDS, context.getHandler())) return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    return next.handle().pipe(
      tap((answer: { transition: { event: { type: string } } }) =>
        this.metrics.countTransition(answer.transition.event.type),
      ),
      catchError((error: unknown) => {
        const recorded = from(this.record(error, request));
        return recorded.pipe(mergeMap((shown) => throwError(() => shown)));
      }),
    );
  }

  /** Records what has to be, and returns the error to answer with. */
  private async record(error: unknown, request: Request): Promise<unknown> {
    if (!(error instanceof ProblemError)) return error;
    this.metrics.countRejection(error.code);
    const code = recordedAs[error.code];
    const id = idOfRef(String(request.params['ref']));
    const { actor } = contextOf(request);
    if (code === undefined || id === undefined || !actor) return error;
    await this.cordon.recordRefusal(id, { code, ...asked(request.body), ...faults(error) }, actor);
    return error.code === 'invalid_request'
      ? new ProblemError('invalid_event', error.detail, error.extra)
      : error;
  }
}

/** What was asked for, as far as it could be read. */
function asked(body: unknown): Pick<RefusedRequest, 'type' | 'step'> {
  const { type, step } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { ...textOf('type', type), ...textOf('step', step) };
}

function textOf<K extends string>(name: K, value: unknown): { readonly [N in K]?: string } {
  if (typeof value !== 'string' || value === '') return {};
  return {
    [name]: [...value.slice(0, 400)]
      .slice(0, 200)
      .join('')
      .replace(/[\uD800-\uDFFF]/gu, ''),
  } as { [N in K]?: string };
}

function faults({ extra }: ProblemError): Pick<RefusedRequest, 'errors'> {
  return extra.errors ? { errors: extra.errors.slice(0, maxErrors) } : {};
}

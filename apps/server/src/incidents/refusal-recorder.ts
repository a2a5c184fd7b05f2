import type { ProblemCode } from '@cordon/contracts';
import { idOfRef, type Cordon, type RefusedRequest } from '@cordon/runtime';
import { Catch, Inject, UseFilters, type ArgumentsHost } from '@nestjs/common';
import type { Request } from 'express';
import type { Logger } from 'pino';
import { ProblemError } from '../http/problem-error.js';
import { ProblemFilter } from '../http/problem-filter.js';
import { contextOf } from '../http/request-context.js';
import { CORDON, LOG } from '../injection.js';
import { Metrics } from '../operations/metrics.js';

/** How what never reached the door is recorded. The door records its own refusals; other problems are not the incident's. */
const recordedAs: { readonly [C in ProblemCode]?: RefusedRequest['code'] } = {
  malformed: 'malformed',
  unsupported_media_type: 'malformed',
  content_encoded: 'malformed',
  evidence_denied: 'invalid_event',
  too_large: 'too_large',
  invalid_request: 'invalid_event',
};

/** Errors kept of one refused request: an entry has a size. */
const maxErrors = 20;

/** Puts requests that never became an event into the incident's history before they are answered, and counts refusals. */
@Catch()
class RefusalRecorder extends ProblemFilter {
  constructor(
    @Inject(LOG) log: Logger,
    @Inject(CORDON) private readonly cordon: Cordon,
    private readonly metrics: Metrics,
  ) {
    super(log);
  }

  override async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<Request>();
    // One that could not be recorded is not answered as if it were.
    const shown = await this.record(error, request).catch((failure: unknown) => failure);
    return super.catch(shown, host);
  }

  /** Records what has to be, and returns the error to answer with. */
  private async record(error: unknown, request: Request): Promise<unknown> {
    const { actor } = contextOf(request);
    if (!(error instanceof ProblemError) || !actor) return error;
    this.metrics.countRejection(error.code);
    const code = recordedAs[error.code];
    const id = idOfRef(String(request.params['ref']));
    if (code === undefined || id === undefined) return error;
    await this.cordon.recordRefusal(id, { code, ...asked(request.body), ...faults(error) }, actor);
    return error.code === 'invalid_request'
      ? new ProblemError('invalid_event', error.detail, error.extra)
      : error;
  }
}

/** Declares that what is refused on this route belongs into the history of the incident named by `:ref`. */
export const RecordsRefusals = () => UseFilters(RefusalRecorder);

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

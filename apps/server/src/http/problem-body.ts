import { problems, problemType, type Language, type Problem } from '@cordon/contracts';
import type { ProblemError } from './problem-error.js';

/** RFC 9457 problem details of a refusal, in the reader's language. */
export function problemBody(error: ProblemError, requestId: string, language: Language): Problem {
  const { status, title } = problems[error.code];
  return {
    type: problemType(error.code),
    title: title[language],
    status,
    detail: error.detail[language],
    instance: `urn:uuid:${requestId}`,
    code: error.code,
    retryable: status === 429 || status === 503,
    ...(error.extra as Partial<Problem>),
  };
}

import { OperationalError } from '@cordon/kernel';
import { HttpException } from '@nestjs/common';
import { ProblemError, say } from './problem-error.js';

/** The problem to answer for anything thrown. What nobody expected says nothing of itself: the log does. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpException && error.getStatus() === 400) {
    return new ProblemError('malformed', say('The address cannot be read.', '無法讀取網址。'));
  }
  if (error instanceof OperationalError && error.retryable) {
    return new ProblemError(
      'unavailable',
      say(
        'Cordon is busy or its database does not answer: try again shortly.',
        'Cordon 繁忙，或資料庫沒有回應：請稍後再試。',
      ),
      {},
      {
        'Retry-After': '5',
      },
    );
  }
  return new ProblemError(
    'internal',
    say('The log has the cause under this instance.', '日誌以此 instance 記錄了原因。'),
  );
}

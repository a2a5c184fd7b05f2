import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** What Nest has to say goes into the same log; its account of starting is for debugging only. */
export function nestLog(log: Logger): LoggerService {
  const child = log.child({ from: 'nest' });
  return {
    log: (message: unknown) => child.debug(String(message)),
    error: (message: unknown, stack?: unknown) => child.error({ stack }, String(message)),
    warn: (message: unknown) => child.warn(String(message)),
    debug: (message: unknown) => child.debug(String(message)),
    verbose: (message: unknown) => child.trace(String(message)),
  };
}

import { Controller, Get, Inject, Optional } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { Policy } from '../access/policy.js';
import { ProblemError, say } from '../http/problem-error.js';
import { LOG, LOG_HEALTH, STORE, type ServerStore } from '../injection.js';
import type { LogHealth } from '../log-keeper/log-health.js';
import { ReadPoolCheck } from './read-pool-check.js';

@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(LOG) private readonly log: Logger,
    private readonly reads: ReadPoolCheck,
    @Optional() @Inject(LOG_HEALTH) private readonly health?: LogHealth,
  ) {}

  /** The process runs. */
  @Get('live')
  @Policy('public')
  live(): object {
    return { status: 'ok' };
  }

  /**
   * It can do its work: the database answers, on the door's connections and on those of reads. `product` tells a
   * client that it is Cordon which listens here, before it sends a token. A log that does not verify is not ready; one
   * that is late with its checkpoint is, and is said to be: whoever fights an incident must not be stopped by that.
   */
  @Get('ready')
  @Policy('public')
  async ready(): Promise<object> {
    let log: string | undefined;
    try {
      const [status] = await Promise.all([this.health?.status(), this.store.ping(), this.reads.check()]);
      log = status && (status.late ? 'late' : 'ok');
    } catch (error) {
      this.log.warn({ err: error }, 'not ready');
      throw new ProblemError(
        'unavailable',
        say('The database does not answer.', '資料庫沒有回應。'),
        {},
        { 'Retry-After': '5' },
      );
    }
    if (this.health?.fault !== undefined) throw doesNotVerify();
    return { status: 'ok', product: 'cordon', checks: { database: 'ok', ...(log && { log }) } };
  }
}

function doesNotVerify(): ProblemError {
  return new ProblemError(
    'unavailable',
    say(
      'The log does not verify: the server’s own log says what was found.',
      '記錄無法通過驗證：伺服器的日誌說明了原因。',
    ),
    {},
    { 'Retry-After': '60' },
  );
}

import { Controller, Get, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { Policy } from '../access/policy.js';
import { ProblemError, say } from '../http/problem-error.js';
import { LOG, STORE, type ServerStore } from '../injection.js';
import { ReadPoolCheck } from './read-pool-check.js';

@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(LOG) private readonly log: Logger,
    private readonly reads: ReadPoolCheck,
  ) {}

  /** The process runs. */
  @Get('live')
  @Policy('public')
  live(): object {
    return { status: 'ok' };
  }

  /**
   * It can do its work: the database answers, on the door's connections and on those of reads. `product` tells a
   * client that it is Cordon which listens here, before it sends a token.
   */
  @Get('ready')
  @Policy('public')
  async ready(): Promise<object> {
    try {
      await Promise.all([this.store.ping(), this.reads.check()]);
    } catch (error) {
      this.log.warn({ err: error }, 'not ready');
      throw new ProblemError(
        'unavailable',
        say('The database does not answer.', '資料庫沒有回應。'),
        {},
        { 'Retry-After': '5' },
      );
    }
    return { status: 'ok', product: 'cordon', checks: { database: 'ok' } };
  }
}

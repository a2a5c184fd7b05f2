import { Controller, Get, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { Policy } from '../access/policy.js';
import { ProblemError, say } from '../http/problem-error.js';
import { LOG, STORE, type ServerStore } from '../injection.js';
import { MigrationsCheck } from './migrations-check.js';

@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(LOG) private readonly log: Logger,
    private readonly migrations: MigrationsCheck,
  ) {}

  /** The process runs. */
  @Get('live')
  @Policy('public')
  live(): object {
    return { status: 'ok' };
  }

  /** It can do its work: the database answers and has the schema that this version needs. */
  @Get('ready')
  @Policy('public')
  async ready(): Promise<object> {
    try {
      await this.store.ping();
      await this.migrations.check();
    } catch (error) {
      this.log.warn({ err: error }, 'not ready');
      throw new ProblemError('unavailable', say('The database does not answer.', '資料庫沒有回應。'), {}, { 'Retry-After': '5' });
    }
    return { status: 'ok', checks: { database: 'ok', schema: 'ok' } };
  }
}

import { WorkloadPage, WorkloadQuery } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Cordon, WorkloadView } from '@cordon/runtime';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { decodeCursor, encodeCursor, linkNext, type Page } from '../http/cursor.js';
import { defined } from '../http/defined.js';
import { Answers } from '../http/documented.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedQuery } from '../http/schema-pipe.js';
import { CORDON } from '../injection.js';

const LastPerson = z.tuple([z.string().max(200)]);

@ApiTags('Tasks')
@Controller('api/v1/workload')
export class WorkloadController {
  constructor(@Inject(CORDON) private readonly cordon: Cordon) {}

  /** Who has how much to do, and what of it is late. People without a task are not in it. */
  @Get()
  @ApiOperation({ summary: 'Who has how much to do' })
  @Policy('workload.read')
  @Answers(200, WorkloadPage)
  async list(
    @CheckedQuery(WorkloadQuery) { limit, cursor }: WorkloadQuery,
    @ActorOf() actor: Actor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Page<WorkloadView>> {
    const [after] = decodeCursor(cursor, LastPerson) ?? [];
    const { items, next } = await this.cordon.workload(defined({ limit, after }), actor);
    const nextCursor = next === undefined ? null : encodeCursor([next]);
    return linkNext({ items, nextCursor }, request, response);
  }
}

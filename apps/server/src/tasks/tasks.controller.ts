import { BulkAnswer, BulkTasks, HandOver, TaskPage, TaskQuery, type Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import type { Cordon, TaskView } from '@cordon/runtime';
import { Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Policy } from '../access/policy.js';
import { linkNext, type Page } from '../http/cursor.js';
import { Answers, DocumentedKey } from '../http/documented.js';
import { OptionalKey } from '../http/preconditions.js';
import { ActorOf, contextOf, LanguageOf } from '../http/request-context.js';
import { CheckedBody, CheckedQuery } from '../http/schema-pipe.js';
import { CLOCK, CORDON } from '../injection.js';
import { asSent, handOverOf, manyOf, resultsOf, type BulkResult } from './bulk.js';
import { cursorOf, filterOf } from './task-filter.js';

@ApiTags('Tasks')
@Controller('api/v1/tasks')
export class TasksController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The inbox: open tasks of every incident, by due time. */
  @Get()
  @ApiOperation({ summary: 'The inbox: open tasks of every incident, by due time' })
  @Policy('task.read')
  @Answers(200, TaskPage)
  async list(
    @CheckedQuery(TaskQuery) query: TaskQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Page<TaskView>> {
    const { items, next } = await this.cordon.tasks(
      filterOf(query, actor, this.clock.now()),
      actor,
      language,
    );
    return linkNext({ items, nextCursor: cursorOf(next) }, request, response);
  }

  /** One event for many tasks, as one act: committed together or not at all. Each task has its line in the answer. */
  @Post('bulk')
  @HttpCode(200)
  @ApiOperation({ summary: 'One event for many tasks, as one act' })
  @Policy('task.submit')
  @DocumentedKey(false)
  @Answers(200, BulkAnswer)
  async bulk(
    @CheckedBody(BulkTasks) body: BulkTasks,
    @OptionalKey() key: string,
    @ActorOf() actor: Actor,
    @Req() request: Request,
  ): Promise<{ items: readonly BulkResult[] }> {
    const { id, language } = contextOf(request);
    const answer = await this.cordon.submitMany(manyOf(body, key), actor, language);
    return { items: asSent(resultsOf(answer, id, language), body.ids) };
  }

  /** Everything that a person holds goes to others, as one act. They have to accept. */
  @Post('hand-over')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand everything that somebody holds to others, as one act' })
  @Policy('task.submit')
  @DocumentedKey(false)
  @Answers(200, BulkAnswer)
  async handOver(
    @CheckedBody(HandOver) body: HandOver,
    @OptionalKey() key: string,
    @ActorOf() actor: Actor,
    @Req() request: Request,
  ): Promise<{ items: readonly BulkResult[] }> {
    const { id, language } = contextOf(request);
    const answer = await this.cordon.handOver(handOverOf(body, key), actor, language);
    return { items: resultsOf(answer, id, language) };
  }
}

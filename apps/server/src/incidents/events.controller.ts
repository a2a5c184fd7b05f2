import { EventAnswer, EventBody, type Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Cordon, EventCommand, IncidentId, TransitionAnswer } from '@cordon/runtime';
import { Controller, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Policy } from '../access/policy.js';
import { defined } from '../http/defined.js';
import { Answers, DocumentedIfMatch, DocumentedKey, RefParam } from '../http/documented.js';
import { etagOf, IfMatch, RequiredKey } from '../http/preconditions.js';
import { RefPipe } from '../http/ref-pipe.js';
import { valueOf } from '../http/refusal-problem.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { CORDON } from '../injection.js';
import { Metrics } from '../operations/metrics.js';
import { RecordsRefusals } from './refusal-recorder.js';

@ApiTags('Incidents')
@Controller('api/v1/incidents')
export class EventsController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    private readonly metrics: Metrics,
  ) {}

  /** The one door: every change of an incident is an event. Refusals are answered with reasons and kept in the history. */
  @Post(':ref/events')
  @HttpCode(200)
  @ApiOperation({ summary: 'Submit an event: every change of an incident passes here' })
  @Policy('incident.submit')
  @RecordsRefusals()
  @RefParam()
  @DocumentedKey(true)
  @DocumentedIfMatch()
  @Answers(200, EventAnswer)
  async submit(
    @Param('ref', RefPipe) id: IncidentId,
    @RequiredKey() key: string,
    @IfMatch() ifRevision: number | undefined,
    @CheckedBody(EventBody) body: EventBody,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TransitionAnswer> {
    const command: EventCommand = defined({ ...body, key, ifRevision });
    const answer = valueOf(await this.cordon.submitEvent(id, command, actor, language));
    this.metrics.countTransition(answer.transition.event.type);
    response.setHeader('ETag', etagOf(answer.revision));
    return answer;
  }
}

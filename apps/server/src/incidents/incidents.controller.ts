import {
  Incident,
  IncidentPage,
  IncidentQuery,
  OpenIncident,
  StepList,
  StepQuery,
  type Language,
} from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import {
  idOfRef,
  type Cordon,
  type IncidentId,
  type IncidentLine,
  type IncidentView,
  type OpenCommand,
  type StepView,
} from '@cordon/runtime';
import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { decodeCursor, linkNext, pageOf, type Page } from '../http/cursor.js';
import { defined } from '../http/defined.js';
import { Answers, DocumentedKey, RefParam } from '../http/documented.js';
import { etagOf, OptionalKey } from '../http/preconditions.js';
import { RefPipe } from '../http/ref-pipe.js';
import { openedOf, unknownIncident } from '../http/refusal-problem.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedBody, CheckedQuery } from '../http/schema-pipe.js';
import { CORDON } from '../injection.js';
import { isMine } from './mine.js';

const LineKeys = z.tuple([z.number().int().positive()]);

@ApiTags('Incidents')
@ApiBearerAuth()
@Controller('api/v1/incidents')
export class IncidentsController {
  constructor(@Inject(CORDON) private readonly cordon: Cordon) {}

  /** Opens an incident on the newest version of a playbook, or on the one named. */
  @Post()
  @ApiOperation({ summary: 'Open an incident on a playbook' })
  @Policy('incident.open')
  @DocumentedKey(false)
  @Answers(201, Incident)
  async open(
    @CheckedBody(OpenIncident) body: OpenIncident,
    @OptionalKey() key: string,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Res({ passthrough: true }) response: Response,
  ): Promise<IncidentView> {
    const command = { ...defined(body), key } as OpenCommand;
    const incident = openedOf(await this.cordon.openIncident(command, actor, language));
    response.setHeader('ETag', etagOf(incident.revision));
    response.setHeader('Location', `/api/v1/incidents/${incident.ref}`);
    return incident;
  }

  /** Newest first. */
  @Get()
  @ApiOperation({ summary: 'List incidents, newest first' })
  @Policy('incident.read')
  @Answers(200, IncidentPage)
  async list(
    @CheckedQuery(IncidentQuery) query: IncidentQuery,
    @ActorOf() actor: Actor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Page<IncidentLine>> {
    const { cursor, limit, assignee, ...rest } = query;
    const before = decodeCursor(cursor, LineKeys)?.[0] as IncidentId | undefined;
    const person = assignee === 'me' ? actor.id : assignee;
    const rows = await this.cordon.incidents(
      defined({ ...rest, assignee: person, before, limit: limit + 1 }),
    );
    return linkNext(
      pageOf(rows, limit, ({ ref }) => [idOfRef(ref)]),
      request,
      response,
    );
  }

  @Get(':ref')
  @ApiOperation({ summary: 'Read an incident' })
  @Policy('incident.read')
  @RefParam()
  @Answers(200, Incident)
  async read(
    @Param('ref', RefPipe) id: IncidentId,
    @LanguageOf() language: Language,
    @Res({ passthrough: true }) response: Response,
  ): Promise<IncidentView> {
    const incident = await this.cordon.incident(id, language);
    if (!incident) throw unknownIncident();
    response.setHeader('ETag', etagOf(incident.revision));
    return incident;
  }

  /** Every step of the playbook, and for each what it accepts now or what stands in its way. */
  @Get(':ref/steps')
  @ApiOperation({ summary: 'What can be done now, by whom, and what stands in the way of the rest' })
  @Policy('incident.read')
  @RefParam()
  @Answers(200, StepList)
  async steps(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(StepQuery) { mine, status }: StepQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
  ): Promise<{ items: readonly StepView[] }> {
    const steps = await this.cordon.steps(id, language);
    if (!steps) throw unknownIncident();
    const wanted = (step: StepView): boolean =>
      (!mine || isMine(step, actor)) && (!status || step.status === status);
    return { items: steps.filter(wanted) };
  }
}

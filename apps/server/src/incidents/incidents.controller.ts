import {
  DiagramQuery,
  Incident,
  IncidentPage,
  IncidentQuery,
  Migration,
  MigrationQuery,
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
  type MigrationView,
  type OpenCommand,
  type StepView,
} from '@cordon/runtime';
import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { decodeCursor, linkNext, pageOf, type Page } from '../http/cursor.js';
import { defined } from '../http/defined.js';
import { Answers, AnswersFile, DocumentedKey, RefParam } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { etagOf, OptionalKey } from '../http/preconditions.js';
import { RefPipe } from '../http/ref-pipe.js';
import { openedOf, unknownIncident } from '../http/refusal-problem.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedBody, CheckedQuery } from '../http/schema-pipe.js';
import { CORDON, PLAYBOOK_TEXT, type PlaybookText } from '../injection.js';
import { marksOf } from '../playbooks/diagrams.js';
import { sendDrawing } from '../playbooks/send-drawing.js';
import { isMine } from './mine.js';

const LineKeys = z.tuple([z.number().int().positive()]);

@ApiTags('Incidents')
@Controller('api/v1/incidents')
export class IncidentsController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(PLAYBOOK_TEXT) private readonly text: PlaybookText,
  ) {}

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
      actor,
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
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Res({ passthrough: true }) response: Response,
  ): Promise<IncidentView> {
    const incident = await this.cordon.incident(id, actor, language);
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
    const steps = await this.cordon.steps(id, actor, language);
    if (!steps) throw unknownIncident();
    const wanted = (step: StepView): boolean =>
      (!mine || isMine(step, actor)) && (!status || step.status === status);
    return { items: steps.filter(wanted) };
  }

  /** The playbook as a picture, with what is current, done and blocked. */
  @Get(':ref/diagram.svg')
  @ApiOperation({ summary: 'Where the incident stands, as a drawing' })
  @Policy('incident.read')
  @RefParam()
  @AnswersFile('image/svg+xml')
  async diagram(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(DiagramQuery) query: DiagramQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Res() response: Response,
  ): Promise<void> {
    const incident = await this.cordon.incident(id, actor, language);
    const steps = await this.cordon.steps(id, actor, language);
    if (!incident || !steps) throw unknownIncident();
    const options = { language, ...defined(query), marks: marksOf(steps) };
    sendDrawing(response, await this.text.diagram(incident.playbook.digest, options));
  }

  /** What `incident.migrate` to this version would do: what has a counterpart, what needs one, what would open. */
  @Get(':ref/migration')
  @ApiOperation({ summary: 'What moving to another version of the playbook would do' })
  @Policy('incident.read')
  @RefParam()
  @Answers(200, Migration)
  async migration(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(MigrationQuery) { version }: MigrationQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
  ): Promise<MigrationView> {
    const view = await this.cordon.migration(id, actor, version, language);
    if (!view) throw unknownIncident();
    if (view !== 'unknown_version') return view;
    throw new ProblemError(
      'not_found',
      say('There is no such version of the playbook.', '沒有這個版本的應變手冊。'),
    );
  }
}

import { NotePage, NoteQuery } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Cordon, IncidentId, NoteView } from '@cordon/runtime';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { decodeCursor, linkNext, pageOf, type Page } from '../http/cursor.js';
import { defined } from '../http/defined.js';
import { Answers, RefParam } from '../http/documented.js';
import { RefPipe } from '../http/ref-pipe.js';
import { unknownIncident } from '../http/refusal-problem.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedQuery } from '../http/schema-pipe.js';
import { CORDON } from '../injection.js';
import { outOfReach } from './evidence-problems.js';

const NoteKeys = z.tuple([z.number().int().nonnegative()]);

@ApiTags('Incidents')
@RefParam()
@Controller('api/v1/incidents/:ref/notes')
export class NotesController {
  constructor(@Inject(CORDON) private readonly cordon: Cordon) {}

  /** Notes and their corrections, oldest first; with `step`, those on one step. */
  @Get()
  @ApiOperation({ summary: 'What people wrote down' })
  @Policy('incident.read')
  @Answers(200, NotePage)
  async list(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(NoteQuery) { step, limit, cursor }: NoteQuery,
    @ActorOf() actor: Actor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Page<NoteView>> {
    const afterSeq = decodeCursor(cursor, NoteKeys)?.[0] ?? 0;
    const notes = await this.cordon.records.notes(id, actor, defined({ step, afterSeq, limit: limit + 1 }));
    if (notes === 'unknown_incident') throw unknownIncident();
    if (notes === 'forbidden') throw outOfReach('incident.read');
    const page = pageOf(notes, limit, ({ seq }) => [seq]);
    return linkNext(page, request, response);
  }
}

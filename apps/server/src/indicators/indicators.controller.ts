import { IndicatorPage, IndicatorQuery } from '@cordon/contracts';
import { TLP, USUAL_TLP, type Actor, type Tlp } from '@cordon/engine';
import { refOf, type Cordon, type IncidentId, type IndicatorView } from '@cordon/runtime';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { outOfReach } from '../evidence/evidence-problems.js';
import { decodeCursor, linkNext, pageOf, type Page } from '../http/cursor.js';
import { Answers, RefParam } from '../http/documented.js';
import { RefPipe } from '../http/ref-pipe.js';
import { unknownIncident } from '../http/refusal-problem.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedQuery } from '../http/schema-pipe.js';
import { CORDON } from '../injection.js';
import { stixBundle } from './stix.js';

const IndicatorKeys = z.tuple([z.number().int().nonnegative()]);

@ApiTags('Indicators')
@RefParam()
@Controller('api/v1/incidents/:ref/indicators')
export class IndicatorsController {
  constructor(@Inject(CORDON) private readonly cordon: Cordon) {}

  /** Indicators of compromise in the order in which they were added, or all of them as a STIX 2.1 bundle. */
  @Get()
  @ApiOperation({ summary: 'Indicators of compromise, as JSON or STIX 2.1' })
  @Policy('indicator.read')
  @Answers(200, IndicatorPage)
  async list(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(IndicatorQuery) query: IndicatorQuery,
    @ActorOf() actor: Actor,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const list = await this.cordon.records.indicators(id, actor);
    if (list === 'unknown_incident') throw unknownIncident();
    if (list === 'forbidden') throw outOfReach('indicator.read');
    if (query.format === 'json') {
      response.json(pageFor(list.items, query, request, response));
      return;
    }
    response.setHeader('Content-Type', 'application/stix+json;version=2.1');
    response.setHeader('Content-Disposition', `attachment; filename="${refOf(id)}-indicators.json"`);
    response.end(JSON.stringify(stixBundle(list, query.tlp ?? USUAL_TLP)));
  }
}

function pageFor(
  items: readonly IndicatorView[],
  { tlp, limit, cursor }: IndicatorQuery,
  request: Request,
  response: Response,
): Page<IndicatorView> {
  const after = decodeCursor(cursor, IndicatorKeys)?.[0] ?? 0;
  const shown = items.filter((one) => one.id > after && (tlp === undefined || isWithin(one.tlp, tlp)));
  const page = pageOf(shown.slice(0, limit + 1), limit, ({ id }) => [id]);
  return linkNext(page, request, response);
}

function isWithin(tlp: Tlp, upTo: Tlp): boolean {
  return TLP.indexOf(tlp) <= TLP.indexOf(upTo);
}

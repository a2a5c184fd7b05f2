import { StreamPlace, StreamQuery } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Policy } from '../access/policy.js';
import { AnswersFile } from '../http/documented.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedQuery, invalidRequest } from '../http/schema-pipe.js';
import { SessionOf, type CurrentSession } from '../identity/visitor.js';
import { Standing } from './standing.js';
import { StreamHub } from './stream-hub.js';

@ApiTags('Stream')
@Controller('api/v1/stream')
export class StreamController {
  constructor(
    private readonly hub: StreamHub,
    private readonly standing: Standing,
  ) {}

  /** What is written to the incidents that the person may see, as it is written. */
  @Get()
  @ApiOperation({ summary: 'Listen: an event for each entry of every incident that you may see' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last event that you have: what came after it is sent first.',
    schema: { type: 'string' },
  })
  @Policy('stream.read')
  @AnswersFile('text/event-stream')
  open(
    @CheckedQuery(StreamQuery) query: StreamQuery,
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
    @Req() request: Request,
    @Res() response: Response,
  ): void {
    if (request.method === 'HEAD') return void response.type('text/event-stream').end();
    const after = lastEventOf(request) ?? query.after;
    const identity = { actor, ...(session && { session }) };
    this.hub.open({ ...this.standing.follow(identity), after, response });
  }
}

/** Browsers send the header when they come back to the same address: it is newer than the query. */
function lastEventOf(request: Request): number | undefined {
  const given = request.get('last-event-id') ?? '';
  if (given === '') return undefined;
  const { success, data } = StreamPlace.safeParse(given);
  if (success) return data;
  throw invalidRequest([{ pointer: '/Last-Event-ID', message: 'must be the id of an event of the stream' }]);
}

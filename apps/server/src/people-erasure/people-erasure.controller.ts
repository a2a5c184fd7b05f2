import { ErasureAnswer, ErasureBody } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { Answers } from '../http/documented.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { PeopleErasure } from './people-erasure.js';

@ApiTags('People')
@Controller('api/v1/people')
export class PeopleErasureController {
  constructor(private readonly people: PeopleErasure) {}

  /** Erases a person or a token for good. Again, it finishes what a crash cut short. */
  @Post(':id/erasure')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Erase a person for good: names, sign-in, and whatever was kept about them. Their id stays.',
  })
  @Policy('person.erase')
  @Answers(200, ErasureAnswer)
  erase(
    @Param('id') id: string,
    @CheckedBody(ErasureBody) body: ErasureBody,
    @ActorOf() actor: Actor,
  ): Promise<{ id: string; erased: true }> {
    return this.people.erase(id, body.reason, actor);
  }
}

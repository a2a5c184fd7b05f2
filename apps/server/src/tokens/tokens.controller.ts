import { IssuedToken, NewToken, TokenList } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Policy } from '../access/policy.js';
import { Answers } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { ActorOf, contextOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { Tokens, type TokenView } from './tokens.js';

@ApiTags('Tokens')
@Controller('api/v1/tokens')
export class TokensController {
  constructor(private readonly tokens: Tokens) {}

  /** Makes a token. Its text is in this answer and nowhere else. */
  @Post()
  @ApiOperation({ summary: 'Make a token' })
  @Policy('token.manage')
  @Answers(201, IssuedToken)
  issue(
    @CheckedBody(NewToken) body: NewToken,
    @ActorOf() actor: Actor,
    @Req() request: Request,
  ): Promise<{ id: string; token: string }> {
    return this.tokens.issue(body, actor, contextOf(request).scopes);
  }

  /** Every token ever made, without its text. */
  @Get()
  @ApiOperation({ summary: 'List tokens' })
  @Policy('token.manage')
  @Answers(200, TokenList)
  async list(): Promise<{ items: readonly TokenView[] }> {
    return { items: await this.tokens.list() };
  }

  /** Revokes a token at once. Revoking it again changes nothing. */
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a token at once' })
  @Policy('token.manage')
  @ApiNoContentResponse({ description: 'Revoked.' })
  async revoke(@Param('id') id: string, @ActorOf() actor: Actor): Promise<void> {
    if (await this.tokens.revoke(id, actor)) return;
    throw new ProblemError('not_found', say('There is no such token.', '沒有這個權杖。'));
  }
}

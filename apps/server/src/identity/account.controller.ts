import {
  AddPasskey,
  CredentialList,
  Enrolled,
  Nothing,
  PasskeyOptions,
  PasswordStart,
  SetPassword,
} from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Policy } from '../access/policy.js';
import type { Config } from '../config.js';
import { Answers } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { CLOCK, CONFIG } from '../injection.js';
import { Account } from './account.js';
import { noPasskeysHere } from './identity-problems.js';
import type { NewTotp } from './one-time-codes.js';
import { relyingParty, type RelyingParty } from './relying-party.js';
import { freshSession, SessionOf, type CurrentSession } from './visitor.js';

/** What one signs in with. Changed only by somebody who has signed in, in a browser, a moment ago. */
@ApiTags('Account')
@Controller('api/v1/account')
export class AccountController {
  constructor(
    private readonly account: Account,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('credentials')
  @ApiOperation({ summary: 'What I sign in with' })
  @Policy('account.own')
  @Answers(200, CredentialList)
  list(@ActorOf() actor: Actor): Promise<object> {
    return this.account.credentials(actor.id);
  }

  @Post('passkeys/options')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask for another passkey' })
  @Policy('account.own')
  @Answers(200, PasskeyOptions)
  async askPasskey(
    @CheckedBody(Nothing) _: object,
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
    @Req() request: Request,
  ): Promise<{ options: object }> {
    freshSession(session, this.clock.now());
    return { options: await this.account.askPasskey(actor, this.party(request)) };
  }

  @Post('passkeys')
  @ApiOperation({ summary: 'Add a passkey' })
  @Policy('account.own')
  @Answers(201, Enrolled)
  async addPasskey(
    @CheckedBody(AddPasskey) { response }: AddPasskey,
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
    @Req() request: Request,
  ): Promise<{ id: string }> {
    freshSession(session, this.clock.now());
    return { id: await this.account.addPasskey(response, actor, this.party(request)) };
  }

  @Post('password/options')
  @HttpCode(200)
  @ApiOperation({ summary: 'Begin to set a password: what the app for one-time codes is told' })
  @Policy('account.own')
  @Answers(200, PasswordStart)
  async askPassword(
    @CheckedBody(Nothing) _: object,
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
  ): Promise<{ totp: NewTotp }> {
    return { totp: await this.account.newTotp(actor, freshSession(session, this.clock.now())) };
  }

  @Post('password')
  @ApiOperation({ summary: 'Set password, one-time codes and recovery codes anew' })
  @Policy('account.own')
  @Answers(201, Enrolled)
  async setPassword(
    @CheckedBody(SetPassword) body: SetPassword,
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
  ): Promise<{ id: string; recoveryCodes: readonly string[] }> {
    const current = freshSession(session, this.clock.now());
    return { id: actor.id, recoveryCodes: await this.account.setPassword(body, actor, current) };
  }

  @Delete('credentials/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a passkey, or the password with its codes' })
  @Policy('account.own')
  @ApiNoContentResponse({ description: 'Removed.' })
  async remove(
    @Param('id') id: string,
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
  ): Promise<void> {
    freshSession(session, this.clock.now());
    if (id.length <= 100 && (await this.account.remove(id, actor))) return;
    throw new ProblemError('not_found', say('There is no such credential.', '沒有這項登入憑證。'));
  }

  private party(request: Request): RelyingParty {
    const party = relyingParty(this.config, request.get('host'));
    if (!party) throw noPasskeysHere();
    return party;
  }
}

import { Nothing, PasskeyOptions, PasskeySignIn, PasswordSignIn, Whoami } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Journal } from '@cordon/runtime';
import { Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Policy } from '../access/policy.js';
import type { Config } from '../config.js';
import { Answers } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { ActorOf, contextOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { CONFIG, JOURNAL } from '../injection.js';
import { noPasskeysHere } from './identity-problems.js';
import { relyingParty, type RelyingParty } from './relying-party.js';
import { Sessions } from './sessions.js';
import { SignIn, type SignedIn, type Visitor } from './sign-in.js';
import { SessionOf, VisitorOf, type CurrentSession } from './visitor.js';
import { WhoAmI, type WhoamiView } from './who-am-i.js';

@ApiTags('Sign-in')
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly whoAmI: WhoAmI,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Who asks, and what their roles let them do. */
  @Get()
  @ApiOperation({ summary: 'Who am I, and what may I do?' })
  @Policy('account.own')
  @Answers(200, Whoami)
  read(@ActorOf() actor: Actor, @Req() request: Request): Promise<WhoamiView> {
    return this.whoAmI.describe(actor, contextOf(request));
  }

  /** Password and code together; one answer for everything that may be wrong. The session comes as a cookie. */
  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign in with a password and a one-time code' })
  @Policy('public')
  @Answers(200, Whoami)
  async byPassword(
    @CheckedBody(PasswordSignIn) body: PasswordSignIn,
    @VisitorOf() visitor: Visitor,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WhoamiView> {
    return this.answer(await this.signIn.byPassword(body, visitor), response);
  }

  @Post('passkey/options')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask for a passkey' })
  @Policy('public')
  @Answers(200, PasskeyOptions)
  async ask(
    @CheckedBody(Nothing) _: object,
    @VisitorOf() visitor: Visitor,
    @Req() request: Request,
  ): Promise<{ options: object }> {
    return { options: await this.signIn.askPasskey(this.party(request), visitor) };
  }

  @Post('passkey')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign in with a passkey' })
  @Policy('public')
  @Answers(200, Whoami)
  async byPasskey(
    @CheckedBody(PasskeySignIn) { response: answer }: PasskeySignIn,
    @VisitorOf() visitor: Visitor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WhoamiView> {
    return this.answer(await this.signIn.byPasskey(answer, this.party(request), visitor), response);
  }

  /** Signs out: this session is dead on the next request of every process. */
  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out' })
  @Policy('account.own')
  @ApiNoContentResponse({ description: 'Signed out.' })
  async end(
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    if (!session) throw noSession();
    await this.sessions.end(session.id);
    response.setHeader('Set-Cookie', this.sessions.cookie.clear());
    response.setHeader('Clear-Site-Data', '"cache", "storage"');
    await this.journal.record({
      actor,
      type: 'session.end',
      subject: actor.id,
      data: { session: session.id },
    });
  }

  private answer({ personId, roles, session, cookie }: SignedIn, response: Response): Promise<WhoamiView> {
    response.setHeader('Set-Cookie', cookie);
    const actor: Actor = { type: 'person', id: personId, roles };
    return this.whoAmI.describe(actor, { session: { id: session, method: '' } });
  }

  private party(request: Request): RelyingParty {
    const party = relyingParty(this.config, request.get('host'));
    if (!party) throw noPasskeysHere();
    return party;
  }
}

function noSession(): ProblemError {
  const detail = say('A token is revoked under /tokens.', '權杖請於 /tokens 撤銷。');
  return new ProblemError('not_found', detail);
}

import { BackchannelLogout, OidcStartQuery, SignedOut, type Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Journal } from '@cordon/runtime';
import { Controller, Delete, Get, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiExcludeEndpoint, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Policy } from '../../access/policy.js';
import { TextBody } from '../../http/body-reader.js';
import { Answers } from '../../http/documented.js';
import { ProblemError, say } from '../../http/problem-error.js';
import { ActorOf, LanguageOf } from '../../http/request-context.js';
import { CheckedBody, CheckedQuery } from '../../http/schema-pipe.js';
import { JOURNAL } from '../../injection.js';
import { Sessions } from '../sessions.js';
import { SessionOf, type CurrentSession } from '../visitor.js';
import { Oidc, type Onward, type Visit } from './oidc.js';
import { noticePage, notices } from './page.js';
import { ProviderUnavailable } from './provider.js';

@ApiTags('Sign-in')
@Controller('auth/oidc')
export class OidcController {
  constructor(
    private readonly oidc: Oidc,
    private readonly sessions: Sessions,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** Sends the browser to the OpenID provider. */
  @Get('start')
  @ApiOperation({ summary: 'Sign in with the OpenID provider: open this in a browser' })
  @Policy('public')
  async start(
    @CheckedQuery(OidcStartQuery) { returnTo }: OidcStartQuery,
    @LanguageOf() language: Language,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.mustExist();
    send(response, await this.oidc.start(visitOf(request), returnTo), language);
  }

  /** Where the provider sends the browser back to. What it brings is the provider's to name, and checked as a whole. */
  @Get('callback')
  @ApiExcludeEndpoint()
  @Policy('public')
  async callback(
    @LanguageOf() language: Language,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.mustExist();
    const { search } = new URL(request.originalUrl, 'http://here.invalid');
    send(response, await this.oidc.callback(visitOf(request), search), language);
  }

  /** OpenID Connect Back-Channel Logout: the provider says who has signed out there. */
  @Post('logout')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Back-channel logout, for the OpenID provider' })
  @ApiBody({ schema: { type: 'string' } })
  @Policy('public')
  @TextBody('application/x-www-form-urlencoded')
  async logout(@CheckedBody(BackchannelLogout) [token]: BackchannelLogout): Promise<void> {
    this.mustExist();
    const done = await this.oidc.backchannelLogout(token).catch(unanswered);
    if (done) return;
    throw new ProblemError('malformed', say('The logout token was not accepted.', '未能接受登出權杖。'));
  }

  /** Ends the session that asks, and says where to end the provider's. */
  @Delete('session')
  @ApiOperation({ summary: 'Sign out here, and learn where to sign out at the OpenID provider' })
  @Policy('account.own')
  @Answers(200, SignedOut)
  async signOut(
    @ActorOf() actor: Actor,
    @SessionOf() session: CurrentSession,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ endSession: string | null }> {
    this.mustExist();
    if (!session) return { endSession: null };
    await this.sessions.end(session.id);
    await this.journal.record({
      actor,
      type: 'session.end',
      subject: actor.id,
      data: { session: session.id },
    });
    response.setHeader('Set-Cookie', this.sessions.cookie.clear());
    return { endSession: session.method === 'oidc' ? ((await this.oidc.endSessionUrl()) ?? null) : null };
  }

  private mustExist(): void {
    if (this.oidc.settings) return;
    throw new ProblemError(
      'not_found',
      say('This deployment has no OpenID provider.', '此系統沒有設定 OpenID 登入服務。'),
    );
  }
}

function visitOf(request: Request): Visit {
  const { cookie, 'user-agent': userAgent } = request.headers;
  return { cookie, userAgent, address: request.ip };
}

function send(response: Response, onward: Onward, language: Language): void {
  response.setHeader('Cache-Control', 'no-store');
  if ('to' in onward) {
    response.setHeader('Set-Cookie', [...onward.cookies]);
    response.redirect(302, onward.to);
    return;
  }
  const { status } = notices[onward.notice];
  if (status === 503 || status === 429) response.setHeader('Retry-After', status === 503 ? '5' : '60');
  response.status(status).type('html').send(noticePage(onward.notice, language));
}

function unanswered(error: unknown): never {
  if (!(error instanceof ProviderUnavailable)) throw error;
  const detail = say('The OpenID provider does not answer.', 'OpenID 登入服務沒有回應。');
  throw new ProblemError('unavailable', detail, {}, { 'Retry-After': '5' });
}

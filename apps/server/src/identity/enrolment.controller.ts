import {
  Enrolled,
  OpenLink,
  PasskeyEnrolment,
  PasskeyEnrolmentStart,
  PasskeyOptions,
  PasswordEnrolment,
  Welcome,
} from '@cordon/contracts';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Policy } from '../access/policy.js';
import type { Config } from '../config.js';
import { Answers } from '../http/documented.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { CONFIG } from '../injection.js';
import { Enrolment, type Enrolled as Result } from './enrolment.js';
import { noPasskeysHere } from './identity-problems.js';
import { relyingParty, type RelyingParty } from './relying-party.js';
import type { Visitor } from './sign-in.js';
import { VisitorOf } from './visitor.js';

/** What the page behind a one-time link asks. The link's token is in the body: an address would be in logs. */
@ApiTags('Sign-in')
@Controller('api/v1/enrolment')
export class EnrolmentController {
  constructor(
    private readonly enrolment: Enrolment,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Open a one-time link' })
  @Policy('public')
  @Answers(200, Welcome)
  async open(
    @CheckedBody(OpenLink) { token }: OpenLink,
    @VisitorOf() visitor: Visitor,
    @Req() request: Request,
  ): Promise<object> {
    const passkeys = relyingParty(this.config, request.get('host')) !== undefined;
    return { ...(await this.enrolment.welcome(token, visitor)), passkeys };
  }

  @Post('passkey/options')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask for a new passkey' })
  @Policy('public')
  @Answers(200, PasskeyOptions)
  async ask(
    @CheckedBody(PasskeyEnrolmentStart) body: PasskeyEnrolmentStart,
    @VisitorOf() visitor: Visitor,
    @Req() request: Request,
  ): Promise<{ options: object }> {
    return { options: await this.enrolment.askPasskey(body, this.party(request), visitor) };
  }

  @Post('passkey')
  @ApiOperation({ summary: 'Use a one-time link up with a passkey, and sign in' })
  @Policy('public')
  @Answers(201, Enrolled)
  async byPasskey(
    @CheckedBody(PasskeyEnrolment) body: PasskeyEnrolment,
    @VisitorOf() visitor: Visitor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    return answer(await this.enrolment.byPasskey(body, this.party(request), visitor), response);
  }

  @Post('password')
  @ApiOperation({ summary: 'Use a one-time link up with a password and one-time codes, and sign in' })
  @Policy('public')
  @Answers(201, Enrolled)
  async byPassword(
    @CheckedBody(PasswordEnrolment) body: PasswordEnrolment,
    @VisitorOf() visitor: Visitor,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    return answer(await this.enrolment.byPassword(body, visitor), response);
  }

  private party(request: Request): RelyingParty {
    const party = relyingParty(this.config, request.get('host'));
    if (!party) throw noPasskeysHere();
    return party;
  }
}

function answer({ signedIn, recoveryCodes }: Result, response: Response): object {
  response.setHeader('Set-Cookie', signedIn.cookie);
  return { id: signedIn.personId, ...(recoveryCodes && { recoveryCodes }) };
}

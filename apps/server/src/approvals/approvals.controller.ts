import { ApprovalDecision, ApprovalLink, EventAnswer, type Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import { ApprovalLinks, type OpenedLink, type TransitionAnswer } from '@cordon/runtime';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { defined } from '../http/defined.js';
import { Answers } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { valueOf } from '../http/refusal-problem.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { Metrics } from '../operations/metrics.js';

const token = {
  name: 'token',
  description: 'What follows `#` in the link.',
  schema: { type: 'string' as const },
};

@ApiTags('Approvals')
@Controller('api/v1/approvals')
export class ApprovalsController {
  constructor(
    private readonly links: ApprovalLinks,
    private readonly metrics: Metrics,
  ) {}

  /** For the signed-in person it was made for, while the approval is open and covers what it did. Does not use the link up. */
  @Get(':token')
  @ApiOperation({ summary: 'What a link asks to approve' })
  @ApiParam(token)
  @Policy('account.own')
  @Answers(200, ApprovalLink)
  async read(
    @Param('token') text: string,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
  ): Promise<ApprovalLink> {
    const opened = await this.links.open(text, actor, language);
    if (!opened) throw noLink();
    return viewOf(opened);
  }

  /** Approves or refuses, and uses the link up, whatever becomes of it. */
  @Post(':token')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve or refuse by a link' })
  @ApiParam(token)
  @Policy('account.own')
  @Answers(200, EventAnswer)
  async decide(
    @Param('token') text: string,
    @CheckedBody(ApprovalDecision) wish: ApprovalDecision,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
  ): Promise<TransitionAnswer> {
    const answer = await this.links.use(text, actor, defined(wish), language);
    if (!answer) throw noLink();
    const value = valueOf(answer);
    this.metrics.countTransition(value.transition.event.type);
    return value;
  }
}

function viewOf({ link, approval }: OpenedLink): ApprovalLink {
  const { ref, step, title, covers } = approval;
  return { ref, step, title, covers: covers.map((line) => ({ ...line })), expiresAt: toIso(link.expiresAt) };
}

/** One answer for a link that was never made, is somebody else's, was used, has expired or is overtaken. */
function noLink(): ProblemError {
  return new ProblemError(
    'not_found',
    say(
      'This link leads nowhere now: it was used, has expired, is for somebody else, or what it covers has changed. If you are still to approve, it is among your tasks.',
      '此連結現時無效：可能已使用、已過期、屬他人所有，或所涵蓋的內容已更改。如仍須由你批准，請在你的任務中查看。',
    ),
  );
}

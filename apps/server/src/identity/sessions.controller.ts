import { SessionList, SessionQuery } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import type { Journal, StoredSession } from '@cordon/runtime';
import { Controller, Delete, Get, HttpCode, Inject, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isAllowed, Policy, rolesFor } from '../access/policy.js';
import { Answers } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { forbidden } from '../http/refusal-problem.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedQuery } from '../http/schema-pipe.js';
import { JOURNAL } from '../injection.js';
import { Sessions } from './sessions.js';
import { SessionOf, type CurrentSession } from './visitor.js';

@ApiTags('Sign-in')
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: Sessions,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** One's own, or for an administrator those of `person`: those that are open now. */
  @Get()
  @ApiOperation({ summary: 'List open sessions' })
  @Policy('account.own')
  @Answers(200, SessionList)
  async list(
    @CheckedQuery(SessionQuery) { person }: SessionQuery,
    @ActorOf() actor: Actor,
    @SessionOf() current: CurrentSession,
  ): Promise<{ items: readonly object[] }> {
    const items = await this.sessions.ofPerson(whose(person, actor));
    return { items: items.map((session) => viewOf(session, current?.id)) };
  }

  /** Ends one, at once. Somebody else’s only for an administrator; to others it does not exist. */
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a session at once' })
  @Policy('account.own')
  @ApiNoContentResponse({ description: 'Ended.' })
  async end(@Param('id') id: string, @ActorOf() actor: Actor): Promise<void> {
    const owner = id.length <= 100 ? await this.sessions.ownerOf(id) : undefined;
    const may = owner === actor.id || isAllowed('session.manage', actor.roles);
    if (owner === undefined || !may) throw unknownSession();
    await this.sessions.end(id);
    await this.journal.record({ actor, type: 'session.revoke', subject: owner, data: { session: id } });
  }

  /** Ends all of one's own but this one, or all of `person`'s. */
  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'End all sessions at once, but this one' })
  @Policy('account.own')
  @ApiNoContentResponse({ description: 'Ended.' })
  async endAll(
    @CheckedQuery(SessionQuery) { person }: SessionQuery,
    @ActorOf() actor: Actor,
    @SessionOf() current: CurrentSession,
  ): Promise<void> {
    const owner = whose(person, actor);
    const ended = await this.sessions.endAll(owner, current?.id);
    const data = { sessions: [...ended] };
    await this.journal.record({ actor, type: 'session.revoke', subject: owner, data });
  }
}

function whose(person: string | undefined, actor: Actor): string {
  if (person === undefined || person === actor.id) return actor.id;
  const needs = rolesFor('session.manage');
  if (isAllowed('session.manage', actor.roles)) return person;
  throw new ProblemError('forbidden', forbidden(needs), { needs: [...needs] });
}

function viewOf(session: StoredSession, current: string | undefined): object {
  const { id, method, userAgent, createdAt, lastSeenAt, idleUntil, expiresAt } = session;
  return {
    id,
    method,
    ...(userAgent !== undefined && { userAgent }),
    createdAt: toIso(createdAt),
    lastSeenAt: toIso(lastSeenAt),
    expiresAt: toIso(Math.min(idleUntil, expiresAt)),
    current: id === current,
  };
}

function unknownSession(): ProblemError {
  return new ProblemError('not_found', say('There is no such session.', '沒有這個登入階段。'));
}

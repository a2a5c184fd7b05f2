import { InvitedPerson, NewPerson, Nothing, PersonChange, PersonList } from '@cordon/contracts';
import { reachOf, type Actor } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import type { Journal } from '@cordon/runtime';
import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Policy } from '../access/policy.js';
import type { Config } from '../config.js';
import { Answers } from '../http/documented.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody } from '../http/schema-pipe.js';
import { CONFIG, JOURNAL } from '../injection.js';
import { Directory, type ListedPerson } from './directory.js';
import { loginTaken, notFound } from './identity-problems.js';
import { Invitations, type Link } from './invitations.js';
import { Sessions } from './sessions.js';

@ApiTags('People')
@Controller('api/v1/people')
export class PeopleController {
  constructor(
    private readonly directory: Directory,
    private readonly invitations: Invitations,
    private readonly sessions: Sessions,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** E-mail addresses are shown to those who manage people. */
  @Get()
  @ApiOperation({ summary: 'List people' })
  @Policy('person.read')
  @Answers(200, PersonList)
  async list(@ActorOf() actor: Actor): Promise<{ items: readonly object[] }> {
    const manages = reachOf('person.manage', actor.roles) !== undefined;
    return { items: (await this.directory.list()).map((one) => viewOf(one, manages)) };
  }

  /** Adds somebody, and makes the one-time link by which they enrol. The link is in this answer and nowhere else. */
  @Post()
  @ApiOperation({ summary: 'Invite somebody' })
  @Policy('person.manage')
  @Answers(201, InvitedPerson)
  async add(
    @CheckedBody(NewPerson) { name, email, roles }: NewPerson,
    @ActorOf() actor: Actor,
    @Req() request: Request,
  ): Promise<object> {
    const added = await this.directory.add({ name, roles, ...(email !== undefined && { email }) }, actor);
    if (added === 'login_taken') throw loginTaken();
    return this.answer(added.id, await this.invitations.invite(added.id, actor), request);
  }

  /** Roles count from the next request; somebody who is disabled is signed out everywhere, at once. */
  @Patch(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Change roles, keep out or let in again' })
  @Policy('person.manage')
  @ApiNoContentResponse({ description: 'Changed.' })
  async change(
    @Param('id') id: string,
    @CheckedBody(PersonChange) change: PersonChange,
    @ActorOf() actor: Actor,
  ): Promise<void> {
    if (!isId(id) || !(await this.directory.change(id, change, actor))) throw notFound();
  }

  /** Another link, for somebody who lost it or what they sign in with; earlier links stop working. */
  @Post(':id/invitation')
  @ApiOperation({ summary: 'Make another one-time link' })
  @Policy('person.manage')
  @Answers(201, InvitedPerson)
  async invite(
    @Param('id') id: string,
    @CheckedBody(Nothing) _: object,
    @ActorOf() actor: Actor,
    @Req() request: Request,
  ): Promise<object> {
    const known = isId(id) ? await this.directory.find(id) : undefined;
    if (!known || known.person.disabledAt !== undefined) throw notFound();
    return this.answer(id, await this.invitations.invite(id, actor), request);
  }

  /** Signs somebody out everywhere, at once. */
  @Delete(':id/sessions')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign somebody out everywhere' })
  @Policy('session.manage')
  @ApiNoContentResponse({ description: 'Signed out.' })
  async signOut(@Param('id') id: string, @ActorOf() actor: Actor): Promise<void> {
    if (!isId(id) || !(await this.directory.find(id))) throw notFound();
    const sessions = [...(await this.sessions.endAll(id))];
    await this.journal.record({ actor, type: 'session.revoke', subject: id, data: { sessions } });
  }

  private answer(id: string, { path, expiresAt }: Link, request: Request): object {
    const base = this.config.publicUrl ?? addressHere(this.config.host, request.socket.localPort);
    return { id, link: `${base}${path}`, expiresAt: toIso(expiresAt) };
  }
}

/** Where the server listens, never what the request calls it: that is its sender's choice. Passkeys need `localhost`. */
function addressHere(host: string, port = 80): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,100}$/.test(text);
}

function viewOf({ person, profile }: ListedPerson, withEmail: boolean): object {
  return {
    id: person.id,
    ...(profile && { name: profile.name }),
    ...(withEmail && profile?.email !== undefined && { email: profile.email }),
    roles: person.roles,
    createdAt: toIso(person.createdAt),
    disabled: person.disabledAt !== undefined,
  };
}

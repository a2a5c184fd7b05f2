import { randomUUID } from 'node:crypto';
import { NewTeam, TeamChange, TeamLine, TeamList } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { toIso, type Clock } from '@cordon/kernel';
import type { Cordon, Journal, Team } from '@cordon/runtime';
import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { defined } from '../http/defined.js';
import { Answers } from '../http/documented.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody, invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, CORDON, JOURNAL, STORE, type ServerStore } from '../injection.js';
import { namesOf, notThere, peopleMeant, type Somebody } from './directory.js';

type TeamView = Omit<Team, 'members' | 'createdAt'> & {
  readonly members: readonly Somebody[];
  readonly createdAt: string;
};

@ApiTags('Teams')
@Controller('api/v1/teams')
export class TeamsController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Teams, by name' })
  @Policy('team.read')
  @Answers(200, TeamList)
  async list(): Promise<{ items: readonly TeamView[] }> {
    return { items: await this.views(await this.store.teams.teams()) };
  }

  @Post()
  @ApiOperation({ summary: 'Make a team' })
  @Policy('team.manage')
  @Answers(201, TeamLine)
  async add(@CheckedBody(NewTeam) body: NewTeam, @ActorOf() actor: Actor): Promise<TeamView | undefined> {
    const members = await this.members(body.members);
    const team = { id: randomUUID(), ...body, members, createdAt: this.clock.now() };
    if ((await this.store.teams.addTeam(team)) === 'name_taken') throw nameTaken();
    const data = { roles: body.roles, members: [...members] };
    await this.journal.record({ actor, type: 'team.add', subject: team.id, data });
    return (await this.views([team]))[0];
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a team' })
  @Policy('team.manage')
  @Answers(200, TeamLine)
  async change(
    @Param('id') id: string,
    @CheckedBody(TeamChange) body: TeamChange,
    @ActorOf() actor: Actor,
  ): Promise<TeamView | undefined> {
    const members = body.members && (await this.members(body.members));
    const outcome = await this.store.teams.changeTeam(id, defined({ ...body, members }));
    if (outcome === 'name_taken') throw nameTaken();
    const team = outcome === 'unknown' ? undefined : await this.store.teams.team(id);
    if (!team) throw notThere();
    const data = { roles: [...team.roles], members: [...team.members] };
    await this.journal.record({ actor, type: 'team.change', subject: id, data });
    return (await this.views([team]))[0];
  }

  /** Removes a team and its shifts. Its people stay. */
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a team and its shifts' })
  @Policy('team.manage')
  @ApiNoContentResponse({ description: 'Removed.' })
  async remove(@Param('id') id: string, @ActorOf() actor: Actor): Promise<void> {
    if (!(await this.store.teams.removeTeam(id))) throw notThere();
    await this.journal.record({ actor, type: 'team.remove', subject: id });
  }

  private members(texts: readonly string[]): Promise<readonly string[]> {
    return peopleMeant(this.cordon, texts, (i) => `/members/${i}`);
  }

  private async views(teams: readonly Team[]): Promise<readonly TeamView[]> {
    const somebody = await namesOf(
      this.cordon,
      teams.flatMap(({ members }) => members),
    );
    return teams.map(({ members, createdAt, ...team }) => ({
      ...team,
      members: members.map(somebody),
      createdAt: toIso(createdAt),
    }));
  }
}

function nameTaken() {
  return invalidRequest([{ pointer: '/name', message: 'is the name of another team' }]);
}

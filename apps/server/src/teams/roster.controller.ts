import { randomUUID } from 'node:crypto';
import { DutyChange, DutyLine, NewDuty, Roster, RosterQuery } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { fromIso, toIso, type Clock, type JsonObject } from '@cordon/kernel';
import { Teams, type Cordon, type Duty, type Journal, type OnDuty } from '@cordon/runtime';
import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { defined } from '../http/defined.js';
import { Answers } from '../http/documented.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody, CheckedQuery, invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, CORDON, JOURNAL, STORE, type ServerStore } from '../injection.js';
import { namesOf, notThere, peopleMeant, timesOf, type Somebody } from './directory.js';

interface RosterView {
  readonly at: string;
  readonly roles: readonly object[];
  readonly duties: readonly object[];
}

@ApiTags('Roster')
@Controller('api/v1/roster')
export class RosterController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** Who is on duty at a moment and who comes next, by role; and every shift from then on. */
  @Get()
  @ApiOperation({ summary: 'Who is on duty now and next' })
  @Policy('roster.read')
  @Answers(200, Roster)
  async list(@CheckedQuery(RosterQuery) query: RosterQuery): Promise<RosterView> {
    const at = (query.at === undefined ? undefined : fromIso(query.at)) ?? this.clock.now();
    const roster = await new Teams(this.store.teams).roster(at);
    const duties = await this.store.teams.duties({ from: at });
    const present = roster.flatMap(({ now, next }) => [...now, ...next]);
    const ids = [...present.flatMap(({ person, insteadOf }) => [person, insteadOf]), ...personsOf(duties)];
    const somebody = await namesOf(this.cordon, ids);
    const show = (one: OnDuty): object => presentView(one, somebody);
    const roles = roster.map(({ role, now, next }) => ({ role, now: now.map(show), next: next.map(show) }));
    return { at: toIso(at), roles, duties: duties.map((duty) => dutyView(duty, somebody)) };
  }

  @Post()
  @ApiOperation({ summary: 'Put somebody on duty' })
  @Policy('roster.manage')
  @Answers(201, DutyLine)
  async add(@CheckedBody(NewDuty) body: NewDuty, @ActorOf() actor: Actor): Promise<object> {
    const { role, team: teamId } = body;
    const [person = ''] = await peopleMeant(this.cordon, [body.person], () => '/person');
    if (teamId !== undefined && !(await this.store.teams.team(teamId)))
      throw invalidRequest([{ pointer: '/team', message: 'must be the id of a team' }]);
    const duty: Duty = defined({ id: randomUUID(), ...timesOf(body), role, teamId, person });
    await this.store.teams.addDuty(duty);
    return this.recorded(actor, 'roster.add', duty);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a shift' })
  @Policy('roster.manage')
  @Answers(200, DutyLine)
  async change(
    @Param('id') id: string,
    @CheckedBody(DutyChange) body: DutyChange,
    @ActorOf() actor: Actor,
  ): Promise<object> {
    const duty = await this.store.teams.duty(id);
    if (!duty) throw notThere();
    const named = body.person === undefined ? [] : [body.person];
    const [person = duty.person] = await peopleMeant(this.cordon, named, () => '/person');
    const changed = { ...duty, ...timesOf(body, duty), person };
    if (!(await this.store.teams.replaceDuty(changed))) throw notThere();
    return this.recorded(actor, 'roster.change', changed);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a shift' })
  @Policy('roster.manage')
  @ApiNoContentResponse({ description: 'Removed.' })
  async remove(@Param('id') id: string, @ActorOf() actor: Actor): Promise<void> {
    if (!(await this.store.teams.removeDuty(id))) throw notThere();
    await this.journal.record({ actor, type: 'roster.remove', subject: id });
  }

  private async recorded(actor: Actor, type: string, duty: Duty): Promise<object> {
    const { id, role, teamId, person, startsAt, endsAt } = duty;
    const data: JsonObject = defined({
      ...{ role, team: teamId, person },
      startsAt: toIso(startsAt),
      endsAt: toIso(endsAt),
    });
    await this.journal.record({ actor, type, subject: id, data });
    return dutyView(duty, await namesOf(this.cordon, [person]));
  }
}

function personsOf(duties: readonly Duty[]): readonly string[] {
  return duties.map(({ person }) => person);
}

function dutyView(
  { id, role, teamId, person, startsAt, endsAt }: Duty,
  somebody: (id: string) => Somebody,
): object {
  const times = { startsAt: toIso(startsAt), endsAt: toIso(endsAt) };
  return defined({ id, person: somebody(person), role, team: teamId, ...times });
}

function presentView({ person, from, until, insteadOf }: OnDuty, somebody: (id: string) => Somebody): object {
  return defined({
    person: somebody(person),
    from: toIso(from),
    until: toIso(until),
    insteadOf: insteadOf === undefined ? undefined : somebody(insteadOf),
  });
}

import { randomUUID } from 'node:crypto';
import { AbsenceChange, AbsenceLine, AbsenceList, AbsenceQuery, NewAbsence } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { toIso, type Clock, type JsonObject } from '@cordon/kernel';
import type { Absence, Cordon, Journal } from '@cordon/runtime';
import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { defined } from '../http/defined.js';
import { Answers } from '../http/documented.js';
import { ProblemError } from '../http/problem-error.js';
import { forbidden } from '../http/refusal-problem.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody, CheckedQuery, invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, CORDON, JOURNAL, STORE, type ServerStore } from '../injection.js';
import { leads, namesOf, notThere, peopleMeant, timesOf, type Somebody } from './directory.js';

const LEADING = ['administrator', 'coordinator'];

/** Everybody says when they are away and who stands in; whoever leads says it for others too. */
@ApiTags('Absences')
@Controller('api/v1/absences')
export class AbsencesController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** Absences that are under way or to come, by start. */
  @Get()
  @ApiOperation({ summary: 'Who is away and who stands in' })
  @Policy('account.own')
  @Answers(200, AbsenceList)
  async list(
    @CheckedQuery(AbsenceQuery) { everybody }: AbsenceQuery,
    @ActorOf() actor: Actor,
  ): Promise<{ items: readonly object[] }> {
    if (everybody === true) mayFor(actor, undefined);
    const whose = everybody === true ? undefined : [actor.id];
    const absences = await this.store.teams.absences({ from: this.clock.now() }, whose);
    const ids = absences.flatMap(({ person, delegate }) => [person, delegate]);
    const somebody = await namesOf(this.cordon, ids);
    return { items: absences.map((absence) => absenceView(absence, somebody)) };
  }

  @Post()
  @ApiOperation({ summary: 'Say that somebody is away' })
  @Policy('account.own')
  @Answers(201, AbsenceLine)
  async add(@CheckedBody(NewAbsence) body: NewAbsence, @ActorOf() actor: Actor): Promise<object> {
    const named = body.person === undefined ? [] : [body.person];
    const [person = actor.id] = await peopleMeant(this.cordon, named, () => '/person');
    mayFor(actor, person);
    const delegate = await this.delegate(body.delegate, person);
    const absence: Absence = defined({ id: randomUUID(), ...timesOf(body), person, delegate });
    await this.store.teams.addAbsence(absence);
    return this.recorded(actor, 'absence.add', absence);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change an absence' })
  @Policy('account.own')
  @Answers(200, AbsenceLine)
  async change(
    @Param('id') id: string,
    @CheckedBody(AbsenceChange) body: AbsenceChange,
    @ActorOf() actor: Actor,
  ): Promise<object> {
    const before = await this.ownOrLed(id, actor);
    const { delegate: kept, ...rest } = before;
    const named = body.delegate === undefined ? kept : await this.delegate(body.delegate, before.person);
    const changed: Absence = defined({ ...rest, ...timesOf(body, before), delegate: named });
    if (!(await this.store.teams.replaceAbsence(changed))) throw notThere();
    return this.recorded(actor, 'absence.change', changed);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take an absence back' })
  @Policy('account.own')
  @ApiNoContentResponse({ description: 'Taken back.' })
  async remove(@Param('id') id: string, @ActorOf() actor: Actor): Promise<void> {
    const { person } = await this.ownOrLed(id, actor);
    if (!(await this.store.teams.removeAbsence(id))) throw notThere();
    await this.journal.record({ actor, type: 'absence.remove', subject: person });
  }

  /** Another person's absence is not there for whoever does not lead. */
  private async ownOrLed(id: string, actor: Actor): Promise<Absence> {
    const absence = await this.store.teams.absence(id);
    if (!absence || (absence.person !== actor.id && !leads(actor))) throw notThere();
    return absence;
  }

  private async delegate(text: string | null | undefined, person: string): Promise<string | undefined> {
    if (text === undefined || text === null) return undefined;
    const [delegate] = await peopleMeant(this.cordon, [text], () => '/delegate');
    if (delegate !== person) return delegate;
    throw invalidRequest([{ pointer: '/delegate', message: 'must be another person' }]);
  }

  private async recorded(actor: Actor, type: string, absence: Absence): Promise<object> {
    const { id, person, delegate, startsAt, endsAt } = absence;
    const times = { startsAt: toIso(startsAt), endsAt: toIso(endsAt) };
    const data: JsonObject = defined({ absence: id, delegate, ...times });
    await this.journal.record({ actor, type, subject: person, data });
    return absenceView(absence, await namesOf(this.cordon, [person, delegate]));
  }
}

function mayFor(actor: Actor, person: string | undefined): void {
  if (person === actor.id || leads(actor)) return;
  throw new ProblemError('forbidden', forbidden(LEADING), { needs: LEADING });
}

function absenceView(
  { id, person, delegate, startsAt, endsAt }: Absence,
  somebody: (id: string) => Somebody,
): object {
  return defined({
    id,
    person: somebody(person),
    delegate: delegate === undefined ? undefined : somebody(delegate),
    startsAt: toIso(startsAt),
    endsAt: toIso(endsAt),
  });
}

import { HoldLine, HoldList, HoldRelease, NewHold } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { invariant, toIso, type Clock } from '@cordon/kernel';
import {
  heldBy,
  idOfRef,
  placeHold,
  releaseHold,
  type Cordon,
  type HoldStore,
  type IncidentId,
  type Journal,
  type LegalHold,
} from '@cordon/runtime';
import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { Answers } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { ActorOf } from '../http/request-context.js';
import { CheckedBody, invalidRequest } from '../http/schema-pipe.js';
import { CLOCK, CORDON, JOURNAL, STORE, type ServerStore } from '../injection.js';
import { namesOf, type Somebody } from '../teams/directory.js';

@ApiTags('Retention')
@Controller('api/v1/holds')
export class HoldsController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Legal holds, released ones too, newest first' })
  @Policy('hold.read')
  @Answers(200, HoldList)
  async list(): Promise<{ items: readonly object[] }> {
    return { items: await this.shown(await this.kept().list()) };
  }

  /** Until it is released, nobody is erased whose data is part of what it covers. */
  @Post()
  @ApiOperation({ summary: 'Place a legal hold on an incident, or on everything' })
  @Policy('hold.manage')
  @Answers(201, HoldLine)
  async place(@CheckedBody(NewHold) body: NewHold, @ActorOf() actor: Actor): Promise<object> {
    const incidentId = body.incident === undefined ? undefined : await this.incident(body.incident, actor);
    const { reason } = body;
    const covers = incidentId === undefined ? { reason } : { reason, incidentId };
    return this.one(await placeHold(this.dependencies(), covers, actor));
  }

  @Post(':id/release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Release a legal hold' })
  @Policy('hold.manage')
  @Answers(200, HoldLine)
  async release(
    @Param('id') id: string,
    @CheckedBody(HoldRelease) { reason }: HoldRelease,
    @ActorOf() actor: Actor,
  ): Promise<object> {
    const hold = await releaseHold(this.dependencies(), id, reason, actor);
    if (hold) return this.one(hold);
    throw new ProblemError('not_found', say('No such hold stands.', '沒有這項生效中的保存令。'));
  }

  private kept(): HoldStore {
    const { holds } = this.store;
    invariant(holds, 'the store keeps holds');
    return holds;
  }

  private dependencies() {
    return { holds: this.kept(), journal: this.journal, clock: this.clock };
  }

  private async incident(ref: string, actor: Actor): Promise<IncidentId> {
    const id = idOfRef(ref);
    if (id !== undefined && (await this.cordon.incident(id, actor, 'en'))) return id;
    throw invalidRequest([{ pointer: '/incident', message: 'must be an incident that you may see: INC-17' }]);
  }

  private async one(hold: LegalHold): Promise<object> {
    const [shown] = await this.shown([hold]);
    invariant(shown, 'one hold is shown as one');
    return shown;
  }

  private async shown(holds: readonly LegalHold[]): Promise<readonly object[]> {
    const people = holds.flatMap(({ placedBy, released }) => [placedBy, released?.by]);
    const somebody = await namesOf(this.cordon, people);
    return holds.map((hold) => holdView(hold, somebody));
  }
}

function holdView(hold: LegalHold, somebody: (id: string) => Somebody): object {
  const { id, placedAt, placedBy, placedSeq, released } = hold;
  return {
    ...{ id, covers: heldBy(hold), placedAt: toIso(placedAt) },
    ...{ placedBy: somebody(placedBy), placedIn: placedSeq },
    ...(released && {
      releasedAt: toIso(released.at),
      releasedBy: somebody(released.by),
      releasedIn: released.seq,
    }),
  };
}

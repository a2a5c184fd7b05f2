import type { Actor } from '@cordon/engine';
import { invariant, type Clock } from '@cordon/kernel';
import { erasePerson, heldBy, type Cordon, type Erasure, type Journal } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { Authentication } from '../access/authentication.js';
import { ProblemError, say } from '../http/problem-error.js';
import { SessionWatch } from '../identity/session-watch.js';
import { Sessions } from '../identity/sessions.js';
import { CLOCK, CORDON, JOURNAL, STORE, type ServerStore } from '../injection.js';

/** As many of the tasks are named in a refusal. */
const TASKS_SHOWN = 500;

/** Erases people, and forgets what this process remembers of them. */
@Injectable()
export class PeopleErasure {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CORDON) private readonly cordon: Cordon,
    private readonly authentication: Authentication,
    private readonly sessions: Sessions,
    private readonly watch: SessionWatch,
  ) {}

  /** Throws the problem that the refusal is. */
  async erase(id: string, reason: string, actor: Actor): Promise<{ id: string; erased: true }> {
    const { journal, clock, cordon } = this;
    const { erasures, holds } = this.store;
    invariant(erasures && holds, 'the store can erase people and keeps holds');
    const open = isId(id) ? await this.sessions.ofPerson(id) : [];
    const forgetNames = (): void => cordon.forgetNames();
    const erasure = isId(id)
      ? await erasePerson({ erasures, holds, journal, clock, forgetNames }, id, reason, actor)
      : ({ outcome: 'unknown_person' } as const);
    if (erasure.outcome !== 'erased') throw problemOf(erasure);
    this.authentication.forget(id);
    this.watch.ended(open.map((session) => session.id));
    return { id, erased: true };
  }
}

function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text);
}

function problemOf(erasure: Exclude<Erasure, { outcome: 'erased' }>): ProblemError {
  switch (erasure.outcome) {
    case 'unknown_person':
      return new ProblemError('not_found', say('There is no such person.', '沒有這個人。'));
    case 'only_administrator':
      return new ProblemError(
        'only_administrator',
        say(
          'This is the only administrator. Make somebody else administrator first.',
          '此人是唯一的管理員，請先指定另一名管理員。',
        ),
      );
    case 'legal_hold': {
      const covered = [...new Set(erasure.holds.map(heldBy))];
      return new ProblemError(
        'legal_hold',
        say(
          `A legal hold covers what is kept of this person (${covered.join(', ')}). Release it first, where the law allows.`,
          `此人的資料受法律保存令約束（${covered.join('、')}），須在法律容許下先解除。`,
        ),
        { holds: erasure.holds.map(({ id }) => id) },
      );
    }
    case 'holds_tasks': {
      const { length } = erasure.tasks;
      return new ProblemError(
        'holds_tasks',
        say(
          `This person holds ${length} open task${length === 1 ? '' : 's'}. Hand them over first.`,
          `此人仍持有 ${length} 項未完成的任務，請先移交。`,
        ),
        { tasks: erasure.tasks.slice(0, TASKS_SHOWN) },
      );
    }
  }
}

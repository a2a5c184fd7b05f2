import type { Actor } from '@cordon/engine';
import type { JsonObject } from '@cordon/kernel';
import {
  idOfRef,
  refOf,
  type Answer,
  type Cordon,
  type EntryView,
  type EventCommand,
  type IncidentFilter,
  type IncidentId,
  type IncidentLine,
  type IncidentView,
  type MigrationView,
  type OpenCommand,
  type Person,
  type Refusal,
  type RefusedRequest,
  type StepView,
  type TaskView,
  type TransitionAnswer,
  type ActLineView,
  type HandOverCommand,
  type ManyCommand,
  type WorkloadFilter,
  type WorkloadPage,
} from '@cordon/runtime';
import { emptyRecords } from './fake-records.js';

const opened = '2025-02-22T02:00:00.000Z';
const hashOf = (seq: number): string => seq.toString(16).padStart(64, '0');

/**
 * Use cases without rules, for tests of the HTTP layer: one step `contain`, which responders may complete once. What
 * it is asked and what it is told to record can be read back.
 */
export class FakeCordon implements Cordon {
  readonly histories = new Map<IncidentId, EntryView[]>();
  readonly records = emptyRecords((id) => this.histories.has(id));
  readonly recorded: { readonly id: IncidentId; readonly refusal: RefusedRequest; readonly actor: Actor }[] =
    [];
  readonly languages: string[] = [];
  /** Set to make every call fail. */
  failure: Error | undefined;
  /** Set to make exports fail after so many lines. */
  failExportAfter: number | undefined;
  exportClosed = false;

  async openIncident(command: OpenCommand, actor: Actor, language = 'en'): Promise<Answer<IncidentView>> {
    this.breakIfTold();
    this.languages.push(language);
    if (command.playbook !== 'ransomware') return refuse({ code: 'unknown_playbook', known: ['ransomware'] });
    const id = (this.histories.size + 1) as IncidentId;
    this.histories.set(id, [
      this.entry(id, actor, { kind: 'opened', event: { type: 'incident.open' }, revision: 1 }),
    ]);
    return { ok: true, value: this.view(id) };
  }

  async submitEvent(
    id: IncidentId,
    command: EventCommand,
    actor: Actor,
    language = 'en',
  ): Promise<Answer<TransitionAnswer>> {
    this.breakIfTold();
    this.languages.push(language);
    const history = this.histories.get(id);
    if (!history) return refuse({ code: 'unknown_incident' });
    const revision = history.at(-1)?.revision ?? 1;
    const refusal = this.refusalOf(command, actor, revision);
    const { type, step, data } = command;
    const event = { type, ...(step === undefined ? {} : { step }), ...(data === undefined ? {} : { data }) };
    if (refusal) {
      history.push(
        this.entry(id, actor, { kind: 'rejection', event, revision, rejection: { code: refusal.code } }),
      );
      return refuse(refusal);
    }
    const entry = this.entry(id, actor, {
      kind: 'transition',
      event,
      revision: revision + 1,
      note: command.note ?? null,
    });
    history.push(entry);
    return { ok: true, value: { ref: refOf(id), revision: revision + 1, state: 'done', transition: entry } };
  }

  async submitMany(
    { key, tasks, type, data }: ManyCommand,
    actor: Actor,
  ): Promise<Answer<readonly ActLineView[]>> {
    const lines: ActLineView[] = [];
    for (const { id, step } of tasks) {
      const answer = await this.submitEvent(id, { key, type, step, ...(data ? { data } : {}) }, actor);
      const task = `${refOf(id)}/${step}`;
      lines.push(
        answer.ok
          ? { task, ok: true, revision: answer.value.revision }
          : { task, ok: false, refusal: answer.refusal },
      );
    }
    return { ok: true, value: lines };
  }

  readonly handed: HandOverCommand[] = [];
  async handOver(command: HandOverCommand, actor: Actor): Promise<Answer<readonly ActLineView[]>> {
    this.breakIfTold();
    this.handed.push(command);
    if (command.from !== undefined && !actor.roles.includes('administrator'))
      return refuse({ code: 'forbidden', needs: ['coordinator'], blockedBy: [] });
    const [first] = command.to;
    return {
      ok: true,
      value: [{ task: 'INC-1/contain', ok: true, revision: 2, ...(first && { to: first.person }) }],
    };
  }

  async workload({ limit, after }: WorkloadFilter): Promise<WorkloadPage> {
    const line = {
      person: 'p-1',
      name: 'Someone',
      open: limit,
      unaccepted: 1,
      overdue: 0,
      nextDueAt: opened,
    };
    return after === undefined ? { items: [line], next: 'p-1' } : { items: [] };
  }

  async recordRefusal(id: IncidentId, refusal: RefusedRequest, actor: Actor): Promise<void> {
    const history = this.histories.get(id);
    if (!history) return;
    this.recorded.push({ id, refusal, actor });
    const { code, type = 'unreadable', step } = refusal;
    const event = { type, ...(step === undefined ? {} : { step }) };
    history.push(
      this.entry(id, actor, {
        kind: 'rejection',
        event,
        revision: history.at(-1)?.revision ?? 1,
        rejection: { code },
      }),
    );
  }

  async incident(id: IncidentId, _viewer: Actor, language: string): Promise<IncidentView | undefined> {
    this.breakIfTold();
    this.languages.push(language);
    return this.histories.has(id) ? this.view(id) : undefined;
  }

  async incidents({ limit, before }: IncidentFilter): Promise<readonly IncidentLine[]> {
    const ids = [...this.histories.keys()].reverse().filter((id) => before === undefined || id < before);
    return ids.slice(0, limit).map((id) => lineOf(this.view(id)));
  }

  async seesAll(): Promise<boolean> {
    return true;
  }

  async steps(id: IncidentId): Promise<readonly StepView[] | undefined> {
    return this.histories.has(id)
      ? [stepOf('contain', ['responder'], 'ready'), stepOf('close', ['coordinator'], 'cannot_start')]
      : undefined;
  }

  async migration(
    id: IncidentId,
    _viewer: Actor,
    version: string,
  ): Promise<MigrationView | undefined | 'unknown_version'> {
    if (!this.histories.has(id)) return undefined;
    if (version !== '1.1.0') return 'unknown_version';
    const from = { version: '1.0.0', digest: 'a'.repeat(64) };
    const to = { version, digest: 'b'.repeat(64) };
    return { ref: refOf(id), from, to, mapped: [], unmapped: [], opens: [], factsLost: [] };
  }

  async transitions(
    id: IncidentId,
    _viewer: Actor,
    afterSeq: number,
    limit: number,
  ): Promise<readonly EntryView[] | undefined> {
    return this.histories
      .get(id)
      ?.filter(({ seq }) => seq > afterSeq)
      .slice(0, limit);
  }

  async at(
    id: IncidentId,
    _viewer: Actor,
    when: { readonly time: string } | { readonly revision: number },
  ): ReturnType<Cordon['at']> {
    if (!this.histories.has(id)) return undefined;
    if ('time' in when && Date.parse(when.time) < Date.parse(opened)) return 'before_opening';
    const { ref, seq, status, state, phases, facts, factSources, systems, members, people } = this.view(id);
    const steps = [{ id: 'contain', status: 'ready' }];
    return {
      ref,
      revision: 'revision' in when ? Math.min(when.revision, this.view(id).revision) : 1,
      seq,
      at: opened,
      status,
      state,
      awareAt: opened,
      phases,
      facts,
      factSources,
      systems,
      steps,
      obligations: [],
      members,
      people,
    };
  }

  async tasks(): ReturnType<Cordon['tasks']> {
    const items = [...this.histories.keys()].map((id): TaskView => {
      const { id: step, title, phase, kind, status, roles } = stepOf('contain', ['responder'], 'ready');
      const task = {
        step,
        title,
        phase,
        kind,
        status,
        roles,
        assignee: null,
        accepted: false,
        dueAt: null,
        priority: 'normal' as const,
      };
      return {
        id: `${refOf(id)}/contain`,
        incident: refOf(id),
        incidentTitle: 'Ransom note',
        exercise: false,
        ...task,
      };
    });
    return { items, next: { incidentId: 1 as IncidentId, step: 'contain' } };
  }

  async exportJsonl(id: IncidentId): Promise<AsyncIterable<string> | undefined> {
    const history = this.histories.get(id);
    return history && this.lines(history);
  }

  async journal(): ReturnType<Cordon['journal']> {
    return [];
  }

  openApproval(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  forgetNames(): void {
    // Nothing is remembered.
  }

  /** Everybody but `nobody` exists, and is called by their id. */
  async personMeant(text: string): Promise<Person | undefined> {
    return text === 'nobody' ? undefined : { id: text, name: text, roles: [] };
  }

  async people(): ReturnType<Cordon['people']> {
    return [];
  }

  private async *lines(history: readonly EntryView[]): AsyncGenerator<string> {
    try {
      for (const [index, entry] of history.entries()) {
        if (index === this.failExportAfter) throw new Error('the disk is gone');
        yield JSON.stringify({ ...entry, leaf: '{}' });
      }
    } finally {
      this.exportClosed = true;
    }
  }

  private refusalOf(
    { type, step, ifRevision }: EventCommand,
    actor: Actor,
    revision: number,
  ): Refusal | undefined {
    if (ifRevision !== undefined && ifRevision !== revision) return { code: 'stale_revision', revision };
    if (type !== 'step.complete' && type !== 'note.add') {
      return { code: 'invalid_event', errors: [{ pointer: '/type', message: 'is not an event' }] };
    }
    if (type === 'step.complete' && step !== 'contain') {
      return {
        code: 'invalid_event',
        errors: [{ pointer: '/step', message: 'is not a step of this playbook' }],
      };
    }
    if (!actor.roles.some((role) => role === 'responder' || role === 'administrator')) {
      return { code: 'forbidden', needs: ['responder'], blockedBy: [] };
    }
    if (type === 'step.complete' && revision > 1) {
      const blockedBy = [{ code: 'step_done', text: 'This step is done.', step: 'contain' }];
      return { code: 'event_not_accepted', accepted: ['note.add'], blockedBy, revision };
    }
    return undefined;
  }

  private entry(
    id: IncidentId,
    actor: Actor,
    rest: Pick<EntryView, 'kind' | 'event' | 'revision'> & Partial<Pick<EntryView, 'note' | 'rejection'>>,
  ): EntryView {
    const seq = (this.histories.get(id)?.length ?? 0) + 1;
    const who = { id: actor.id, type: actor.type, name: 'Someone' };
    return {
      seq,
      at: opened,
      occurredAt: opened,
      actor: who,
      from: 'open',
      to: 'open',
      note: null,
      prev: hashOf(seq - 1),
      hash: hashOf(seq),
      ...rest,
    };
  }

  private view(id: IncidentId): IncidentView {
    const last = this.histories.get(id)?.at(-1);
    return {
      ref: refOf(id),
      uid: '00000000-0000-7000-8000-000000000000',
      title: 'Ransom note',
      exercise: false,
      status: 'open',
      revision: last?.revision ?? 1,
      seq: last?.seq ?? 1,
      playbook: { id: 'ransomware', version: '1.0.0', digest: hashOf(7) },
      state: { contain: 'ready' },
      phases: [{ id: 'contain', title: 'Contain', status: 'active' }],
      facts: { ransomware: 'yes', personalData: 'unknown' },
      factSources: {},
      systems: [],
      people: [],
      tlp: 'amber',
      members: [],
      awareAt: opened,
      openedAt: opened,
      updatedAt: opened,
      accepts: ['note.add'],
      closeBlockedBy: [{ code: 'phase_open', text: 'Contain is still open.', phase: 'contain' }],
    };
  }

  private breakIfTold(): void {
    if (this.failure) throw this.failure;
  }
}

function refuse(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}

function lineOf(view: IncidentView): IncidentLine {
  const { ref, title, exercise, status, revision, playbook, awareAt, openedAt, updatedAt } = view;
  return {
    ref,
    title,
    exercise,
    status,
    revision,
    playbook,
    awareAt,
    openedAt,
    updatedAt,
    phases: ['contain'],
  };
}

function stepOf(id: string, roles: readonly string[], status: StepView['status']): StepView {
  const form: JsonObject = { type: 'object' };
  const open = { assignee: null, accepted: false, dueAt: null, overdue: false, blockedBy: [] };
  return {
    id,
    phase: 'contain',
    kind: 'task',
    title: id,
    status,
    mandatory: true,
    role: roles[0] ?? '',
    roles,
    ...open,
    accepts: ['step.complete'],
    form,
  };
}

export function idOf(ref: string): IncidentId {
  const id = idOfRef(ref);
  if (id === undefined) throw new Error(`${ref} is not a ref`);
  return id;
}

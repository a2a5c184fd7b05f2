/** What people and programs ask: incidents, steps, history, inbox, and how it was. Reads only. */
import { TamperError, toIso, type Clock } from '@cordon/kernel';
import {
  ROLES,
  maySee,
  type Actor,
  type Blocker,
  type IncidentState,
  type Machines,
  type Rejection,
  type Wanted,
} from '@cordon/engine';
import { colleaguesIn, type Directory } from './directory.js';
import { entryView, openingsOf } from './entries.js';
import { incidentView, lineView } from './incident-view.js';
import { migrationView } from './migration-view.js';
import type { Library } from './library.js';
import { stateAt } from './past.js';
import { pastView } from './past-view.js';
import { openApproval, type OpenApproval } from './open-approval.js';
import type { People } from './people.js';
import type {
  EntryRow,
  IncidentFilter,
  IncidentId,
  IncidentRow,
  ReadStore,
  StoredEntry,
  TaskFilter,
} from './ports.js';
import { unlockEntries } from './personal.js';
import type { SnapshotStore } from './snapshots.js';
import { stepViews } from './step-view.js';
import type { ActLine } from './together.js';
import { taskView } from './task-view.js';
import { blockerView, type TextContext } from './texts.js';
import { JOURNAL_ID } from './journal.js';
import { visibleTo } from './visible.js';
import type { Vault } from './vault.js';
import {
  idOfRef,
  refOf,
  type Answer,
  type EntryView,
  type IncidentLine,
  type IncidentView,
  type MigrationView,
  type PastView,
  type Refusal,
  type StepView,
  type TaskView,
  type TransitionAnswer,
  type WorkloadFilter,
  type WorkloadPage,
  type WorkloadView,
} from './views.js';

export interface QueryDependencies {
  readonly store: ReadStore;
  readonly library: Library;
  readonly people: People;
  readonly clock: Clock;
  readonly vault?: Vault;
  /** States that were kept, so that the past is near; without them it is replayed from the opening. */
  readonly snapshots?: SnapshotStore;
  /** Who has which role; without it, roles are named alone. */
  readonly directory?: Directory;
}

interface Loaded {
  readonly row: IncidentRow;
  readonly machines: Machines;
  readonly state: IncidentState;
}

export class Queries {
  constructor(private readonly deps: QueryDependencies) {}

  /** Undefined for an incident that is not there, and for one that this viewer may not see. */
  private async row(id: IncidentId, viewer: Actor | undefined): Promise<IncidentRow | undefined> {
    const row = await this.deps.store.incident(id);
    return row && (!viewer || maySee(row, viewer)) ? row : undefined;
  }

  private async load(id: IncidentId, viewer?: Actor): Promise<Loaded | undefined> {
    const row = await this.row(id, viewer);
    if (!row) return undefined;
    const machines = await this.deps.library.machines(row.playbookDigest);
    return { row, machines, state: JSON.parse(row.state) as IncidentState };
  }

  async isVisible(id: IncidentId, viewer: Actor): Promise<boolean> {
    return (await this.row(id, viewer)) !== undefined;
  }

  async incident(id: IncidentId, viewer: Actor, language: string): Promise<IncidentView | undefined> {
    const loaded = await this.load(id, viewer);
    if (!loaded) return undefined;
    const { row, machines, state } = loaded;
    const texts = await this.texts(machines, state, language);
    const involved = await this.deps.people.find([...new Set([row.openedBy, ...peopleIn(state)])], language);
    return incidentView(row, machines, state, texts, involved);
  }

  async incidents(filter: IncidentFilter, viewer: Actor): Promise<readonly IncidentLine[]> {
    return (await this.deps.store.incidents(narrowed(filter, viewer))).map(lineView);
  }

  async seesAll(viewer: Actor): Promise<boolean> {
    const visible = visibleTo(viewer);
    return visible === undefined || this.deps.store.showsAll(visible);
  }

  async steps(id: IncidentId, viewer: Actor, language: string): Promise<readonly StepView[] | undefined> {
    const loaded = await this.load(id, viewer);
    if (!loaded) return undefined;
    const { machines, state } = loaded;
    const texts = await this.texts(machines, state, language);
    return stepViews(machines, state, texts, this.deps.clock.now(), viewer);
  }

  /** The approval while it can be given, of these people those who see the incident and may give it. */
  async openApproval(
    id: IncidentId,
    step: string,
    people: readonly Actor[],
    language: string,
  ): Promise<OpenApproval | undefined> {
    const loaded = await this.load(id);
    if (!loaded) return undefined;
    const { row, machines, state } = loaded;
    const seeing = people.filter((one) => maySee(row, one));
    const texts = await this.texts(machines, state, language);
    const found = openApproval({ plan: machines.plan, state }, step, seeing, texts);
    return found && { ...found, ref: refOf(id), revision: row.revision };
  }

  async transitions(
    id: IncidentId,
    viewer: Actor,
    afterSeq: number,
    limit: number,
  ): Promise<readonly EntryView[] | undefined> {
    if (!(await this.isVisible(id, viewer))) return undefined;
    return this.entryViews(id, await this.deps.store.entries(id, afterSeq, limit));
  }

  /** Numbers of the entries that were corrected; empty for an incident that does not exist. */
  async corrected(id: IncidentId): Promise<ReadonlySet<number>> {
    const loaded = await this.deps.store.incident(id);
    return new Set(loaded && (JSON.parse(loaded.state) as IncidentState).corrected);
  }

  async journal(afterSeq: number, limit: number): Promise<readonly EntryView[]> {
    return this.entryViews(JOURNAL_ID, await this.deps.store.entries(JOURNAL_ID, afterSeq, limit));
  }

  /** Undefined for an unknown incident; 'unknown_version' for a version that is not published. */
  async migration(
    id: IncidentId,
    viewer: Actor,
    version: string,
    language: string,
  ): Promise<MigrationView | undefined | 'unknown_version'> {
    const loaded = await this.load(id, viewer);
    if (!loaded) return undefined;
    const { library, clock } = this.deps;
    const found = await library.find(loaded.row.playbookId, version);
    if (!found) return 'unknown_version';
    const target = await library.machines(found.digest);
    return migrationView(loaded.row, loaded.machines, target, loaded.state, language, clock.now());
  }

  async at(
    id: IncidentId,
    viewer: Actor,
    when: { readonly time: string } | { readonly revision: number },
    language: string,
  ): Promise<PastView | undefined | 'before_opening'> {
    if (!(await this.isVisible(id, viewer))) return undefined;
    const { library, store, snapshots, people } = this.deps;
    const machinesOf = (digest: string): Promise<Machines> => library.machines(digest);
    const found = await stateAt({ store, machinesOf, ...(snapshots && { snapshots }) }, id, when);
    if (!found) return 'before_opening';
    const named = await people.find(peopleIn(found.replayed.state), language);
    return pastView(id, found.machines, found.replayed, named, language);
  }

  async tasks(
    filter: TaskFilter,
    viewer: Actor,
    language: string,
  ): Promise<{ readonly items: readonly TaskView[]; readonly next?: TaskFilter['after'] }> {
    const rows = await this.deps.store.tasks({ ...narrowed(filter, viewer), limit: filter.limit + 1 });
    const page = rows.slice(0, filter.limit);
    const items = await Promise.all(
      page.map(async (row) =>
        taskView(row, (await this.deps.library.machines(row.playbookDigest)).plan, language),
      ),
    );
    const last = rows.length > filter.limit ? page.at(-1) : undefined;
    if (!last) return { items };
    return {
      items,
      next: {
        incidentId: last.incidentId,
        step: last.step,
        ...(last.dueAt === undefined ? {} : { dueAt: last.dueAt }),
      },
    };
  }

  /** What each person has to do, in order of their ids, of what the viewer may see. */
  async workload(filter: WorkloadFilter, viewer: Actor): Promise<WorkloadPage> {
    const visible = visibleTo(viewer);
    const { clock, people, store } = this.deps;
    const rows = await store.workload({
      now: clock.now(),
      ...filter,
      limit: filter.limit + 1,
      ...(visible ? { visibleTo: visible } : {}),
    });
    const page = rows.slice(0, filter.limit);
    const nameOf = await people.names(page.map(({ person }) => person));
    const items = page.map(({ nextDueAt, ...row }): WorkloadView => {
      const name = nameOf(row.person);
      return {
        ...row,
        ...(name === undefined ? {} : { name }),
        nextDueAt: nextDueAt === undefined ? null : toIso(nextDueAt),
      };
    });
    const last = rows.length > filter.limit ? page.at(-1) : undefined;
    return { items, ...(last ? { next: last.person } : {}) };
  }

  /** The answer given when this entry was written, read back from the history. */
  async earlierAnswer(id: IncidentId, seq: number, language: string): Promise<Answer<TransitionAnswer>> {
    const [entry] = await this.deps.store.entries(id, seq - 1, 1);
    if (!entry) throw new TamperError(`INC-${id} has no entry ${seq}, which was written before`);
    const [transition] = await this.entryViews(id, [entry]);
    if (!transition) throw new TamperError(`INC-${id}: entry ${seq} cannot be read`);
    if (transition.kind !== 'rejection') {
      return {
        ok: true,
        value: { ref: refOf(id), revision: transition.revision, state: transition.to, transition },
      };
    }
    const raw = openingsOf(entry).find((opening) => opening.key === 'rejection')
      ?.value as unknown as Rejection;
    const loaded = await this.load(id);
    if (!loaded) return { ok: false, refusal: { code: 'unknown_incident' } };
    return { ok: false, refusal: await this.refusal(id, raw, transition.revision, loaded.state, language) };
  }

  async refusal(
    id: IncidentId,
    rejection: Rejection,
    revision: number,
    state: IncidentState,
    language: string,
    wanted?: Wanted,
  ): Promise<Refusal> {
    if (rejection.code === 'invalid_event') return { code: 'invalid_event', errors: rejection.errors };
    const loaded = await this.load(id);
    const texts = loaded && (await this.texts(loaded.machines, state, language, rejection.blockedBy));
    const blockedBy = texts ? rejection.blockedBy.map((blocker) => blockerView(blocker, texts, wanted)) : [];
    if (rejection.code === 'forbidden') return { code: 'forbidden', needs: rejection.needs, blockedBy };
    return { code: 'event_not_accepted', accepted: rejection.accepted, blockedBy, revision };
  }

  /** The refusal of one line of an act, in words. */
  async lineRefusal(
    { task, revision, rejection }: Extract<ActLine, { outcome: 'rejected' }>,
    language: string,
  ): Promise<Refusal> {
    if (rejection.code === 'stale_revision') return { code: 'stale_revision', revision };
    const id = idOfRef(task.slice(0, task.indexOf('/')));
    const loaded = id === undefined ? undefined : await this.load(id);
    if (id === undefined || !loaded) return { code: 'unknown_incident' };
    return this.refusal(id, rejection, revision, loaded.state, language);
  }

  async entryView(id: IncidentId, entry: EntryRow | StoredEntry): Promise<EntryView> {
    const [view] = await this.entryViews(id, [entry]);
    if (!view) throw new TamperError(`an entry of INC-${id} cannot be read`);
    return view;
  }

  /** Views of entries of one incident; people are looked up once for all. */
  async entryViews(
    id: IncidentId,
    entries: readonly (EntryRow | StoredEntry)[],
  ): Promise<readonly EntryView[]> {
    const plain = (await unlockEntries(this.deps.vault, entries)).map((entry) =>
      entryView(
        entry,
        () => undefined,
        (raw) => raw as unknown as EntryView['rejection'],
      ),
    );
    const blockers = plain.flatMap(
      (view) => (view.rejection?.blockedBy ?? []) as unknown as readonly Blocker[],
    );
    const nameOf = await this.deps.people.names([
      ...plain.map((view) => view.actor.id),
      ...blockers.map((one) => one.by ?? ''),
    ]);
    if (blockers.length === 0) return plain.map((view) => named(view, nameOf));
    const loaded = await this.load(id);
    return plain.map((view) => {
      const raw = view.rejection?.blockedBy as unknown as readonly Blocker[] | undefined;
      if (!raw || !loaded || !view.rejection) return named(view, nameOf);
      const texts: TextContext = {
        language: 'en',
        plan: loaded.machines.plan,
        nameOf,
        systemName: (system) => loaded.state.systems[system]?.name,
      };
      return named(
        { ...view, rejection: { ...view.rejection, blockedBy: raw.map((one) => blockerView(one, texts)) } },
        nameOf,
      );
    });
  }

  private async texts(
    { plan }: Machines,
    state: IncidentState,
    language: string,
    blockers: readonly Blocker[] = [],
  ): Promise<TextContext> {
    const ids = [...peopleIn(state), ...blockers.map((one) => one.by ?? '')];
    const nameOf = await this.deps.people.names(ids, language);
    const { directory } = this.deps;
    const roles = [...plan.playbook.roles.map(({ id: role }) => role), ...ROLES];
    const colleagues = directory && (await colleaguesIn(directory, roles));
    const systemName: TextContext['systemName'] = (id) => state.systems[id]?.name;
    return { language, plan, nameOf, systemName, state, ...(colleagues ? { colleagues } : {}) };
  }
}

function narrowed<F extends IncidentFilter | TaskFilter>(filter: F, viewer: Actor): F {
  const visible = visibleTo(viewer);
  return visible ? { ...filter, visibleTo: visible } : filter;
}

function named(view: EntryView, nameOf: (id: string) => string | undefined): EntryView {
  const name = nameOf(view.actor.id);
  return name === undefined ? view : { ...view, actor: { ...view.actor, name } };
}

/** Everybody whose id the state holds. */
function peopleIn(state: IncidentState): readonly string[] {
  const records = [
    ...Object.values(state.steps),
    ...Object.values(state.systems).flatMap((system) => Object.values(system.steps)),
  ];
  const ids = records.flatMap((record) => [
    record.by ?? '',
    record.assignee ?? '',
    ...(record.approvedBy ?? []),
  ]);
  const facts = Object.values(state.facts).map((fact) => fact.by ?? '');
  const lapsed = Object.values(state.lapsed ?? {}).flatMap(({ by = '', approvers }) => [by, ...approvers]);
  return [...new Set([...state.members, ...ids, ...facts, ...lapsed])].filter((id) => id !== '');
}

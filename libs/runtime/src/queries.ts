/** What people and programs ask: incidents, steps, history, inbox, and how it was. Reads only. */
import { TamperError, type Clock } from '@cordon/kernel';
import type { Blocker, IncidentState, Machines, Rejection } from '@cordon/engine';
import { entryView, openingsOf } from './entries.js';
import { incidentView, lineView } from './incident-view.js';
import { migrationView } from './migration-view.js';
import type { Library } from './library.js';
import { pastView, stateAt } from './past.js';
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
import { stepViews } from './step-view.js';
import { taskView } from './task-view.js';
import { blockerView, type TextContext } from './texts.js';
import {
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
} from './views.js';

export interface QueryDependencies {
  readonly store: ReadStore;
  readonly library: Library;
  readonly people: People;
  readonly clock: Clock;
}

interface Loaded {
  readonly row: IncidentRow;
  readonly machines: Machines;
  readonly state: IncidentState;
}

export class Queries {
  constructor(private readonly deps: QueryDependencies) {}

  private async load(id: IncidentId): Promise<Loaded | undefined> {
    const row = await this.deps.store.incident(id);
    if (!row) return undefined;
    const machines = await this.deps.library.machines(row.playbookDigest);
    return { row, machines, state: JSON.parse(row.state) as IncidentState };
  }

  async incident(id: IncidentId, language: string): Promise<IncidentView | undefined> {
    const loaded = await this.load(id);
    if (!loaded) return undefined;
    const { row, machines, state } = loaded;
    const texts = await this.texts(machines, state, language);
    const involved = await this.deps.people.find([...new Set([row.openedBy, ...peopleIn(state)])]);
    return incidentView(row, machines, state, texts, involved);
  }

  async incidents(filter: IncidentFilter): Promise<readonly IncidentLine[]> {
    return (await this.deps.store.incidents(filter)).map(lineView);
  }

  async steps(id: IncidentId, language: string): Promise<readonly StepView[] | undefined> {
    const loaded = await this.load(id);
    if (!loaded) return undefined;
    const { machines, state } = loaded;
    return stepViews(machines, state, await this.texts(machines, state, language), this.deps.clock.now());
  }

  async transitions(
    id: IncidentId,
    afterSeq: number,
    limit: number,
  ): Promise<readonly EntryView[] | undefined> {
    const entries = await this.deps.store.entries(id, afterSeq, limit);
    if (entries.length > 0) return this.entryViews(id, entries);
    return (await this.deps.store.incident(id)) ? [] : undefined;
  }

  /** Undefined for an unknown incident; 'unknown_version' for a version that is not published. */
  async migration(
    id: IncidentId,
    version: string,
    language: string,
  ): Promise<MigrationView | undefined | 'unknown_version'> {
    const loaded = await this.load(id);
    if (!loaded) return undefined;
    const { library, clock } = this.deps;
    const found = await library.find(loaded.row.playbookId, version);
    if (!found) return 'unknown_version';
    const target = await library.machines(found.digest);
    return migrationView(loaded.row, loaded.machines, target, loaded.state, language, clock.now());
  }

  async at(
    id: IncidentId,
    when: { readonly time: string } | { readonly revision: number },
    language: string,
  ): Promise<PastView | undefined | 'before_opening'> {
    const row = await this.deps.store.incident(id);
    if (!row) return undefined;
    const { library, store } = this.deps;
    const found = await stateAt(store, id, (digest) => library.machines(digest), when);
    if (!found) return 'before_opening';
    return pastView(id, found.machines, found.replayed, language);
  }

  async tasks(
    filter: TaskFilter,
    language: string,
  ): Promise<{ readonly items: readonly TaskView[]; readonly next?: TaskFilter['after'] }> {
    const rows = await this.deps.store.tasks({ ...filter, limit: filter.limit + 1 });
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
  ): Promise<Refusal> {
    if (rejection.code === 'invalid_event') return { code: 'invalid_event', errors: rejection.errors };
    const loaded = await this.load(id);
    const texts = loaded && (await this.texts(loaded.machines, state, language, rejection.blockedBy));
    const blockedBy = texts ? rejection.blockedBy.map((blocker) => blockerView(blocker, texts)) : [];
    if (rejection.code === 'forbidden') return { code: 'forbidden', needs: rejection.needs, blockedBy };
    return { code: 'event_not_accepted', accepted: rejection.accepted, blockedBy, revision };
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
    const plain = entries.map((entry) =>
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
    const nameOf = await this.deps.people.names([...peopleIn(state), ...blockers.map((one) => one.by ?? '')]);
    return { language, plan, nameOf, systemName: (id) => state.systems[id]?.name };
  }
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
  return [...new Set([...ids, ...facts])].filter((id) => id !== '');
}

import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import { handOver, submitMany } from './acts.js';
import { inboxOf } from './inbox.js';
import type { Cordon } from './cordon.js';
import { Door } from './door.js';
import { withCorrections } from './corrections.js';
import { exportLines } from './export.js';
import { Ledger } from './ledger.js';
import { Library } from './library.js';
import { openIncident } from './open-incident.js';
import { People } from './people.js';
import { PeopleDirectory } from './people-directory.js';
import type { PeopleStore } from './people-ports.js';
import type { DoorStore, IncidentId, PlaybookStore, ReadStore, TokenStore } from './ports.js';
import { unlockingReads } from './personal.js';
import { Queries } from './queries.js';
import { authorsIn } from './record-data.js';
import { createRecords } from './records.js';
import {
  recordRefusal,
  submitEvent,
  submitSystemEvent,
  type SystemEvent,
  type SystemVerdict,
} from './submit.js';
import type { SnapshotStore } from './snapshots.js';
import type { TeamStore } from './team-ports.js';
import { Teams, type ToTell } from './teams.js';
import type { Vault } from './vault.js';
import type { Answer, IncidentView } from './views.js';

export interface CordonOptions {
  readonly store: DoorStore &
    ReadStore & {
      readonly playbooks: PlaybookStore;
      readonly tokens: TokenStore;
      /** Absent where nobody is on duty or away. */
      readonly teams?: TeamStore;
      /** Absent where nobody but tokens acts. */
      readonly people?: PeopleStore;
      /** Absent where the past is always replayed from the opening. */
      readonly snapshots?: SnapshotStore;
    };
  /** Opens people's names. */
  readonly vault?: Vault;
  /** Name of this deployment's log, the same for its whole life; written into every audit entry. */
  readonly log: string;
  readonly clock?: Clock;
  readonly pause?: (ms: number) => Promise<void>;
}

/** The use cases, and what the worker needs beside them. */
export interface Runtime extends Cordon {
  readonly library: Library;
  /** Timers and verdicts come back through the same door. */
  submitSystemEvent(id: IncidentId, event: SystemEvent): Promise<SystemVerdict>;
  /** Ids of those to tell of a task, now. */
  recipients(toTell: ToTell): Promise<readonly string[]>;
  /** Resolves when no event is waiting or in flight. */
  drained(): Promise<void>;
}

export function createCordon(options: CordonOptions): Runtime {
  const { store, clock, library, people, door, teams, queries, ledger, deps, opening } = partsOf(options);
  return {
    library,
    async openIncident(command, actor: Actor, language = 'en'): Promise<Answer<IncidentView>> {
      const opened = await openIncident(opening, command, actor);
      if (!opened.ok) return opened;
      const view = await queries.incident(opened.value.id, actor, language);
      return view ? { ok: true, value: view } : { ok: false, refusal: { code: 'unknown_incident' } };
    },
    submitEvent: (id, command, actor, language = 'en') => submitEvent(deps, id, command, actor, language),
    submitMany: (command, actor, language = 'en') => submitMany(deps, command, actor, language),
    handOver: (command, actor, language = 'en') => handOver(deps, command, actor, language),
    workload: (filter, viewer) => queries.workload(filter, viewer),
    recipients: async (toTell) => (await teams?.recipients(toTell, clock.now())) ?? [],
    submitSystemEvent: (id, event) => submitSystemEvent(door, id, event),
    recordRefusal: (id, refusal, actor) => recordRefusal(door, id, refusal, actor),
    incident: (id, viewer, language) => queries.incident(id, viewer, language),
    incidents: (filter, viewer) => queries.incidents(filter, viewer),
    seesAll: (viewer) => queries.seesAll(viewer),
    steps: (id, viewer, language) => queries.steps(id, viewer, language),
    openApproval: (id, step, people, language) => queries.openApproval(id, step, people, language),
    async transitions(id, viewer, afterSeq, limit) {
      const views = await queries.transitions(id, viewer, afterSeq, limit);
      const corrected = views && (await queries.corrected(id));
      if (!corrected || !views.some(({ seq }) => corrected.has(seq))) return views;
      return withCorrections(views, (await ledger.of(id)).corrections);
    },
    at: (id, viewer, when, language) => queries.at(id, viewer, when, language),
    migration: (id, viewer, version, language) => queries.migration(id, viewer, version, language),
    tasks: async (filter, viewer, language) =>
      queries.tasks(await inboxOf(teams, filter, viewer, clock.now()), viewer, language),
    async exportJsonl(id, viewer) {
      return (await queries.isVisible(id, viewer)) ? exportLines(store, queries, ledger, id) : undefined;
    },
    journal: (afterSeq, limit) => queries.journal(afterSeq, limit),
    records: createRecords({ store, ledger, people }),
    people: (ids) => people.find(ids),
    personMeant: (text) => people.resolve(text, clock.now()),
    forgetNames() {
      people.forget();
      ledger.forget();
    },
    drained: () => door.drained(),
  };
}

/** What the use cases are made of. */
function partsOf(options: CordonOptions) {
  const { log, vault } = options;
  const store = unlockingReads(options.store, vault);
  const clock = options.clock ?? systemClock;
  const pause = options.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const salt = (): string => randomBytes(16).toString('base64url');
  const library = new Library(store.playbooks);
  const { people: known, tokens } = store;
  const people = new People({
    tokens,
    clock,
    ...(known && { persons: known.persons }),
    ...(vault && { vault }),
  });
  const door = new Door({ store, library, clock, log, salt, pause });
  const teams = options.store.teams && new Teams(options.store.teams);
  const directory = new PeopleDirectory({
    ...{ tokens, people, clock },
    ...(known && { persons: known.persons }),
    ...(teams && { teams }),
  });
  const { snapshots } = options.store;
  const queries = new Queries({
    ...{ store, library, people, clock, directory },
    ...(vault && { vault }),
    ...(snapshots && { snapshots }),
  });
  const ledger = new Ledger(store, clock);
  const deps = {
    door,
    queries,
    people,
    clock,
    store,
    salt,
    ...(teams && { teams }),
    ...(vault && { vault }),
    authorOf: authorsIn(store),
  };
  const opening = { store, library, clock, log, salt, newUid: () => uuidV7(clock.now()) };
  return { store, clock, library, people, door, teams, queries, ledger, deps, opening };
}

/** RFC 9562 UUID version 7: sorts by time, 74 random bits. */
function uuidV7(now: number): string {
  const random = randomUUID();
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import type { Cordon } from './cordon.js';
import { Door } from './door.js';
import { exportLines } from './export.js';
import { Library } from './library.js';
import { openIncident } from './open-incident.js';
import { People } from './people.js';
import type { DoorStore, IncidentId, PlaybookStore, ReadStore, TokenStore } from './ports.js';
import { Queries } from './queries.js';
import {
  recordRefusal,
  submitEvent,
  submitSystemEvent,
  type SystemEvent,
  type SystemVerdict,
} from './submit.js';
import type { Answer, IncidentView } from './views.js';

export interface CordonOptions {
  readonly store: DoorStore & ReadStore & { readonly playbooks: PlaybookStore; readonly tokens: TokenStore };
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
  /** Resolves when no event is waiting or in flight. */
  drained(): Promise<void>;
}

export function createCordon(options: CordonOptions): Runtime {
  const { store, log } = options;
  const clock = options.clock ?? systemClock;
  const pause = options.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const salt = (): string => randomBytes(16).toString('base64url');
  const library = new Library(store.playbooks);
  const people = new People(store.tokens);
  const door = new Door({ store, library, clock, log, salt, pause });
  const queries = new Queries({ store, library, people, clock });
  const deps = { door, queries, people, clock };
  const opening = { store, library, clock, log, salt, newUid: () => uuidV7(clock.now()) };
  return {
    library,
    async openIncident(command, actor: Actor, language = 'en'): Promise<Answer<IncidentView>> {
      const opened = await openIncident(opening, command, actor);
      if (!opened.ok) return opened;
      const view = await queries.incident(opened.value.id, language);
      return view ? { ok: true, value: view } : { ok: false, refusal: { code: 'unknown_incident' } };
    },
    submitEvent: (id, command, actor, language = 'en') => submitEvent(deps, id, command, actor, language),
    submitSystemEvent: (id, event) => submitSystemEvent(door, id, event),
    recordRefusal: (id, refusal, actor) => recordRefusal(door, id, refusal, actor),
    incident: (id, language) => queries.incident(id, language),
    incidents: (filter) => queries.incidents(filter),
    steps: (id, language) => queries.steps(id, language),
    transitions: (id, afterSeq, limit) => queries.transitions(id, afterSeq, limit),
    at: (id, when, language) => queries.at(id, when, language),
    migration: (id, version, language) => queries.migration(id, version, language),
    tasks: (filter, language) => queries.tasks(filter, language),
    exportJsonl: (id) => exportLines(store, queries, id),
    people: (ids) => people.find(ids),
    drained: () => door.drained(),
  };
}

/** RFC 9562 UUID version 7: sorts by time, 74 random bits. */
function uuidV7(now: number): string {
  const random = randomUUID();
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

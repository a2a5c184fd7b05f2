import type { Actor } from '@cordon/engine';
import type { IncidentFilter, IncidentId, Person, TaskFilter } from './ports.js';
import type {
  Answer,
  EntryView,
  EventCommand,
  IncidentLine,
  IncidentView,
  OpenCommand,
  MigrationView,
  PastView,
  StepView,
  TaskView,
  TransitionAnswer,
} from './views.js';

/**
 * The use cases, assembled over a store. Every change of an incident goes through `submitEvent`: the one door.
 * `language` (`en`, `zh-Hant`) is that of titles and of the sentences in refusals; English when it is left out.
 */
export interface Cordon {
  openIncident(command: OpenCommand, actor: Actor, language?: string): Promise<Answer<IncidentView>>;
  submitEvent(
    id: IncidentId,
    command: EventCommand,
    actor: Actor,
    language?: string,
  ): Promise<Answer<TransitionAnswer>>;
  /**
   * Puts a request that never became an event (unreadable body, failed validation) into the history of the incident it
   * was meant for. Does nothing for an unknown incident.
   */
  recordRefusal(id: IncidentId, refusal: RefusedRequest, actor: Actor): Promise<void>;
  incident(id: IncidentId, language: string): Promise<IncidentView | undefined>;
  incidents(filter: IncidentFilter): Promise<readonly IncidentLine[]>;
  steps(id: IncidentId, language: string): Promise<readonly StepView[] | undefined>;
  transitions(id: IncidentId, afterSeq: number, limit: number): Promise<readonly EntryView[] | undefined>;
  at(
    id: IncidentId,
    when: { readonly time: string } | { readonly revision: number },
    language: string,
  ): Promise<PastView | undefined | 'before_opening'>;
  /** What moving the incident to another version of its playbook would do. */
  migration(
    id: IncidentId,
    version: string,
    language: string,
  ): Promise<MigrationView | undefined | 'unknown_version'>;
  tasks(
    filter: TaskFilter,
    language: string,
  ): Promise<{ readonly items: readonly TaskView[]; readonly next?: TaskFilter['after'] }>;
  /** The history line by line: each entry as in `transitions`, with `leaf` (its exact bytes as text). In constant memory. */
  exportJsonl(id: IncidentId): AsyncIterable<string> | undefined;
  people(ids: readonly string[]): Promise<readonly Person[]>;
}

export interface RefusedRequest {
  readonly code: 'malformed' | 'too_large' | 'invalid_event';
  /** What was asked for, as far as it could be read. */
  readonly type?: string;
  readonly step?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

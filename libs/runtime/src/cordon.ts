import type { Actor } from '@cordon/engine';
import type { IncidentFilter, IncidentId, Person, TaskFilter } from './ports.js';
import type { OpenApproval } from './open-approval.js';
import type { Records } from './records.js';
import type {
  ActLineView,
  Answer,
  EntryView,
  EventCommand,
  HandOverCommand,
  InboxFilter,
  IncidentLine,
  IncidentView,
  OpenCommand,
  ManyCommand,
  MigrationView,
  PastView,
  StepView,
  TaskView,
  TransitionAnswer,
  WorkloadFilter,
  WorkloadPage,
} from './views.js';

/**
 * The use cases, assembled over a store. Every change of an incident goes through `submitEvent`: the one door.
 * `language` (`en`, `zh-Hant`) is that of titles and of the sentences in refusals; English when it is left out.
 * `viewer` is who asks: what they may not see is answered as if it did not exist.
 */
export interface Cordon {
  openIncident(command: OpenCommand, actor: Actor, language?: string): Promise<Answer<IncidentView>>;
  submitEvent(
    id: IncidentId,
    command: EventCommand,
    actor: Actor,
    language?: string,
  ): Promise<Answer<TransitionAnswer>>;
  /** The same event for many tasks as one act: all of it is committed or nothing, and each task has its line. */
  submitMany(command: ManyCommand, actor: Actor, language?: string): Promise<Answer<readonly ActLineView[]>>;
  /** Everything that somebody holds to others, as one act. */
  handOver(
    command: HandOverCommand,
    actor: Actor,
    language?: string,
  ): Promise<Answer<readonly ActLineView[]>>;
  workload(filter: WorkloadFilter, viewer: Actor): Promise<WorkloadPage>;
  /**
   * Puts a request that never became an event (unreadable body, failed validation) into the history of the incident it
   * was meant for. Does nothing for an unknown incident.
   */
  recordRefusal(id: IncidentId, refusal: RefusedRequest, actor: Actor): Promise<void>;
  incident(id: IncidentId, viewer: Actor, language: string): Promise<IncidentView | undefined>;
  incidents(filter: IncidentFilter, viewer: Actor): Promise<readonly IncidentLine[]>;
  /** Whether the viewer may see every incident that there is: what holds all of them is for nobody else. */
  seesAll(viewer: Actor): Promise<boolean>;
  steps(id: IncidentId, viewer: Actor, language: string): Promise<readonly StepView[] | undefined>;
  /**
   * An approval while it can be given, with what it covers now and who of these people may give it; undefined otherwise.
   * For those who may not it is the caller's to keep to itself.
   */
  openApproval(
    id: IncidentId,
    step: string,
    people: readonly Actor[],
    language: string,
  ): Promise<OpenApproval | undefined>;
  transitions(
    id: IncidentId,
    viewer: Actor,
    afterSeq: number,
    limit: number,
  ): Promise<readonly EntryView[] | undefined>;
  at(
    id: IncidentId,
    viewer: Actor,
    when: { readonly time: string } | { readonly revision: number },
    language: string,
  ): Promise<PastView | undefined | 'before_opening'>;
  /** What moving the incident to another version of its playbook would do. */
  migration(
    id: IncidentId,
    viewer: Actor,
    version: string,
    language: string,
  ): Promise<MigrationView | undefined | 'unknown_version'>;
  tasks(
    filter: InboxFilter,
    viewer: Actor,
    language: string,
  ): Promise<{ readonly items: readonly TaskView[]; readonly next?: TaskFilter['after'] }>;
  /** The history line by line: each entry as in `transitions`, with `leaf` (its exact bytes as text). In constant memory. */
  exportJsonl(id: IncidentId, viewer: Actor): Promise<AsyncIterable<string> | undefined>;
  /** The deployment's own history: entries with afterSeq < seq, ascending. */
  journal(afterSeq: number, limit: number): Promise<readonly EntryView[]>;
  /** Evidence, indicators and notes of an incident. */
  readonly records: Records;
  people(ids: readonly string[]): Promise<readonly Person[]>;
  /** The active person that the text means, by id or by unique name. */
  personMeant(text: string): Promise<Person | undefined>;
  /** Forgets what is remembered of people at once: somebody was erased. */
  forgetNames(): void;
}

export interface RefusedRequest {
  readonly code: 'malformed' | 'too_large' | 'invalid_event';
  /** What was asked for, as far as it could be read. */
  readonly type?: string;
  readonly step?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** What the use cases answer: the shapes behind the HTTP API and the command line. Instants are RFC 3339 UTC text. */
import type { DutyStatus, FieldError, Tlp } from '@cordon/engine';
import type { Json, JsonObject } from '@cordon/kernel';
import type { IncidentId, TaskFilter } from './ports.js';

/** A person or the system itself, with the name it has now. */
export interface ActorView {
  readonly id: string;
  readonly type: 'person' | 'system';
  readonly name?: string;
}

/** One entry of the history. `prev` is the `hash` of the entry before it; both are lowercase hex. */
export interface EntryView {
  readonly seq: number;
  readonly revision: number;
  readonly kind: 'opened' | 'transition' | 'rejection' | 'journal';
  readonly at: string;
  readonly occurredAt: string;
  readonly actor: ActorView;
  readonly event: {
    readonly type: string;
    readonly step?: string;
    /** Whom an entry of the journal is about. */
    readonly subject?: string;
    readonly data?: JsonObject;
  };
  /** XState values before and after; equal for a rejection. */
  readonly from: Json;
  readonly to: Json;
  readonly note: string | null;
  /** What it commits to and cannot show any more, because the person was erased: `note`, `data.collectedBy`. */
  readonly withheld?: readonly string[];
  /** It happened more than fifteen minutes before its entry, and by how many seconds. */
  readonly late?: true;
  readonly lateBy?: number;
  /** The entry that this one corrects, and the newest entry that corrects this one. */
  readonly supersedes?: number;
  readonly supersededBy?: number;
  /** The affected system that this entry moved. */
  readonly system?: { readonly id: string; readonly from: string; readonly to: string };
  /** Approvals that this entry has voided, because what they cover has changed. */
  readonly lapsed?: readonly LapsedView[];
  readonly rejection?: {
    readonly code: string;
    readonly accepted?: readonly string[];
    readonly blockedBy?: readonly BlockerView[];
    readonly errors?: readonly FieldError[];
  };
  readonly prev: string;
  readonly hash: string;
}

/** An approval that is void, and what is no longer as it was approved. */
export interface LapsedView {
  readonly step: string;
  readonly because: readonly { readonly kind: string; readonly id: string }[];
  readonly approvers: readonly string[];
}

/** What an approval step covers, who has given it, and whether it was given before and has lapsed. */
export interface ApprovalView {
  /** How many different people must approve. */
  readonly needed: number;
  /** One of each of the step's roles. */
  readonly oneOfEach?: boolean;
  readonly covers: {
    readonly steps: readonly OptionView[];
    readonly facts: readonly (OptionView & { readonly value: Json })[];
    readonly restorePoint?: string;
  };
  readonly given: readonly {
    readonly by: string;
    readonly name?: string;
    readonly at: string;
    readonly role: string;
    readonly as?: string;
    readonly reason?: string;
  }[];
  readonly lapsed?: Omit<LapsedView, 'step'> & {
    readonly at: string;
    readonly by?: string;
    /** A sentence for a person. */
    readonly text: string;
  };
}

/** Somebody who could; without `id` and `name` where nobody of that role is known. */
export interface HelperView {
  readonly role: string;
  readonly id?: string;
  readonly name?: string;
  readonly onDuty?: boolean;
}

/** The event that brings a blocked step nearer; `answers` are those of a decision that lead on. */
export interface NextView {
  readonly event: string;
  readonly step?: string;
  readonly fact?: string;
  readonly answers?: readonly string[];
}

/** A blocker with the sentence a person reads. */
export interface BlockerView {
  readonly code: string;
  readonly text: string;
  readonly step?: string;
  readonly role?: string;
  readonly fact?: string;
  readonly system?: string;
  readonly phase?: string;
  readonly by?: string;
  readonly since?: string;
  /** Who can do what is said next: on duty first, a few of them. */
  readonly who?: readonly HelperView[];
  readonly next?: NextView;
}

/** An event that the step takes, and that this person may not bring. */
export interface RefusalView {
  readonly event: string;
  readonly blockedBy: BlockerView;
}

export interface PhaseView {
  readonly id: string;
  readonly title: string;
  readonly status: 'not_started' | 'active' | 'completed';
}

export interface SystemView {
  readonly id: string;
  readonly name: string;
  readonly kind?: string;
  readonly state: string;
  readonly restorePoint?: string;
  readonly foundLater: boolean;
}

export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export interface IncidentView {
  readonly ref: string;
  readonly uid: string;
  readonly title: string;
  readonly summary?: string;
  readonly severity?: string;
  readonly organisation?: JsonObject;
  readonly exercise: boolean;
  readonly status: 'open' | 'closed';
  readonly revision: number;
  readonly seq: number;
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string };
  readonly state: Json;
  readonly phases: readonly PhaseView[];
  /** Every fact of the playbook; `unknown` where nobody has said. */
  readonly facts: Readonly<Record<string, Json>>;
  readonly factSources: Readonly<Record<string, { readonly by?: string; readonly at: string }>>;
  readonly systems: readonly SystemView[];
  readonly people: readonly PersonView[];
  readonly tlp: Tlp;
  /** Ids of the people who need to know, whoever opened it first. */
  readonly members: readonly string[];
  readonly awareAt: string;
  readonly onsetAt?: string;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  /** Event types that the incident as a whole accepts now. */
  readonly accepts: readonly string[];
  /** What stands between now and `incident.close`. */
  readonly closeBlockedBy: readonly BlockerView[];
}

/** A line of the incident list: the view without what needs the whole state. */
export type IncidentLine = Pick<
  IncidentView,
  | 'ref'
  | 'title'
  | 'summary'
  | 'severity'
  | 'exercise'
  | 'status'
  | 'revision'
  | 'playbook'
  | 'awareAt'
  | 'openedAt'
  | 'updatedAt'
  | 'closedAt'
> & { readonly phases: readonly string[] };

export interface OptionView {
  readonly id: string;
  readonly title: string;
}

export interface StepView {
  readonly id: string;
  readonly phase: string;
  readonly kind: string;
  readonly title: string;
  readonly instructions?: string;
  readonly status: 'cannot_start' | 'ready' | 'in_progress' | 'completed' | 'skipped' | 'problem' | 'failed';
  readonly mandatory: boolean;
  /** The first of `roles`. */
  readonly role: string;
  readonly roles: readonly string[];
  readonly system?: string;
  readonly assignee: string | null;
  readonly accepted: boolean;
  readonly dueAt: string | null;
  readonly overdue: boolean;
  readonly accepts: readonly string[];
  /** JSON Schema (2020-12) of `data.output` of `step.complete`. */
  readonly form?: JsonObject;
  readonly options?: readonly OptionView[];
  /** Who may leave the step out, and with which reasons; without reasons, with any. */
  readonly skip?: { readonly roles: readonly string[]; readonly reasons: readonly OptionView[] };
  /** Items of evidence with the step, of how many it needs to be completed. */
  readonly evidence?: { readonly count: number; readonly of: number; readonly title?: string };
  /** How often the step has led back, of how often it may. */
  readonly round?: { readonly count: number; readonly of?: number };
  readonly duty?: string;
  /** It stands beside the flow. */
  readonly anytime?: boolean;
  readonly approval?: ApprovalView;
  readonly blockedBy: readonly BlockerView[];
  /** Of the events in `accepts`, those that the asking person may not bring, each with why; the others they may. */
  readonly refusals?: readonly RefusalView[];
  readonly answer?: string;
  readonly doneBy?: string;
  readonly doneAt?: string;
  /** Passed over because its condition does not hold. */
  readonly notApplicable?: boolean;
}

export interface TaskView {
  /** `INC-17/step-id`: what POST /tasks/bulk takes. */
  readonly id: string;
  readonly incident: string;
  readonly incidentTitle: string;
  readonly severity?: string;
  readonly exercise: boolean;
  readonly step: string;
  readonly title: string;
  readonly phase: string;
  readonly kind: string;
  readonly system?: string;
  readonly status: string;
  readonly roles: readonly string[];
  readonly assignee: string | null;
  readonly accepted: boolean;
  /** Id of who gave it to the assignee. */
  readonly assignedBy?: string;
  readonly priority: 'urgent' | 'high' | 'normal' | 'low';
  readonly dueAt: string | null;
}

/** What moving an incident to another version of its playbook would do. */
export interface MigrationView {
  readonly ref: string;
  readonly from: { readonly version: string; readonly digest: string };
  readonly to: { readonly version: string; readonly digest: string };
  /** The move waits for a second person. */
  readonly proposal?: {
    readonly by: string;
    readonly at: string;
    readonly map: Readonly<Record<string, string | null>>;
  };
  /** Steps that have been worked on, and their counterparts; null is left behind. */
  readonly mapped: readonly {
    readonly step: string;
    readonly title: string;
    readonly to: string | null;
    readonly toTitle?: string;
  }[];
  /** Steps that have been worked on and need a counterpart, or null, in the map of the event. */
  readonly unmapped: readonly {
    readonly step: string;
    readonly title: string;
    readonly reason: string;
    readonly text: string;
  }[];
  /** Steps that would be open and are not now. */
  readonly opens: readonly { readonly step: string; readonly title: string }[];
  /** Facts that the new version does not know. */
  readonly factsLost: readonly string[];
}

/** An incident as it was, rebuilt by replaying its history. */
export interface PastView {
  readonly ref: string;
  readonly revision: number;
  readonly seq: number;
  readonly at: string;
  readonly status: 'open' | 'closed';
  readonly state: Json;
  readonly phases: readonly PhaseView[];
  readonly awareAt: string;
  readonly facts: Readonly<Record<string, Json>>;
  readonly factSources: Readonly<Record<string, { readonly by?: string; readonly at: string }>>;
  readonly systems: readonly SystemView[];
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly system?: string;
    readonly answer?: string;
    readonly by?: string;
    readonly assignee?: string;
    readonly approvedBy?: readonly string[];
  }[];
  readonly obligations: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: DutyStatus;
  }[];
  /** Ids of those who needed to know. */
  readonly members: readonly string[];
  /** Everybody who is named above, as they are called now. */
  readonly people: readonly { readonly id: string; readonly name: string }[];
}

export interface OpenCommand {
  readonly key: string;
  readonly playbook: string;
  readonly version?: string;
  readonly title: string;
  readonly summary?: string;
  readonly severity?: string;
  readonly awareAt: string;
  readonly onsetAt?: string;
  readonly organisation?: JsonObject;
  readonly facts?: JsonObject;
  readonly systems?: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind?: string;
    readonly foundLater?: boolean;
  }[];
  readonly exercise?: boolean;
  /** Traffic Light Protocol 2.0: how far it may be told; amber when left out. */
  readonly tlp?: Tlp;
}

export interface EventCommand {
  readonly key: string;
  readonly type: string;
  readonly step?: string;
  readonly data?: JsonObject;
  readonly note?: string;
  /** Whom the note is about, by id or name: it is kept as that person's data. */
  readonly about?: string;
  readonly occurredAt?: string;
  /** The file that `evidence.add` names was received here. Never from outside: see `Evidence`. */
  readonly stored?: true;
  /** From `If-Match: "v<revision>"`. */
  readonly ifRevision?: number;
}

/** A list of tasks as somebody asks for it. */
export interface InboxFilter extends TaskFilter {
  /** What whoever asks has to do, and what those have whom they stand in for. */
  readonly mine?: boolean;
  /** What the people of their teams have, and what waits for the roles that these share. */
  readonly ofMyTeams?: boolean;
}

export interface WorkloadFilter {
  readonly limit: number;
  /** Id of the last person of the page before. */
  readonly after?: string;
}

/** What one person has to do. */
export interface WorkloadView {
  readonly person: string;
  readonly name?: string;
  readonly open: number;
  readonly unaccepted: number;
  readonly overdue: number;
  readonly nextDueAt: string | null;
}

export interface WorkloadPage {
  readonly items: readonly WorkloadView[];
  readonly next?: string;
}

/** The same event for many tasks, as one act. */
export interface ManyCommand {
  readonly key: string;
  readonly tasks: readonly { readonly id: IncidentId; readonly step: string }[];
  readonly type: string;
  readonly data?: JsonObject;
}

/** Everything that `from` holds, by default whoever asks, to others; people by id or unique name. */
export interface HandOverCommand {
  readonly key: string;
  readonly from?: string;
  readonly to: readonly {
    readonly person: string;
    /** Only tasks of these incidents. */
    readonly incidents?: readonly string[];
    /** Only tasks for one of these roles. */
    readonly roles?: readonly string[];
  }[];
  readonly note: string;
}

/** It was done, and there is something to know about it. */
export interface WarningView {
  readonly code: 'assignee_away';
  readonly text: string;
  readonly person: string;
  readonly until: string;
  readonly delegate?: string;
}

/** What became of one task of an act. */
export type ActLineView = { readonly task: string; readonly to?: string } & (
  | { readonly ok: true; readonly revision: number; readonly warnings?: readonly WarningView[] }
  | { readonly ok: false; readonly refusal: Refusal }
);

export type Refusal =
  | {
      readonly code: 'event_not_accepted';
      readonly accepted: readonly string[];
      readonly blockedBy: readonly BlockerView[];
      readonly revision: number;
    }
  | {
      readonly code: 'forbidden';
      readonly needs: readonly string[];
      readonly blockedBy: readonly BlockerView[];
    }
  | { readonly code: 'invalid_event'; readonly errors: readonly FieldError[] }
  | { readonly code: 'stale_revision'; readonly revision: number }
  | { readonly code: 'key_reused' }
  | { readonly code: 'unknown_incident' }
  | { readonly code: 'unknown_playbook'; readonly known: readonly string[] };

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export interface TransitionAnswer {
  readonly ref: string;
  readonly revision: number;
  readonly state: Json;
  readonly transition: EntryView;
  readonly warnings?: readonly WarningView[];
}

export function refOf(id: IncidentId): string {
  return `INC-${id}`;
}

/** Reads `INC-17` (any case) or `17`; undefined for anything else. */
export function idOfRef(ref: string): IncidentId | undefined {
  const digits = /^(?:INC-)?([1-9]\d{0,14})$/i.exec(ref)?.[1];
  return digits === undefined ? undefined : (Number(digits) as IncidentId);
}

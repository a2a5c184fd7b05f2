/** What the use cases answer: the shapes behind the HTTP API and the command line. Instants are RFC 3339 UTC text. */
import type { FieldError } from '@cordon/engine';
import type { Json, JsonObject } from '@cordon/kernel';
import type { IncidentId } from './ports.js';

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
  readonly kind: 'opened' | 'transition' | 'rejection';
  readonly at: string;
  readonly occurredAt: string;
  readonly actor: ActorView;
  readonly event: { readonly type: string; readonly step?: string; readonly data?: JsonObject };
  /** XState values before and after; equal for a rejection. */
  readonly from: Json;
  readonly to: Json;
  readonly note: string | null;
  /** The affected system that this entry moved. */
  readonly system?: { readonly id: string; readonly from: string; readonly to: string };
  readonly rejection?: {
    readonly code: string;
    readonly accepted?: readonly string[];
    readonly blockedBy?: readonly BlockerView[];
    readonly errors?: readonly FieldError[];
  };
  readonly prev: string;
  readonly hash: string;
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
  readonly blockedBy: readonly BlockerView[];
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
  readonly facts: Readonly<Record<string, Json>>;
  readonly systems: readonly SystemView[];
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly system?: string;
    readonly answer?: string;
  }[];
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
}

export interface EventCommand {
  readonly key: string;
  readonly type: string;
  readonly step?: string;
  readonly data?: JsonObject;
  readonly note?: string;
  readonly occurredAt?: string;
  /** From `If-Match: "v<revision>"`. */
  readonly ifRevision?: number;
}

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
}

export function refOf(id: IncidentId): string {
  return `INC-${id}`;
}

/** Reads `INC-17` (any case) or `17`; undefined for anything else. */
export function idOfRef(ref: string): IncidentId | undefined {
  const digits = /^(?:INC-)?([1-9]\d{0,14})$/i.exec(ref)?.[1];
  return digits === undefined ? undefined : (Number(digits) as IncidentId);
}

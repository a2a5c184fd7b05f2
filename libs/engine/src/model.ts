/**
 * What the engine decides about. An incident's state is plain JSON; its canonical text is what is stored,
 * hashed into each audit entry, and reproduced byte for byte by replay.
 */
import type { EpochMs, Json, JsonObject } from '@cordon/kernel';

/** `parked`: it was open when the flow went back to an earlier step, and opens again when the flow returns to it. */
export type RecordStatus = 'ready' | 'in_progress' | 'problem' | 'completed' | 'skipped';

/** What the machine remembers of one step. A step without a record cannot start yet. */
export interface StepRecord {
  readonly status: RecordStatus;
  /** When it took this status. */
  readonly at: EpochMs;
  /** When it last became ready; due times may count from here. */
  readonly readyAt: EpochMs;
  /** Person who brought it there; absent where the machine did (ready, not applicable). */
  readonly by?: string;
  readonly parked?: true;
  /** Skipped because its condition does not hold, not by a person. */
  readonly notApplicable?: true;
  /** A decision's answer. */
  readonly answer?: string;
  /** An approval's approvers so far. */
  readonly approvedBy?: readonly string[];
  readonly assignee?: string;
  readonly accepted?: true;
  /** Timers of this step that have fired. */
  readonly fired?: readonly string[];
  /** How often it was started over; keeps effect and timer keys apart. */
  readonly round: number;
}

export type SystemLife = 'affected' | 'isolated' | 'restoring' | 'restored' | 'verified' | 'returned';

export interface SystemState {
  readonly name: string;
  readonly kind?: string;
  readonly life: SystemLife;
  readonly restorePoint?: string;
  readonly foundLater?: true;
  readonly addedAt: EpochMs;
  /** XState value of the system's own machine. */
  readonly value: Json;
  readonly steps: Readonly<Record<string, StepRecord>>;
}

export interface FactRecord {
  readonly value: Json;
  readonly by?: string;
  readonly at: EpochMs;
}

export interface IncidentState {
  readonly format: 1;
  readonly status: 'open' | 'closed';
  /** XState value of the incident's machine. */
  readonly value: Json;
  readonly awareAt: EpochMs;
  readonly onsetAt?: EpochMs;
  readonly openedAt: EpochMs;
  /** A fact without a record is unknown. */
  readonly facts: Readonly<Record<string, FactRecord>>;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly systems: Readonly<Record<string, SystemState>>;
  /** `each` blocks that the flow has reached: their steps are open for every system. */
  readonly gates: readonly string[];
  /** How often a step was repeated by a decision or a refusal. */
  readonly repeats: Readonly<Record<string, number>>;
}

/** Who asks. `roles` are those held at that moment; they are part of the record, so that replay decides alike. */
export interface Actor {
  readonly type: 'person' | 'system';
  readonly id: string;
  readonly roles: readonly string[];
}

/** What somebody or something asks for. */
export interface IncidentEvent {
  readonly type: string;
  readonly step?: string;
  readonly data?: JsonObject;
  readonly note?: string;
  readonly occurredAt?: EpochMs;
}

export type BlockerCode =
  | 'step_open'
  | 'step_not_reached'
  | 'step_done'
  | 'step_problem'
  | 'fact_unknown'
  | 'not_applicable'
  | 'approvals_missing'
  | 'own_work'
  | 'system_not_ready'
  | 'system_open'
  | 'incident_closed'
  | 'phase_open'
  | 'mandatory'
  | 'role_missing'
  | 'step_now_applies'
  | 'waiting_for_action';

/** One thing that stands in the way. `since` and `at` are instants; people are ids. Text is made when it is shown. */
export interface Blocker {
  readonly code: BlockerCode;
  readonly step?: string;
  readonly role?: string;
  readonly fact?: string;
  readonly system?: string;
  readonly phase?: string;
  readonly by?: string;
  readonly status?: string;
  readonly since?: EpochMs;
}

export interface FieldError {
  /** JSON pointer into the request body, e.g. `/data/output/answer`. */
  readonly pointer: string;
  readonly message: string;
}

/** An expected "no". `not_accepted` is answered 409, `forbidden` 403, `invalid` and `unknown_step` 422. */
export type Rejection =
  | { readonly code: 'event_not_accepted'; readonly accepted: readonly string[]; readonly blockedBy: readonly Blocker[] }
  | { readonly code: 'forbidden'; readonly needs: readonly string[]; readonly blockedBy: readonly Blocker[] }
  | { readonly code: 'invalid_event'; readonly errors: readonly FieldError[] };

/** What a transition asks the outside world to do. `key` is stable: doing it twice must have the effect of once. */
export interface Effect {
  readonly key: string;
  readonly kind: 'action' | 'reminder' | 'overdue' | 'escalation';
  readonly step: string;
  readonly payload: JsonObject;
}

/** A moment at which the incident wants to be told. Identity is (incident, id, fireAt). */
export interface Timer {
  readonly id: string;
  readonly fireAt: EpochMs;
}

export type TaskStatus = 'cannot_start' | 'ready' | 'in_progress' | 'problem' | 'completed' | 'skipped';

/** One row of the inbox: a step that somebody has to do. */
export interface TaskRow {
  readonly step: string;
  readonly phase: string;
  readonly kind: string;
  readonly system?: string;
  readonly status: TaskStatus;
  readonly roles: readonly string[];
  readonly assignee?: string;
  readonly accepted: boolean;
  readonly dueAt?: EpochMs;
}

export interface Accepted {
  readonly outcome: 'accepted';
  readonly state: IncidentState;
  /** Canonical JSON of `state`. */
  readonly stateText: string;
  readonly effects: readonly Effect[];
}
export interface Refused {
  readonly outcome: 'rejected';
  readonly rejection: Rejection;
}
export type Decision = Accepted | Refused;

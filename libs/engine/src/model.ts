/**
 * What the engine decides about. An incident's state is plain JSON; its canonical text is what is stored, hashed into
 * each audit entry, and reproduced byte for byte by replay.
 */
import type { EpochMs, Json, JsonObject } from '@cordon/kernel';
import type { Facts, MachineContext, Priority, StepRecords, SystemMove } from '@cordon/playbook';
import type { Machines } from './machines.js';
import type { Tlp } from './tlp.js';

export type SystemLife = 'affected' | 'isolated' | 'restoring' | 'restored' | 'verified' | 'returned';

/** One affected system: its own small machine and what is known of it. */
export interface SystemState {
  readonly name: string;
  readonly kind?: string;
  readonly foundLater?: true;
  readonly addedAt: EpochMs;
  readonly life: SystemLife;
  readonly restorePoint?: string;
  /** XState value of the system's machine. */
  readonly value: Json;
  readonly steps: StepRecords;
  readonly rounds: Readonly<Record<string, number>>;
  readonly turns?: Readonly<Record<string, number>>;
  readonly fired?: Readonly<Record<string, readonly string[]>>;
}

/** The XState context of the incident's machine is the part that `MachineContext` names. */
export interface IncidentState extends MachineContext {
  readonly format: 1;
  readonly status: 'open' | 'closed';
  /** XState value of the incident's machine. */
  readonly value: Json;
  readonly openedAt: EpochMs;
  readonly awareAt: EpochMs;
  readonly onsetAt?: EpochMs;
  readonly closedAt?: EpochMs;
  readonly facts: Facts;
  readonly systems: Readonly<Record<string, SystemState>>;
  /** Ids of the people who need to know; whoever opened it first. */
  readonly members: readonly string[];
  /** `USUAL_TLP` until somebody says otherwise. */
  readonly tlp?: Tlp;
  /** A move to another version of the playbook that waits for a second person. */
  readonly migration?: MigrationProposal;
  /** Approvals that have lapsed and were not given again since, by step instance. */
  readonly lapsed?: Readonly<Record<string, Lapse>>;
  /** How many items of evidence were added, and which of them (counted from 1) are in our custody no more. */
  readonly custody?: { readonly items: number; readonly released: readonly number[] };
  /** Numbers of entries that were corrected, so that a reader knows without reading on. */
  readonly corrected?: readonly number[];
  /** How many indicators were added, and which of them (counted from 1) were withdrawn. Values are in the history. */
  readonly indicators?: { readonly count: number; readonly withdrawn: readonly number[] };
  /** Items of evidence by step instance. */
  readonly evidence?: Readonly<Record<string, number>>;
}

/** What an approval covers and is no longer what was approved. */
export interface LapseCause {
  /** A fact's value, the outcome of a step, the restore point of a system, or what the playbook binds the approval to. */
  readonly kind: 'fact' | 'step' | 'restore_point' | 'playbook';
  /** The fact, the step instance, the system or the version. */
  readonly id: string;
}

/** Approvals that are void because what they cover has changed. */
export interface Lapse {
  readonly at: EpochMs;
  /** Who changed it; absent where the machine did. */
  readonly by?: string;
  readonly because: readonly LapseCause[];
  /** Who had approved. */
  readonly approvers: readonly string[];
}

export interface MigrationProposal {
  readonly version: string;
  /** Hex SHA-256 of the version's source. */
  readonly digest: string;
  /** Counterparts of steps, where they are not the steps of the same id. */
  readonly map: Readonly<Record<string, string | null>>;
  readonly by: string;
  readonly at: EpochMs;
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
}

export type BlockerCode =
  | 'step_open'
  | 'step_done'
  | 'step_underway'
  | 'step_not_open'
  | 'other_kind'
  | 'branch_not_taken'
  | 'not_applicable'
  | 'fact_unknown'
  | 'already_approved'
  | 'own_work'
  | 'own_fact'
  | 'own_request'
  | 'role_missing'
  | 'mandatory'
  | 'system_open'
  | 'system_known'
  | 'other_restore_point'
  | 'phase_not_done'
  | 'incident_closed'
  | 'incident_open'
  | 'assigned_to_other'
  | 'not_assigned'
  | 'timer_gone'
  | 'own_proposal'
  | 'limit_reached'
  | 'evidence_missing'
  | 'duty_open'
  | 'closure_condition'
  | 'member_known'
  | 'member_unknown'
  | 'holds_tasks';

/** One thing that stands in the way: who or what is missing, and since when. People are ids; text is made when shown. */
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
  readonly duty?: string;
  /** The closure condition that does not hold. */
  readonly condition?: string;
  /** How many there are, of how many there must or may be. */
  readonly count?: number;
  readonly of?: number;
}

export interface FieldError {
  /** JSON pointer into the request body, e.g. `/data/output/answer`. */
  readonly pointer: string;
  readonly message: string;
}

/** An expected "no", returned and recorded, never thrown. */
export type Rejection =
  | {
      readonly code: 'event_not_accepted';
      readonly accepted: readonly string[];
      readonly blockedBy: readonly Blocker[];
    }
  | { readonly code: 'forbidden'; readonly needs: readonly string[]; readonly blockedBy: readonly Blocker[] }
  | { readonly code: 'invalid_event'; readonly errors: readonly FieldError[] };

/** What a transition asks the outside world to do. `key` is unique in the incident; doing it twice must equal once. */
export interface Effect {
  readonly key: string;
  readonly kind: 'action' | 'reminder' | 'overdue' | 'escalation';
  readonly step: string;
  readonly payload: JsonObject;
}

/** A moment at which the incident wants to be told. */
export interface Timer {
  readonly id: string;
  readonly fireAt: EpochMs;
}

export type StepStatus =
  'cannot_start' | 'ready' | 'in_progress' | 'problem' | 'completed' | 'skipped' | 'failed';

/** One row of the inbox. */
export interface TaskRow {
  readonly step: string;
  readonly phase: string;
  readonly kind: string;
  readonly system?: string;
  readonly status: StepStatus;
  readonly roles: readonly string[];
  readonly assignee?: string;
  readonly accepted: boolean;
  /** Who gave it to the assignee. */
  readonly assignedBy?: string;
  /** Absent where it is `normal`. */
  readonly priority?: Exclude<Priority, 'normal'>;
  readonly dueAt?: EpochMs;
}

/** The move of one affected system that an event made. */
export interface SystemChange {
  readonly id: string;
  readonly from: SystemLife;
  readonly to: SystemLife;
}

export type Decision =
  | {
      readonly outcome: 'accepted';
      readonly state: IncidentState;
      readonly effects: readonly Effect[];
      readonly system?: SystemChange;
      /** Approvals that this has voided. */
      readonly lapsed?: Readonly<Record<string, Lapse>>;
      /** The machines that decide from now on: the incident has moved to another version of its playbook. */
      readonly machines?: Machines;
    }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection };

export const MOVE_EVENTS: Readonly<Record<string, SystemMove>> = {
  'system.isolate': 'isolate',
  'system.restore': 'restore',
  'system.verify': 'verify',
  'system.return': 'return',
};

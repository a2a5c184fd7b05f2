/**
 * What the machines remember, as plain JSON. The incident's machine and each affected system's own machine share the
 * step records; their XState context is these objects, so that guards are functions of data alone.
 */
import type { EpochMs, Json } from '@cordon/kernel';

/** How soon a task wants somebody; a task that says nothing is `normal`. */
export type Priority = 'urgent' | 'high' | 'normal' | 'low';

export type RecordStatus = 'ready' | 'in_progress' | 'problem' | 'completed' | 'skipped' | 'failed';

/** One person's approval. */
export interface Approval {
  readonly by: string;
  readonly at: EpochMs;
  /** The role of the step, or of those who may do every step, with which it was given. */
  readonly role: string;
  /** The role of the step that it counts for, where that is another. */
  readonly as?: string;
  readonly reason?: string;
}

/** What is remembered of one step. A step without a record cannot start yet. */
export interface StepRecord {
  readonly status: RecordStatus;
  /** When it took this status. */
  readonly at: EpochMs;
  /** When it became ready; due times may count from here. */
  readonly readyAt: EpochMs;
  /** Who brought it to this status; absent where the machine did. */
  readonly by?: string;
  /** It was open when the flow went back; it opens again when the flow returns to it. */
  readonly parked?: true;
  /** Skipped because its condition does not hold, not by a person. */
  readonly notApplicable?: true;
  /** A decision's answer; `refused` on an approval that was refused for good. */
  readonly answer?: string;
  /** An approval's approvers so far. */
  readonly approvedBy?: readonly string[];
  /** The same with when, as what, and why. */
  readonly approvals?: readonly Approval[];
  /** Hex SHA-256 of what the approvals so far are bound to; see the engine's `coveredBy`. */
  readonly covered?: string;
  /** Whose step opened the approval: they asked for it. */
  readonly askedBy?: string;
  readonly assignee?: string;
  readonly accepted?: true;
  /** Who gave it to the assignee, and when; absent where the assignee took it. */
  readonly assignedBy?: string;
  readonly assignedAt?: EpochMs;
  /** A due time that a person set instead of the playbook's. */
  readonly dueAt?: EpochMs;
  readonly priority?: Exclude<Priority, 'normal'>;
  /** Timers of this step that have fired. */
  readonly fired?: readonly string[];
}

export type StepRecords = Readonly<Record<string, StepRecord>>;

/** A fact without a record is unknown; so is one whose value is `unknown` or null. */
export interface FactRecord {
  readonly value: Json;
  readonly by?: string;
  readonly at: EpochMs;
}

export type Facts = Readonly<Record<string, FactRecord>>;

/** What the incident's guards may ask of an affected system. */
export interface SystemSteps {
  readonly steps: StepRecords;
}

/** Context of the incident's machine, and (without `systems`) of a system's machine. */
export interface MachineContext {
  readonly facts: Facts;
  readonly steps: StepRecords;
  readonly systems: Readonly<Record<string, SystemSteps>>;
  /** `each` blocks that the flow has reached: their steps are open for every system. */
  readonly gates: readonly string[];
  /** How often a step was started over. */
  readonly rounds: Readonly<Record<string, number>>;
  /** How often a decision, a refusal or a failure has led back, by its step, since the flow came to it from before. */
  readonly turns?: Readonly<Record<string, number>>;
  /** Timers that have fired of steps that were started over since, by step: none fires twice for the same moment. */
  readonly fired?: Readonly<Record<string, readonly string[]>>;
  /** Ends of the blocks of graphs: worked out anew whenever the flow enters the graph. */
  readonly ends?: Readonly<Record<string, 'done' | 'dead'>>;
  /** The instant of the event that the machine is taking, for what follows from it by itself; absent between events. */
  readonly now?: EpochMs;
}

/** What the machines are sent. `clear` names the step records to forget, worked out by the engine from the plan. */
export interface MachineEvent {
  readonly type: string;
  readonly at: EpochMs;
  readonly by?: string;
  readonly answer?: string;
  readonly facts?: Readonly<Record<string, Json>>;
  readonly clear?: readonly string[];
  /** The approval that is given, and the digest of what it is bound to. */
  readonly approval?: Approval;
  readonly covered?: string;
  readonly systems?: Readonly<Record<string, SystemSteps>>;
}

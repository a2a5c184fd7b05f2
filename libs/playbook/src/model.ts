/**
 * The playbook as written, after the schema has been checked. Glossary: a playbook has phases, a phase has
 * blocks, a block is a step, a group, a parallel, a graph, or an `each` (its steps repeated for every affected system).
 * Sub-playbooks and steps repeated per group have been laid out in place.
 */
import type { Json } from '@cordon/kernel';

/** Text by language tag (BCP 47): `{en: …, 'zh-Hant': …}`. */
export type Text = Readonly<Record<string, string>>;

export type StepKind = 'task' | 'decision' | 'approval' | 'action' | 'wait' | 'notice';

/** The move of an affected system that completing a step makes. */
export type SystemMove = 'isolate' | 'restore' | 'verify' | 'return';

export type FactType = 'yesno' | 'number' | 'text' | 'choice' | 'time';

export interface Fact {
  readonly id: string;
  readonly type: FactType;
  readonly title: Text;
  readonly options: readonly Option[];
}

export interface Option {
  readonly id: string;
  readonly title: Text;
}

/** Three-valued condition over facts and affected systems; see `guard.ts`. */
export type Guard =
  | { readonly fact: string; readonly is: Json }
  | { readonly fact: string; readonly isNot: Json }
  | { readonly fact: string; readonly atLeast: number }
  | { readonly fact: string; readonly atMost: number }
  | { readonly fact: string; readonly known: boolean }
  | { readonly all: readonly Guard[] }
  | { readonly any: readonly Guard[] }
  | { readonly not: Guard };

/** A moment to count from: when the organisation became aware, the onset, the opening of the incident, when this step became ready, the completion of a step, or the value of a fact of type time. */
export type DueFrom =
  'aware' | 'onset' | 'opened' | 'ready' | { readonly step: string } | { readonly fact: string };

export interface Due {
  readonly withinMs: number;
  readonly from: DueFrom;
  /** Reminders, each so many milliseconds before the due time. */
  readonly remindMs: readonly number[];
  /** Count working time only, by the playbook's working hours. */
  readonly working?: true;
  /** After the due time, tell these roles. */
  readonly escalate: readonly { readonly afterMs: number; readonly to: string }[];
}

export type FieldType = 'text' | 'longtext' | 'number' | 'yesno' | 'choice' | 'choices' | 'time' | 'date';

export interface Field {
  readonly id: string;
  readonly type: FieldType;
  readonly title: Text;
  readonly required: boolean;
  readonly options: readonly Option[];
  /** The fact that the answer sets. */
  readonly fact?: string;
}

export interface Answer {
  readonly id: string;
  readonly title: Text;
  readonly set: Readonly<Record<string, Json>>;
  readonly then: readonly Block[];
  /** Go back to this earlier step of the same sequence and do it, and all after it, again. */
  readonly repeat?: string;
  /** After `then`, ask the decision again. */
  readonly again?: true;
  /** How often the answer may go back or come round; without it, as often as people want. */
  readonly max?: number;
  /** Answers itself when this holds, and no answer before it answers itself. */
  readonly when?: Guard;
  /** The duty that taking this answer decides not to perform. */
  readonly waives?: string;
}

/** Where a step leads that has failed for good. */
export type Failed = { readonly repeat: string; readonly max?: number } | { readonly then: readonly Block[] };

/** Who may leave the step out, and with which reasons; without reasons, with any. */
export interface Skip {
  readonly roles: readonly string[];
  readonly reasons: readonly Option[];
}

interface StepBase {
  readonly id: string;
  readonly title: Text;
  readonly instructions?: Text;
  /** Who does it: any one of these roles. */
  readonly roles: readonly string[];
  readonly mandatory: boolean;
  /** Present only where the playbook says more than that the step is optional. */
  readonly skip?: Skip;
  readonly when?: Guard;
  readonly due?: Due;
  readonly form: readonly Field[];
  readonly move?: SystemMove;
  /** Items of evidence that must be with the step before it can be completed. */
  readonly evidence?: { readonly min: number; readonly title?: Text };
  /** Stays done when its phase is opened again. */
  readonly keep?: true;
  /** So long after it became ready it has failed. */
  readonly timeoutMs?: number;
  readonly failed?: Failed;
  /** The duty that completing this step discharges. */
  readonly duty?: string;
  /** Where the step came from, for imported playbooks: a JSON pointer or a name in the original. */
  readonly source?: string;
}

export interface TaskStep extends StepBase {
  readonly kind: 'task';
}
/** Telling somebody outside the team: police, regulator, affected people. */
export interface NoticeStep extends StepBase {
  readonly kind: 'notice';
  readonly to: Text;
}
export interface DecisionStep extends StepBase {
  readonly kind: 'decision';
  readonly answers: readonly Answer[];
}
export interface ApprovalStep extends StepBase {
  readonly kind: 'approval';
  /** How many different people must approve. */
  readonly count: number;
  /** One person of each of the roles, and `count` is the number of roles. */
  readonly oneOfEach?: true;
  /** The steps whose outcome is approved; whoever did one of them may not approve. */
  readonly covers: readonly string[];
  /** Facts that are approved too, beside those that the covered steps set. */
  readonly facts: readonly string[];
  /** Where a refusal leads: back to this earlier step of the same sequence. Absent only in a graph, where edges say it. */
  readonly refused?: string;
  /** How often a refusal may lead back. */
  readonly max?: number;
}
export interface ActionStep extends StepBase {
  readonly kind: 'action';
  /** Name of the action and what it is given. */
  readonly action: string;
  readonly input: Readonly<Record<string, Json>>;
}
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  /** Ends by itself after this time since the step became ready … */
  readonly forMs?: number;
  /** … or as soon as this holds. A coordinator may end it earlier. */
  readonly until?: Guard;
}

export type Step = TaskStep | NoticeStep | DecisionStep | ApprovalStep | ActionStep | WaitStep;

/** Branches side by side; it ends when all have ended. */
export interface Parallel {
  readonly kind: 'parallel';
  readonly id: string;
  readonly branches: readonly (readonly Block[])[];
}

/** The steps, once for every affected system; it ends when every system is through. */
export interface Each {
  readonly kind: 'each';
  readonly id: string;
  readonly steps: readonly Step[];
}

/** A named sequence. A condition on it has been made part of the condition of each of its steps. */
export interface Group {
  readonly kind: 'group';
  readonly id: string;
  readonly title?: Text;
  readonly blocks: readonly Block[];
}

/** An end of a block that another block of the same graph waits for. `done` is completed or skipped. */
export interface After {
  readonly step: string;
  readonly outcome: 'done' | 'failed' | 'approved' | 'refused';
  /** The answer of a decision; only with `done`. */
  readonly answer?: string;
}

export interface GraphNode {
  readonly block: Block;
  readonly after: readonly After[];
}

/**
 * Blocks ordered by what each comes after. A block waits until all it comes after has come to an end; it is done if at
 * least one of those ends is the one asked for, and passed over otherwise. Without circles.
 */
export interface Graph {
  readonly kind: 'graph';
  readonly id: string;
  readonly nodes: readonly GraphNode[];
}

export type Block = Step | Group | Parallel | Graph | Each;

export interface Phase {
  readonly id: string;
  readonly title: Text;
  readonly summary?: Text;
  readonly blocks: readonly Block[];
  /** Open from the start of the incident to its end, done when needed, never in the way. */
  readonly anytime: readonly Step[];
}

/** Order of phases: one after the other, or tracks side by side that join. */
export type FlowItem = string | { readonly parallel: readonly (readonly string[])[] };

export interface Role {
  readonly id: string;
  readonly title: Text;
}

/** What must be done, or waived by a decision, before the incident is closed, unless `when` is known not to hold. */
export interface Duty {
  readonly id: string;
  readonly title: Text;
  readonly when?: Guard;
}

/** What must hold before the incident is closed. */
export interface Closure {
  readonly id: string;
  readonly title: Text;
  readonly when: Guard;
}

/** What an author wants proved: when `at` is reached, `needs` are done, unless `when` is known not to hold. */
export interface Property {
  readonly id: string;
  readonly title: Text;
  /** A step that becomes ready, or `close`. */
  readonly at: string;
  readonly needs: readonly string[];
  readonly when?: Guard;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** When time counts that is counted in working time. Times are HH:MM in the time zone; holidays are dates, YYYY-MM-DD. */
export interface WorkingHours {
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  readonly holidays: readonly string[];
}

/** How the document may be shared: a level of the Traffic Light Protocol 2.0, or a statement. */
export type Marking = { readonly tlp: TlpLevel } | { readonly statement: string };
export type TlpLevel = 'RED' | 'AMBER+STRICT' | 'AMBER' | 'GREEN' | 'CLEAR';

/** The document that an imported playbook was made from, without its secrets. */
export interface Origin {
  readonly format: string;
  readonly document: Json;
}

export interface Playbook {
  readonly language: 1;
  readonly id: string;
  readonly version: string;
  readonly languages: readonly string[];
  readonly title: Text;
  readonly summary: Text;
  readonly roles: readonly Role[];
  readonly facts: readonly Fact[];
  readonly phases: readonly Phase[];
  readonly flow: readonly FlowItem[];
  readonly duties: readonly Duty[];
  readonly closure: readonly Closure[];
  readonly properties: readonly Property[];
  readonly markings: readonly Marking[];
  readonly workingHours?: WorkingHours;
  readonly origin?: Origin;
}

/**
 * The playbook as written, after the schema has been checked. Glossary: a playbook has phases, a phase has
 * blocks, a block is a step, a parallel, or an `each` (its steps repeated for every affected system).
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
}

interface StepBase {
  readonly id: string;
  readonly title: Text;
  readonly instructions?: Text;
  /** Who does it: any one of these roles. */
  readonly roles: readonly string[];
  readonly mandatory: boolean;
  readonly when?: Guard;
  readonly due?: Due;
  readonly form: readonly Field[];
  readonly move?: SystemMove;
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
  /** The steps whose outcome is approved; whoever did one of them may not approve. */
  readonly covers: readonly string[];
  /** Where a refusal leads: back to this earlier step of the same sequence. */
  readonly refused: string;
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

export type Block = Step | Parallel | Each;

export interface Phase {
  readonly id: string;
  readonly title: Text;
  readonly summary?: Text;
  readonly blocks: readonly Block[];
}

/** Order of phases: one after the other, or tracks side by side that join. */
export type FlowItem = string | { readonly parallel: readonly (readonly string[])[] };

export interface Role {
  readonly id: string;
  readonly title: Text;
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
}

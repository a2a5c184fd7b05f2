/** Where a running incident stands, step by step. */

/** Where a step stands, as the engine says it. */
export type MarkStatus =
  'cannot_start' | 'ready' | 'in_progress' | 'completed' | 'skipped' | 'failed' | 'problem';

/** What is shown on a step. */
export interface StepMark {
  readonly status: MarkStatus;
  /** Why it cannot start, as a sentence for people. */
  readonly blocked?: string;
  /** For a step that is repeated for every affected system: with how many of them it is done. */
  readonly count?: { readonly done: number; readonly of: number };
  /** How often the step has been begun; shown from the second time on. */
  readonly round?: number;
}

/** Marks by step id. A step without a mark is drawn plainly. */
export type Marks = Readonly<Record<string, StepMark>>;

/** The mark of a step, if it has one of its own. */
export function markOf(marks: Marks | undefined, id: string): StepMark | undefined {
  return marks !== undefined && Object.hasOwn(marks, id) ? marks[id] : undefined;
}

/** Work is going on or can begin. */
export function isCurrent(mark: StepMark | undefined): boolean {
  return mark?.status === 'ready' || mark?.status === 'in_progress';
}

/** Nothing is left to do. */
export function isOver(mark: StepMark | undefined): boolean {
  return mark?.status === 'completed' || mark?.status === 'skipped';
}

/** The language between the compiler and XState: configuration as plain JSON, guards and actions by name. */
import type { Guard } from './model.js';

/** The part of XState's configuration that compiled machines use. */
export interface StateConfig {
  readonly id?: string;
  readonly type?: 'parallel' | 'final';
  readonly initial?: string;
  readonly entry?: readonly Named[];
  readonly states?: Readonly<Record<string, StateConfig>>;
  readonly always?: readonly Transition[];
  readonly on?: Readonly<Record<string, readonly Transition[]>>;
  readonly onDone?: readonly Transition[];
}
/** A guard or an action by its name, with what it is given. */
export interface Named {
  readonly type: string;
  readonly params?: object;
}

export interface Transition {
  readonly target?: string;
  readonly reenter?: boolean;
  readonly guard?: Named;
  readonly actions?: readonly Named[];
}

/** How often the way back from a step may be taken. */
export interface Limit {
  readonly step: string;
  readonly max: number;
}

/** What a guard or an action is told of its step; all plain JSON. */
export interface StepParams {
  readonly limit?: Limit;
  readonly step: string;
  readonly when?: Guard;
  readonly answer?: string;
  readonly count?: number;
  readonly status?: string;
}

/** A property taken apart: what is asked of transitions, of states, or of the whole graph. */
import type { IncidentEvent, IncidentState } from '@cordon/engine';
import type { Guard } from '@cordon/playbook';
import type { Notice } from './model.js';

/** One transition, as a property sees it. `before` and `event` are absent when the incident opens. */
export interface Edge {
  readonly before?: IncidentState;
  readonly event?: IncidentEvent;
  readonly after: IncidentState;
  /** Approvals whose latest verdict is a refusal, or that have lapsed since. */
  readonly refused: readonly string[];
}

/** A small part of a property: it holds when all of its obligations do. */
export interface Obligation {
  /** The property it is part of. */
  readonly property: string;
  /** What a run that breaks it does, in a sentence. */
  readonly breaks: string;
  /** Steps that it looks at; what these depend on is added. */
  readonly steps: readonly string[];
  /** Conditions that it reads beside those of the steps. */
  readonly guards: readonly Guard[];
  readonly verdicts?: true;
  /** It is about open incidents: what closing asks beside the steps is left out. */
  readonly open?: true;
  readonly ask: Ask;
}

/** What is asked: of every transition, or of every state. */
export type Ask =
  /** No transition may do this. */
  | { readonly kind: 'never'; readonly broken: (edge: Edge) => boolean; readonly atClose?: true }
  /** From every state, some run leads to closed. */
  | { readonly kind: 'closes' }
  /** In every state there is something to do; with `factsStand`, without taking back a fact that is known. */
  | { readonly kind: 'goes-on'; readonly factsStand: boolean }
  /**
   * Where the step is locked and some run unlocks it, doing what is said of it does; with `atAll`, some run does
   * everywhere.
   */
  | { readonly kind: 'unlocks'; readonly step: string; readonly atAll: boolean };

/** What a slice cannot do from a state the whole machine cannot either: it needs not stand where the slice does. */
export function isOfSlice(ask: Ask): boolean {
  return ask.kind === 'closes' || (ask.kind === 'unlocks' && ask.atAll);
}

/** A property as it is listed. */
export interface Named {
  readonly id: string;
  readonly title: string;
}

/** What one kind of property brings along. */
export interface Part {
  readonly named: readonly Named[];
  readonly obligations: readonly Obligation[];
  readonly notices?: readonly Notice[];
}

/** The incident closes by it. */
export const isClosing = ({ before, after }: Edge): boolean =>
  after.status === 'closed' && before?.status !== 'closed';

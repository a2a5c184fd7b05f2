/** What an exploration is asked, and what it answers. */
import type { EpochMs, Json } from '@cordon/kernel';
import type { Actor, IncidentEvent } from '@cordon/engine';

/** `unknown` wherever a bound, or a run that could not be had, leaves it open: never a guess. */
export type Verdict = 'holds' | 'violated' | 'unknown';

/** One event of a case: what is asked, by whom, and when. */
export interface CaseEvent {
  readonly at: EpochMs;
  readonly actor: Actor;
  readonly event: IncidentEvent;
}

/** A run that breaks a property, as data: an incident opened so, then these events. Replay it with `replayCase`. */
export interface Case {
  readonly format: 1;
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string };
  readonly property: string;
  readonly title: string;
  /** What the run does wrong, in a sentence. */
  readonly breaks: string;
  /** The steps that it is about. */
  readonly about: readonly string[];
  readonly opening: {
    readonly at: EpochMs;
    readonly facts: Readonly<Record<string, Json>>;
    readonly systems: readonly string[];
  };
  readonly events: readonly CaseEvent[];
  /**
   * True when a breadth-first search of the whole machine has shown that no run with fewer events breaks the property.
   * Otherwise no event, and no two of them, can be left out.
   */
  readonly shortest: boolean;
}

/** What is known of one property. */
export interface PropertyVerdict {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Why nothing certain can be said. */
  readonly reason?: string;
  readonly case?: Case;
}

/** Something that an author should know, and that breaks no property. */
export interface Notice {
  readonly property: string;
  readonly message: string;
}

/** What the exploration went through. */
export interface Figures {
  /** Parts of the machine that were explored one by one; 1 without reduction. */
  readonly slices: number;
  readonly states: number;
  readonly transitions: number;
  /** Combinations of the facts that guards and properties read, all of them covered. */
  readonly factCombinations: number;
  readonly systems: number;
  readonly elapsedMs: number;
}

/** One verdict per property, in the order in which they are asked; plain data. */
export interface ExploreReport {
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string };
  readonly properties: readonly PropertyVerdict[];
  readonly notices: readonly Notice[];
  /** The bound that ended the exploration early; absent when everything was explored. */
  readonly bound?: string;
  readonly figures: Figures;
}

/** How far an exploration goes; everything has a default. */
export interface ExploreOptions {
  /** Affected systems at most; 1 unless told. */
  readonly systems?: number;
  /** States at most, over all slices; 1,000,000 unless told. */
  readonly maxStates?: number;
  /** Ends the exploration when it returns true; the caller's clock stays with the caller. */
  readonly expired?: () => boolean;
  /** The time now in milliseconds, for the figures. */
  readonly now?: () => number;
  /** `none` enumerates the whole machine, event by event: for small playbooks, and to check the reduction against. */
  readonly reduction?: 'slices' | 'none';
  /** Ask also of every locked step whether doing what is said of it unlocks it: as much work again, and more. */
  readonly explain?: boolean;
  /** Transitions that may be spent on showing that a case is the shortest; 60,000 unless told. */
  readonly shortestEffort?: number;
}

/** How far an exploration is: slices done, slices in all, states so far. */
export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly states: number;
}

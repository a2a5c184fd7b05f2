import type { Json } from '@cordon/kernel';
import type { Option, Step } from '../api/shapes.js';
import { type AnswerHint, ofStep, type PlaybookHints } from './playbook-hints.js';

/** So many times the same decision is answered alike; a run that keeps coming back must then try another way. */
const SAME_ANSWER_LIMIT = 4;

export interface ChoiceContext {
  readonly hints: PlaybookHints;
  /** The scenario's value of a fact; undefined while unknown. */
  readonly known: (fact: string) => Json | undefined;
  /** The scenario's facts by id. */
  readonly facts: readonly string[];
  /** How often this decision was answered in this run. */
  readonly answered: number;
}

/**
 * The answer of a decision, by the scenario: first the answers that agree with its facts, then those that say nothing
 * about them, last those that contradict them; among equals those that lead forward, in the listed order.
 * Undefined when there is no answer to choose. Pure.
 */
export function chooseAnswer(step: Step, context: ChoiceContext): string | undefined {
  const options = step.options ?? [];
  const hints = ofStep(context.hints.answers, step.id) ?? [];
  const ranked = options
    .map((option) => ({
      id: option.id,
      rank: rankOf(
        step,
        option,
        hints.find(({ id }) => id === option.id),
        context,
      ),
    }))
    .sort((a, b) => b.rank - a.rank);
  const turn = Math.max(0, context.answered - SAME_ANSWER_LIMIT + 1);
  return ranked[turn % Math.max(1, ranked.length)]?.id;
}

/** Agreement counts for more than direction: a case that goes back does go back. */
function rankOf(step: Step, option: Option, hint: AnswerHint | undefined, context: ChoiceContext): number {
  const forward = hint?.repeats ? 0 : 1;
  return forward + 2 * (agreement(setsOf(option, hint), context) || nameAgreement(step, option, context));
}

/** 1 when the answer sets a fact to what the scenario says, -1 when to something else, 0 when the scenario is silent. */
function agreement(sets: Readonly<Record<string, Json>>, context: ChoiceContext): number {
  const verdicts = Object.entries(sets).map(([fact, value]) => {
    const known = context.known(fact);
    return known === undefined ? 0 : known === value ? 1 : -1;
  });
  return verdicts.includes(-1) ? -1 : Math.max(0, ...verdicts);
}

/** A decision named for a fact, like `is-malicious`, whose answers are that fact's values. */
function nameAgreement(step: Step, option: Option, context: ChoiceContext): number {
  const name = plain(step.id);
  const fact = context.facts.find((id) => id.length > 3 && name.includes(plain(id)));
  const known = fact === undefined ? undefined : context.known(fact);
  const ids = (step.options ?? []).map(({ id }) => id);
  if (typeof known !== 'string' || !ids.includes(known)) return 0;
  return option.id === known ? 1 : -1;
}

function setsOf(option: Option, hint: AnswerHint | undefined): Readonly<Record<string, Json>> {
  const own = (option as unknown as Readonly<Record<string, unknown>>)['x-sets'];
  return typeof own === 'object' && own !== null ? (own as Record<string, Json>) : (hint?.set ?? {});
}

function plain(id: string): string {
  return id.toLowerCase().replace(/[^a-z0-9]/g, '');
}

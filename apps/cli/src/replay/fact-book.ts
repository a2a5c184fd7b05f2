/** What the people of a replay know: the scenario's facts, and when what was unknown becomes known. */
import type { Json } from '@cordon/kernel';
import type { PlaybookHints } from './playbook-hints.js';
import type { Scenario } from './scenario.js';

export interface FactBook {
  /**
   * The answer to a question about a fact. What the scenario does not say is answered `unknown` the first time; asked
   * again, it has been found out, so that a run can end. Each call counts as asking. What the incident knows by now
   * (`current`) is not forgotten again.
   */
  answer(fact: string, current?: Json): Json;
  /** The value for a fact that holds the incident up: never `unknown`. */
  settle(fact: string): Json;
  /** The scenario's own value; undefined where it is silent or does not know. */
  known(fact: string): Json | undefined;
  /** What was made up because the scenario does not say, a line each. */
  readonly assumptions: readonly string[];
}

export function factBook(scenario: Scenario, hints: PlaybookHints): FactBook {
  const asked = new Set<string>();
  const assumed = new Map<string, Json>();
  const known = (fact: string): Json | undefined => {
    const value = scenario.facts[fact];
    return value === 'unknown' || value === null ? undefined : value;
  };
  const settle = (fact: string): Json => {
    const value = known(fact) ?? assumed.get(fact);
    if (value !== undefined) return value;
    const made = madeUp(fact, hints, scenario);
    assumed.set(fact, made);
    return made;
  };
  return {
    known,
    settle,
    answer: (fact, current = 'unknown') => {
      const again = asked.has(fact) || assumed.has(fact);
      asked.add(fact);
      if (known(fact) === undefined && current !== 'unknown') return current;
      return known(fact) ?? (again ? settle(fact) : 'unknown');
    },
    get assumptions() {
      return [...assumed].map(([fact, value]) => `${fact} = ${JSON.stringify(value)}`);
    },
  };
}

/**
 * What a case report does not speak of did not happen: `no`. What it speaks of as not known yet is read cautiously: `yes`
 * keeps duties alive.
 */
function madeUp(fact: string, hints: PlaybookHints, scenario: Scenario): Json {
  const hint = hints.facts?.get(fact);
  switch (hint?.type) {
    case 'number':
      return /count|people|affected/i.test(fact) ? (scenario.affectedParties ?? 1) : 1;
    case 'text':
      return 'Found out in the course of the replay';
    case 'choice':
      return hint.options[0] ?? 'unknown';
    case 'time':
      return scenario.awareAt;
    default:
      return Object.hasOwn(scenario.facts, fact) ? 'yes' : 'no';
  }
}

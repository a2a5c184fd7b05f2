/** Which values a fact may take. */
import { fromIso, textFlaw, type Json } from '@cordon/kernel';
import type { Fact } from './model.js';

/** Characters of a fact of type text. */
export const MAX_FACT_TEXT = 20_000;

/** Why the value does not fit the fact; undefined when it does. Every fact may be unknown. */
export function factProblem(fact: Fact, value: Json): string | undefined {
  if (value === null || value === 'unknown') return undefined;
  switch (fact.type) {
    case 'yesno':
      return typeof value === 'boolean' || value === 'yes' || value === 'no'
        ? undefined
        : `${fact.id} is yes, no or unknown`;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
        ? undefined
        : `${fact.id} is a number, or unknown`;
    case 'text':
      if (typeof value !== 'string') return `${fact.id} is a text, or unknown`;
      return value.length > MAX_FACT_TEXT ? `at most ${MAX_FACT_TEXT} characters` : textFlaw(value);
    case 'choice': {
      const ids = fact.options.map((option) => option.id);
      return typeof value === 'string' && ids.includes(value)
        ? undefined
        : `${fact.id} is one of ${ids.join(', ')}, or unknown`;
    }
    case 'time':
      return typeof value === 'string' && fromIso(value) !== undefined
        ? undefined
        : `${fact.id} is a date and time with its offset, or unknown`;
  }
}

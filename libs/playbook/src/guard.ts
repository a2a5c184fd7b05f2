/** Kleene's three-valued logic: unknown is a value and never reads as no. */
import { canonicalJson, type Json } from '@cordon/kernel';
import type { Facts } from './context.js';
import type { Guard } from './model.js';

export type Truth = 'yes' | 'no' | 'unknown';

const not = { yes: 'no', no: 'yes', unknown: 'unknown' } as const;

/** The fact's value; undefined while it is unknown. */
export function factValue(facts: Facts, id: string): Json | undefined {
  const value = facts[id]?.value;
  return value === undefined || value === null || value === 'unknown' ? undefined : value;
}

/** Whether the condition holds. Pure; a comparison with an unknown fact is unknown. */
export function evaluate(guard: Guard, facts: Facts): Truth {
  if ('all' in guard) return every(guard.all.map((part) => evaluate(part, facts)));
  if ('any' in guard) return not[every(guard.any.map((part) => not[evaluate(part, facts)]))];
  if ('not' in guard) return not[evaluate(guard.not, facts)];
  const value = factValue(facts, guard.fact);
  if ('known' in guard) return truth((value !== undefined) === guard.known);
  if (value === undefined) return 'unknown';
  if ('is' in guard) return truth(same(value, guard.is));
  if ('isNot' in guard) return truth(!same(value, guard.isNot));
  if (typeof value !== 'number') return 'unknown';
  return truth('atLeast' in guard ? value >= guard.atLeast : value <= guard.atMost);
}

/** The facts the condition reads, each once. */
export function factsOf(guard: Guard): readonly string[] {
  if ('all' in guard) return [...new Set(guard.all.flatMap(factsOf))];
  if ('any' in guard) return [...new Set(guard.any.flatMap(factsOf))];
  if ('not' in guard) return factsOf(guard.not);
  return [guard.fact];
}

function every(parts: readonly Truth[]): Truth {
  if (parts.includes('no')) return 'no';
  return parts.includes('unknown') ? 'unknown' : 'yes';
}

function truth(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}

function same(a: Json, b: Json): boolean {
  return a === b || (typeof a === 'object' && canonicalJson(a) === canonicalJson(b));
}

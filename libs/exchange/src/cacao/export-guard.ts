/** A Cordon condition in the words of CACAO: STIX patterning where it can say it, a sentence where it cannot. */
import type { Json } from '@cordon/kernel';
import type { Guard } from '@cordon/playbook';

/** The CACAO variable of a fact. */
export function variableOf(fact: string): string {
  return `__${fact}__`;
}

/** O(size of the condition). */
export function conditionText(guard: Guard): string {
  if ('all' in guard) return joined(guard.all, 'AND');
  if ('any' in guard) return joined(guard.any, 'OR');
  if ('not' in guard) return `NOT (${conditionText(guard.not)})`;
  const variable = `${variableOf(guard.fact)}:value`;
  if ('is' in guard) return `${variable} == ${literal(guard.is)}`;
  if ('isNot' in guard) return `${variable} != ${literal(guard.isNot)}`;
  if ('atLeast' in guard) return `${variable} >= ${guard.atLeast}`;
  if ('atMost' in guard) return `${variable} <= ${guard.atMost}`;
  return guard.known ? `it is known what ${variable} is` : `it is not known what ${variable} is`;
}

function joined(parts: readonly Guard[], word: string): string {
  return parts.map((part) => `(${conditionText(part)})`).join(` ${word} `);
}

function literal(value: Json): string {
  if (value === 'yes' || value === 'no') return value === 'yes' ? 'true' : 'false';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

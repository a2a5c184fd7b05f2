/** What a walk puts into forms and facts: what it was told, else what is known already, else what the type allows. */
import { inLanguage, type IncidentState } from '@cordon/engine';
import { toIso, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import { evaluate, factsOf, factValue, type Fact, type Field, type Guard, type Step } from '@cordon/playbook';
import type { Chance } from './random.js';

/** What the author of a script wants said. */
export interface Choices {
  /** The truth about facts; `unknown` keeps one unknown. */
  readonly facts: Readonly<Record<string, Json>>;
  /** Answers of decisions in the order they are asked, by step; the last one stays. */
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** Fields of forms, by step; others are made up. */
  readonly forms: Readonly<Record<string, JsonObject>>;
}

/** What an answer may depend on; without `chance` the first that fits is taken. */
export interface AnswerContext {
  readonly state: IncidentState;
  readonly choices: Choices;
  readonly chance: Chance | undefined;
  readonly now: EpochMs;
}

/** An output that the step's form takes. Optional fields are filled too, unless they ask what shall stay unknown. */
export function outputOf(step: Step, context: AnswerContext): JsonObject {
  const told = own(context.choices.forms, step.id) ?? {};
  const output: Record<string, Json> = {};
  for (const field of step.form) {
    const value = own(told, field.id) ?? fieldValue(field, context);
    if (value !== undefined) output[field.id] = value;
  }
  return output;
}

function fieldValue(field: Field, context: AnswerContext): Json | undefined {
  const { fact, type } = field;
  const known = fact === undefined ? undefined : knownFact(fact, context);
  if (known === 'unknown') {
    if (type === 'yesno') return known;
    return field.required ? madeUp(field, context) : undefined;
  }
  return known ?? madeUp(field, context);
}

/** What the walk was told of the fact, else what the incident knows. */
function knownFact(fact: string, { choices, state }: AnswerContext): Json | undefined {
  return own(choices.facts, fact) ?? factValue(state.facts, fact);
}

/** A value for a fact that somebody has to answer; undefined where the fact shall stay unknown. */
export function valueOf(fact: Fact, context: AnswerContext): Json | undefined {
  const known = knownFact(fact.id, context);
  return known === 'unknown' ? undefined : (known ?? madeUp(fact, context));
}

/** A fact and a value of it with which the condition holds; undefined where no single fact that may be known makes it hold. */
export function settling(
  when: Guard,
  facts: readonly Fact[],
  { state, now, choices }: AnswerContext,
): { readonly fact: string; readonly value: Json } | undefined {
  const asked = factsOf(when);
  for (const fact of facts) {
    if (!asked.includes(fact.id) || own(choices.facts, fact.id) === 'unknown') continue;
    for (const value of candidates(fact, now)) {
      if (evaluate(when, { ...state.facts, [fact.id]: { value, at: now } }) === 'yes') {
        return { fact: fact.id, value };
      }
    }
  }
  return undefined;
}

function candidates({ type, options }: Fact, now: EpochMs): readonly Json[] {
  switch (type) {
    case 'yesno':
      return ['yes', 'no'];
    case 'number':
      return [0, 1, 100, 10_000, 1_000_000];
    case 'choice':
      return options.map(({ id }) => id);
    case 'time':
      return [toIso(now)];
    case 'text':
      return ['Simulated'];
  }
}

function madeUp({ type, options, title }: Field | Fact, { chance, now }: AnswerContext): Json {
  const option = (): string => (chance ? chance.pick(options).id : (options[0]?.id ?? ''));
  switch (type) {
    case 'yesno':
      return chance ? chance.pick(['yes', 'no']) : 'yes';
    case 'number':
      return chance ? 1 + Math.floor(chance.next() * 5_000) : 1;
    case 'choice':
      return option();
    case 'choices':
      return [option()];
    case 'time':
      return toIso(now);
    case 'date':
      return toIso(now).slice(0, 10);
    case 'text':
    case 'longtext':
      return `Simulated: ${inLanguage(title, 'en')}`;
  }
}

/** The record's own member; what every object inherits is no answer. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

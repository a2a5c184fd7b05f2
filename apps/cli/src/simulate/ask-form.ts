/** A form, asked field by field. What a field does not take is asked again, a few times. */
import { inLanguage } from '@cordon/engine';
import { fromIso, isIsoDate, type Json, type JsonObject, textFlaw, toIso } from '@cordon/kernel';
import type { Field, Option, Step } from '@cordon/playbook';
import { shown } from '../io.js';
import type { Terminal } from './terminal.js';
import type { Words } from './words.js';

/** So often the same thing is asked; then the whole form is dropped. */
const MAX_TRIES = 5;

/** Whom to ask, in which language, and what `now` and `today` mean. */
export interface Asking {
  readonly terminal: Terminal;
  readonly words: Words;
  readonly language: string;
  readonly now: number;
}

/** The output of the step as the person gives it; undefined when they gave up, with nothing changed. */
export async function askOutput(asking: Asking, step: Step): Promise<JsonObject | undefined> {
  const output: Record<string, Json> = {};
  if (step.kind === 'decision') {
    const answer = await askOption(asking, asking.words.answer, step.answers);
    if (answer === undefined) return undefined;
    output.answer = answer;
  }
  for (const field of step.form) {
    const value = await askField(asking, field);
    if (value === undefined) return undefined;
    if (value !== null) output[field.id] = value;
  }
  return output;
}

/** One of these, by number or id; undefined after an empty line or too many tries. */
export async function askOption(
  { terminal, words, language }: Asking,
  title: string,
  options: readonly Option[],
): Promise<string | undefined> {
  terminal.show(`${title}:`);
  options.forEach((option, n) =>
    terminal.show(`  ${n + 1}  ${shown(inLanguage(option.title, language))} (${option.id})`),
  );
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const given = await terminal.ask(words.prompt);
    if (given === '') return undefined;
    const chosen = chosenOf(options, given);
    if (chosen !== undefined) return chosen;
    terminal.show(words.noSuch);
  }
  terminal.show(words.tooOften);
  return undefined;
}

function chosenOf(options: readonly Option[], given: string): string | undefined {
  return options.find(({ id }, n) => id === given || String(n + 1) === given)?.id;
}

/** The value, null for a field left empty, undefined when the form is dropped. */
async function askField(asking: Asking, field: Field): Promise<Json | undefined> {
  const { terminal, words, language } = asking;
  const need = field.required ? words.required : words.optional;
  terminal.show(`${shown(inLanguage(field.title, language))} (${words[kindOf(field)]}; ${need})`);
  field.options.forEach(({ id, title }, n) =>
    terminal.show(`  ${n + 1}  ${shown(inLanguage(title, language))} (${id})`),
  );
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const given = await terminal.ask(words.prompt);
    if (given === '' && !field.required) return null;
    if (given === '') {
      terminal.show(words.goingBack);
      return undefined;
    }
    const value = valueOf(field, given, asking.now);
    if (value !== undefined) return value;
    terminal.show(`${words.noSuch} (${words[kindOf(field)]})`);
  }
  terminal.show(words.tooOften);
  return undefined;
}

type Kind = 'text' | 'number' | 'yesno' | 'choice' | 'choices' | 'time' | 'date';

function kindOf({ type }: Pick<Field, 'type'>): Kind {
  return type === 'longtext' ? 'text' : type;
}

/** What was typed as a value of the field; undefined where it is none. The engine checks it again. */
export function valueOf(
  { type, options }: Pick<Field, 'type' | 'options'>,
  given: string,
  now: number,
): Json | undefined {
  switch (type) {
    case 'text':
    case 'longtext':
      return textFlaw(given) === undefined ? given : undefined;
    case 'number':
      return Number.isFinite(Number(given)) ? Number(given) : undefined;
    case 'yesno':
      return ['yes', 'no', 'unknown'].find((word) => word === given || word[0] === given.toLowerCase());
    case 'choice':
      return chosenOf(options, given);
    case 'choices':
      return chosenAll(options, given);
    case 'time':
      return given === 'now' ? toIso(now) : fromIso(given) === undefined ? undefined : given;
    case 'date':
      return given === 'today' ? toIso(now).slice(0, 10) : isIsoDate(given) ? given : undefined;
  }
}

function chosenAll(options: readonly Option[], given: string): Json | undefined {
  const chosen = given.split(/[,，]/).map((part) => chosenOf(options, part.trim()));
  if (chosen.some((one) => one === undefined)) return undefined;
  return [...new Set(chosen.filter((one) => one !== undefined))];
}

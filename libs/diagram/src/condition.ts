/** Conditions and times of a playbook in words. */
import type { Json } from '@cordon/kernel';
import type { Due, Guard, Plan } from '@cordon/playbook';
import { cleanText, textIn } from './clean-text.js';
import type { DueWord, DurationUnit, Words } from './words.js';

/** What a text is written with: the playbook's own names in one language, and the diagram's words. */
export interface Voice {
  readonly plan: Plan;
  readonly language: string;
  readonly words: Words;
}

/** A text of the playbook in the voice's language, as one clean line. */
export function said(voice: Voice, text: Readonly<Record<string, string>>): string {
  return cleanText(textIn(text, voice.language));
}

/** A guard as a phrase. Nested `all`, `any` and `not` are put in brackets. O(size of the guard). */
export function guardWords(voice: Voice, guard: Guard, inside = false): string {
  const { words } = voice;
  if ('all' in guard) return joined(voice, guard.all, words.and, inside);
  if ('any' in guard) return joined(voice, guard.any, words.or, inside);
  if ('not' in guard) return words.not(guardWords(voice, guard.not));
  const title = factTitle(voice, guard.fact);
  if ('is' in guard) return words.is(title, valueWords(voice, guard.fact, guard.is));
  if ('isNot' in guard) return words.isNot(title, valueWords(voice, guard.fact, guard.isNot));
  if ('atLeast' in guard) return words.atLeast(title, String(guard.atLeast));
  if ('atMost' in guard) return words.atMost(title, String(guard.atMost));
  return guard.known ? words.known(title) : words.unknown(title);
}

function joined(voice: Voice, parts: readonly Guard[], by: string, inside: boolean): string {
  const text = parts.map((part) => guardWords(voice, part, parts.length > 1)).join(by);
  return inside && parts.length > 1 ? `(${text})` : text;
}

function factTitle(voice: Voice, id: string): string {
  const fact = voice.plan.playbook.facts.find((one) => one.id === id);
  return fact ? said(voice, fact.title) : id;
}

function valueWords(voice: Voice, factId: string, value: Json): string {
  const fact = voice.plan.playbook.facts.find((one) => one.id === factId);
  const option = fact?.options.find(({ id }) => id === value);
  if (option) return said(voice, option.title);
  if (value === 'yes' || value === true) return voice.words.yes;
  if (value === 'no' || value === false) return voice.words.no;
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value));
}

const UNITS: readonly (readonly [DurationUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** Up to here, days are said in hours, as the law does. */
const THREE_DAYS = 259_200_000;

/** A length of time in its largest units: `5 days 4 h`; up to three days in hours: `72 h`. */
export function durationWords({ words }: Voice, ms: number): string {
  const parts: [number, DurationUnit][] = [];
  let rest = ms;
  for (const [unit, length] of UNITS) {
    if (unit === 'day' && ms <= THREE_DAYS) continue;
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push([count, unit]);
  }
  return words.duration(parts.length === 0 ? [[0, 'second']] : parts);
}

/** A due time as a phrase: how long, and from when. */
export function dueWords(voice: Voice, due: Due): string {
  const { from } = due;
  const kind: DueWord = typeof from === 'string' ? from : 'step' in from ? 'step' : 'fact';
  const named =
    typeof from === 'string'
      ? ''
      : 'step' in from
        ? stepTitle(voice, from.step)
        : factTitle(voice, from.fact);
  return voice.words.due(durationWords(voice, due.withinMs), kind, named, due.working === true);
}

/** The title of a step; its id where the plan does not have it. */
export function stepTitle(voice: Voice, id: string): string {
  const planned = voice.plan.steps.get(id);
  return planned ? said(voice, planned.step.title) : id;
}

/** Values as sentences show them. */
import { canonicalJson, type Json } from '@cordon/kernel';
import { celFromGuard, type After, type Due, type Guard, type Text } from '@cordon/playbook';
import type { Aspect, Facet, Weight } from './model.js';

const UNITS = [
  ['D', 86_400_000],
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
] as const;
const MAX_SHOWN = 120;

/** A length of time in ISO 8601, as playbooks write it: `PT1H30M`, `P2D`. Whole seconds. */
export function durationText(ms: number): string {
  let rest = ms;
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  const [days = '', ...times] = parts;
  const time = times.join('');
  if (days === '' && time === '') return 'PT0S';
  return `P${days}${time === '' ? '' : `T${time}`}`;
}

/** A condition in CEL. */
export function guardText(guard: Guard): string {
  return celFromGuard(guard);
}

/** `PT60M from aware, in working time; reminders PT15M before; after PT15M to coordinator`. */
export function dueText({ withinMs, from, remindMs, working, escalate }: Due): string {
  const start =
    typeof from === 'string' ? from : 'step' in from ? `the end of ${from.step}` : `the fact ${from.fact}`;
  return [
    `${durationText(withinMs)} from ${start}${working ? ', in working time' : ''}`,
    ...(remindMs.length > 0 ? [`reminders ${remindMs.map(durationText).join(', ')} before`] : []),
    ...escalate.map(({ afterMs, to }) => `after ${durationText(afterMs)} to ${to}`),
  ].join('; ');
}

/** What a block of a graph comes after, in words: `a done, d yes`. */
export function afterText(after: readonly After[]): string {
  if (after.length === 0) return 'nothing';
  return after.map(({ step, outcome, answer }) => `${step} ${answer ?? outcome}`).join(', ');
}

/** At most 120 characters, on one line. */
export function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const letters = [...line];
  return letters.length <= MAX_SHOWN ? line : `${letters.slice(0, MAX_SHOWN - 1).join('')}…`;
}

/** A value of the model as JSON; members that are absent stay absent. */
export function asJson(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.parse(canonicalJson(value)) as Json;
}

/** A facet of something that may be absent. */
export function facet(
  aspect: Aspect,
  noun: string,
  value: unknown,
  shown?: string,
  weight: Weight = 'procedure',
): Facet {
  return {
    ...{ aspect, noun, weight },
    value: value === undefined ? undefined : asJson(value),
    ...(shown === undefined ? {} : { shown }),
  };
}

/** A facet for each language of a text. */
export function textFacets(
  aspect: Aspect,
  noun: string,
  text: Text | undefined,
  only?: 'both',
): readonly Facet[] {
  return Object.entries(text ?? {}).map(([language, value]) => ({
    ...facet(aspect, `${noun} in ${language}`, value, undefined, 'wording'),
    ...(only ? { only } : {}),
  }));
}

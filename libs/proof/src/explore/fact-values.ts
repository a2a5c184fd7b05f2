/** The values of facts that guards can tell apart. */
import type { Json } from '@cordon/kernel';
import { factsOf, type Fact, type Guard, type Playbook, type Step } from '@cordon/playbook';

/** A fact and one value for each way in which guards may see it; the first is `undefined`, unknown. */
export interface Domain {
  readonly fact: string;
  readonly values: readonly (Json | undefined)[];
}

const MOMENT = '2026-01-01T00:00:00Z';

/** Every condition of the step: whether it applies, when a wait is over, which answers need nobody. */
export function stepGuards(step: Step): readonly Guard[] {
  const guards = step.when ? [step.when] : [];
  if (step.kind === 'wait' && step.until) guards.push(step.until);
  if (step.kind === 'decision') guards.push(...step.answers.flatMap(({ when }) => when ?? []));
  return guards;
}

/** The facts that these guards read, in the playbook's order, each with its values. O(guards). */
export function domainsOf(playbook: Playbook, guards: readonly Guard[]): readonly Domain[] {
  const read = new Set(guards.flatMap(factsOf));
  return playbook.facts
    .filter(({ id }) => read.has(id))
    .map((fact) => ({ fact: fact.id, values: [undefined, ...valuesOf(fact, guards)] }));
}

function valuesOf(fact: Fact, guards: readonly Guard[]): readonly Json[] {
  const named = [...new Set(guards.flatMap((guard) => constants(guard, fact.id)))];
  switch (fact.type) {
    case 'yesno':
      return ['yes', 'no'];
    case 'choice': {
      const other = fact.options.find(({ id }) => !named.includes(id));
      return other ? [...named, other.id] : named;
    }
    case 'number':
      return intervals(named.filter((value) => typeof value === 'number'));
    case 'text':
      return [...named, `other than ${JSON.stringify(named)}`];
    case 'time':
      return [...named, MOMENT].filter((value, i, all) => all.indexOf(value) === i);
  }
}

/** Another value of the fact that guards cannot tell from this one; undefined where there is none. */
export function sameAs({ facts }: Playbook, { fact, values }: Domain, value: Json): Json | undefined {
  const of = facts.find(({ id }) => id === fact);
  const isOther = value === values.at(-1);
  switch (of?.type) {
    case 'number':
      return typeof value === 'number' ? besideNumber(values.slice(1), value) : undefined;
    case 'choice':
      return isOther ? of.options.find(({ id }) => !values.includes(id))?.id : undefined;
    case 'text':
      return isOther && typeof value === 'string' ? `${value} again` : undefined;
    case 'time':
      return isOther ? LATER : undefined;
    default:
      return undefined;
  }
}

const LATER = '2026-01-02T00:00:00Z';

/** Bounds stand at odd places, and each is alone; see `intervals`. */
function besideNumber(numbers: readonly (Json | undefined)[], value: number): number | undefined {
  const at = numbers.indexOf(value);
  if (at < 0 || at % 2 === 1) return undefined;
  const next = numbers[at + 1];
  return typeof next === 'number' ? (at === 0 ? value - 1 : (value + next) / 2) : value + 1;
}

/** Each bound, and a number below, between and above them. */
function intervals(bounds: readonly number[]): readonly number[] {
  const sorted = [...bounds].sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return [1];
  const between = sorted.flatMap((bound, i) =>
    i === 0 ? [bound] : [((sorted[i - 1] ?? 0) + bound) / 2, bound],
  );
  return [least - 1, ...between, most + 1];
}

function constants(guard: Guard, fact: string): readonly Json[] {
  if ('all' in guard) return guard.all.flatMap((part) => constants(part, fact));
  if ('any' in guard) return guard.any.flatMap((part) => constants(part, fact));
  if ('not' in guard) return constants(guard.not, fact);
  if (guard.fact !== fact) return [];
  if ('is' in guard) return [guard.is];
  if ('isNot' in guard) return [guard.isNot];
  if ('atLeast' in guard) return [guard.atLeast];
  return 'atMost' in guard ? [guard.atMost] : [];
}

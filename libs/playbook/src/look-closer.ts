/** What can be found in a playbook that is sound otherwise: too much at once, and what an author should look at again. */
import type { CheckScope } from './check-scope.js';
import { factsOf } from './guard.js';
import type { Guard, Step, Text } from './model.js';
import { planOf, type Plan } from './plan.js';
import { simplifiedCharacters } from './simplified.js';
import { widestOpen } from './check-width.js';
import { longestWalk, ownFactSetters } from './check-walk.js';

/** More steps than this, open at once, are more than people keep in view. */
const MANY_OPEN = 9;

/**
 * More than this is refused. XState compares every two transitions that it takes at once: to open 100 steps takes
 * some ten milliseconds, to open 500 the better part of a minute.
 */
const MOST_OPEN = 100;

/** The machines are compiled with a limit of 4,000 microsteps for one event. */
const LONGEST_WALK = 3000;

/** Comparisons of transitions for one event: XState takes some hundreds of milliseconds for these. */
const MOST_WORK = 40_000;

/** Each may make the flow start over within one event. */
const MOST_SETTERS = 20;

/** Needs a playbook without errors. O(size), and the matching of the widest graph. */
export function lookCloser(scope: CheckScope): void {
  const plan = planOf(scope.playbook);
  const widest = widestOpen(plan);
  const some = widest.steps.slice(0, MANY_OPEN + 1).join(', ');
  if (widest.count > MOST_OPEN) {
    scope.add(['flow'], `${widest.count} steps may be open at once; at most ${MOST_OPEN} can be: ${some}, …`);
  } else if (widest.count > MANY_OPEN) {
    scope.warn(['flow'], `${widest.count} steps may be open at once, more than ${MANY_OPEN}: ${some}`);
  }
  checkEffort(scope, plan);
  findUnaskedFacts(scope);
  findSimplified(scope);
}

/** What one event may ask of the machine has its bounds, whatever the facts are. */
function checkEffort(scope: CheckScope, plan: Plan): void {
  const { long, ends, work } = longestWalk(plan);
  if (long + ends > LONGEST_WALK) {
    scope.add(
      ['flow'],
      'one event may pass more steps, branches and blocks of graphs than the machine takes at once: nest less',
    );
  } else if (work > MOST_WORK) {
    scope.warn(
      ['flow'],
      'one event may take seconds: divide the largest graph, or the widest parallel, into parts that follow each other',
    );
  }
  const setters = ownFactSetters(plan);
  if (setters.length > MOST_SETTERS) {
    scope.add(
      ['flow'],
      `${setters.length} decisions answer themselves and set facts; at most ${MOST_SETTERS} can: ${setters.slice(0, MANY_OPEN).join(', ')}, …`,
    );
  }
}

/** A condition on a fact that no form asks for and no answer sets depends on somebody thinking of it. */
function findUnaskedFacts(scope: CheckScope): void {
  const steps = [...scope.steps.values()].map(({ step }) => step);
  const asked = new Set(steps.flatMap(factsSet));
  for (const step of steps) {
    for (const guard of guardsOf(step)) {
      for (const fact of factsOf(guard)) {
        if (asked.has(fact)) continue;
        asked.add(fact);
        scope.warn(
          scope.at(step),
          `${step.id} depends on the fact ${fact}, which no form asks for and no answer sets: only "fact.set" can tell it`,
        );
      }
    }
  }
}

function factsSet(step: Step): readonly string[] {
  const answers = step.kind === 'decision' ? step.answers.flatMap(({ set }) => Object.keys(set)) : [];
  return [...answers, ...step.form.flatMap(({ fact }) => fact ?? [])];
}

function guardsOf(step: Step): readonly Guard[] {
  const until = step.kind === 'wait' && step.until ? [step.until] : [];
  const answers = step.kind === 'decision' ? step.answers.flatMap(({ when }) => when ?? []) : [];
  return [...(step.when ? [step.when] : []), ...until, ...answers];
}

function findSimplified(scope: CheckScope): void {
  const seen = new Set<string>();
  const visit = (value: unknown, owner: object): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [language, words] of Object.entries(value as Text)) {
      if (typeof words === 'string' && isTraditional(language)) report(words, owner);
      else visit(words, 'id' in value ? value : owner);
    }
  };
  const report = (words: string, owner: object): void => {
    const fresh = simplifiedCharacters(words).filter(({ character }) => !seen.has(character));
    for (const { character } of fresh) seen.add(character);
    if (fresh.length === 0) return;
    const list = fresh.map(({ character }) => character).join(' ');
    scope.warn(scope.at(owner), `Simplified characters in a Traditional Chinese text: ${list}`);
  };
  const { origin: _origin, ...written } = scope.playbook;
  visit(written, scope.playbook);
}

function isTraditional(language: string): boolean {
  return /^zh-(Hant|HK|TW|MO)\b/.test(language);
}

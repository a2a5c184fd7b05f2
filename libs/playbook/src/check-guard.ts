/** What is checked of a condition. */
import type { CheckScope } from './check-scope.js';
import { factProblem } from './fact-value.js';
import type { Guard } from './model.js';
import type { Path } from './issue.js';

/** Facts that exist, compared with values that they can have: anything else would never hold, and never say so. */
export function checkGuard(scope: CheckScope, guard: Guard, path: Path, id: string): void {
  if ('all' in guard) return guard.all.forEach((part) => checkGuard(scope, part, path, id));
  if ('any' in guard) return guard.any.forEach((part) => checkGuard(scope, part, path, id));
  if ('not' in guard) return checkGuard(scope, guard.not, path, id);
  const fact = scope.fact(guard.fact, path, `a condition of ${id} reads`);
  if (!fact || 'known' in guard) return;
  const what = `a condition of ${id} compares ${fact.id} with`;
  if ('atLeast' in guard || 'atMost' in guard) {
    if (fact.type !== 'number') scope.add(path, `${what} a number, but it is ${fact.type}`);
    return;
  }
  const value = 'is' in guard ? guard.is : guard.isNot;
  if (value === 'unknown' || value === null) {
    scope.add(path, `${what} unknown: write {fact: ${fact.id}, known: false}`);
  } else if (fact.type === 'yesno' && typeof value === 'boolean') {
    scope.add(path, `${what} ${String(value)}: write yes or no`);
  } else {
    const problem = factProblem(fact, value);
    if (problem) scope.add(path, `${what} a value that it never has: ${problem}`);
  }
}

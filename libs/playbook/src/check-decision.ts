/** What is checked of a decision, and of going back. */
import { checkGuard } from './check-guard.js';
import type { CheckScope, StepPlace } from './check-scope.js';
import { factProblem } from './fact-value.js';
import type { Answer, Block, DecisionStep } from './model.js';
import { isStep, walkBlocks } from './plan.js';
import type { Path } from './issue.js';

export function checkDecision(scope: CheckScope, step: DecisionStep, place: StepPlace, path: Path): void {
  scope.duplicates(
    `answer of ${step.id}`,
    step.answers.map((answer) => answer.id),
    path,
  );
  if (step.answers.every((answer) => answer.repeat !== undefined || answer.again)) {
    scope.add(path, `every answer of ${step.id} goes back: one must go on`);
  }
  step.answers.forEach((answer, i) => checkAnswer(scope, step, answer, place, [...path, 'answers', i]));
}

function checkAnswer(
  scope: CheckScope,
  step: DecisionStep,
  answer: Answer,
  place: StepPlace,
  path: Path,
): void {
  const who = `the answer ${answer.id} of ${step.id}`;
  scope.texts(answer.title, path, who);
  if (answer.repeat !== undefined) checkBack(scope, who, answer.repeat, place, path);
  if (answer.when) {
    checkGuard(scope, answer.when, [...path, 'when'], step.id);
    checkOwnAnswer(scope, step, answer, place, who, path);
  }
  if (answer.waives !== undefined && !scope.playbook.duties.some(({ id }) => id === answer.waives)) {
    scope.add(path, `${who} waives the duty "${answer.waives}", which the playbook does not declare`);
  }
  if (answer.waives !== undefined && place.inEach) {
    scope.add(
      path,
      `${who} is given per system, and a duty is waived once: waive it in a step of the incident`,
    );
  }
  for (const [id, value] of Object.entries(answer.set)) {
    const fact = scope.fact(id, path, `${who} sets`);
    const problem = fact && factProblem(fact, value);
    if (problem) scope.add(path, `${who} sets a value that does not fit: ${problem}`);
  }
}

/** What goes round by itself must end by itself, and must leave something to do on each round. */
function checkOwnAnswer(
  scope: CheckScope,
  step: DecisionStep,
  { max, again, repeat, then }: Answer,
  { before }: StepPlace,
  who: string,
  path: Path,
): void {
  if (!again && repeat === undefined) return;
  if (max === undefined) scope.add(path, `${who} is given without a person: say with "max" how often`);
  const round = again ? then : before.slice(before.findIndex(({ id }) => id === repeat));
  if (!round.some((block) => block.id !== step.id && takesSomebody(block))) {
    scope.add(path, `${who} is given without a person, and so is all that it repeats: it would not end`);
  }
}

/** A person, or the result of an action, is always needed to pass it. */
function takesSomebody(block: Block): boolean {
  if (!isStep(block) || block.when) return block.kind === 'group' && block.blocks.some(takesSomebody);
  if (block.kind === 'wait') return block.until === undefined;
  return block.kind !== 'decision' || block.answers.every(({ when }) => !when);
}

/** Going back lands on a step, and passes over no `each` block: what was done there would not be done again. */
export function checkBack(
  scope: CheckScope,
  who: string,
  target: string,
  { before }: StepPlace,
  path: Path,
): void {
  const at = before.findIndex((block) => block.id === target && isStep(block));
  if (at < 0) {
    scope.add(path, `${who} goes back to "${target}", which is not an earlier step of the same sequence`);
    return;
  }
  walkBlocks(before.slice(at), (block) => {
    if (block.kind !== 'each') return;
    scope.add(path, `${who} goes back over "${block.id}", whose steps per system would not be done again`);
  });
}

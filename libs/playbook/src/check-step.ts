/** What is checked of one step: whom it names, what it reads and sets, and where it goes back to. */
import type { CheckScope } from './check-scope.js';
import { factProblem } from './fact-value.js';
import type {
  Answer,
  ApprovalStep,
  Block,
  DecisionStep,
  Due,
  Field,
  Guard,
  Step,
  WaitStep,
} from './model.js';
import type { Path } from './read.js';

/** Where a step stands. */
export interface StepPlace {
  /** The blocks of its sequence up to and with itself. */
  readonly before: readonly Block[];
  readonly inEach: boolean;
}

export function checkStep(scope: CheckScope, step: Step, place: StepPlace): void {
  const path = scope.at(step);
  scope.texts(step.title, path, `the title of ${step.id}`);
  if (step.instructions) scope.texts(step.instructions, path, `the instructions of ${step.id}`);
  checkRoles(scope, step, path);
  if (step.when) checkGuard(scope, step.when, [...path, 'when'], step.id);
  if (step.due) checkDue(scope, step.id, step.due, [...path, 'due']);
  checkForm(scope, step, [...path, 'form']);
  if (step.move) checkMove(scope, step, place, path);
  if (step.kind === 'notice') scope.texts(step.to, path, `the recipient of ${step.id}`);
  if (step.kind === 'approval') checkApproval(scope, step, place, path);
  if (step.kind === 'wait') checkWait(scope, step, path);
  if (step.kind === 'decision') checkDecision(scope, step, place, path);
}

function checkRoles(scope: CheckScope, step: Step, path: Path): void {
  if (step.roles.length === 0) scope.add(path, `${step.id} has no role: say who does it with "role:"`);
  for (const role of step.roles) {
    if (!scope.roles.has(role)) {
      scope.add(path, `${step.id} names the role "${role}", which the playbook does not declare`);
    }
  }
}

/** A move that may be left out would leave its system where it is, and the incident open for ever. */
function checkMove(scope: CheckScope, step: Step, { inEach }: StepPlace, path: Path): void {
  if (!inEach) scope.add(path, `${step.id} moves a system, so it belongs inside "each: system"`);
  if (step.kind !== 'task') scope.add(path, `${step.id} moves a system, so it is a task`);
  if (!step.mandatory || step.when) {
    scope.add(path, `${step.id} moves a system, so it takes neither "optional" nor "when"`);
  }
}

function checkApproval(scope: CheckScope, step: ApprovalStep, place: StepPlace, path: Path): void {
  checkBack(scope, `a refusal of ${step.id}`, step.refused, place, [...path, 'refused']);
  for (const id of step.covers) {
    if (!scope.steps.has(id))
      scope.add([...path, 'covers'], `${step.id} covers "${id}", which is not a step`);
  }
}

function checkWait(scope: CheckScope, step: WaitStep, path: Path): void {
  if (step.forMs === undefined && !step.until) {
    scope.add(path, `${step.id} waits for nothing: give it "for" or "until"`);
  }
  if (step.until) checkGuard(scope, step.until, [...path, 'until'], step.id);
}

function checkDecision(scope: CheckScope, step: DecisionStep, place: StepPlace, path: Path): void {
  scope.duplicates(
    `answer of ${step.id}`,
    step.answers.map((answer) => answer.id),
    path,
  );
  if (step.answers.every((answer) => answer.repeat !== undefined)) {
    scope.add(path, `every answer of ${step.id} goes back: one must go on`);
  }
  step.answers.forEach((answer, i) => checkAnswer(scope, step, answer, place, [...path, 'answers', i]));
}

function checkAnswer(scope: CheckScope, step: Step, answer: Answer, place: StepPlace, path: Path): void {
  const who = `the answer ${answer.id} of ${step.id}`;
  scope.texts(answer.title, path, who);
  if (answer.repeat !== undefined) checkBack(scope, who, answer.repeat, place, path);
  for (const [id, value] of Object.entries(answer.set)) {
    const fact = scope.fact(id, path, `${who} sets`);
    const problem = fact && factProblem(fact, value);
    if (problem) scope.add(path, `${who} sets a value that does not fit: ${problem}`);
  }
}

/** Going back lands on a step, and passes over no `each` block: what was done there would not be done again. */
function checkBack(scope: CheckScope, who: string, target: string, { before }: StepPlace, path: Path): void {
  const at = before.findIndex(
    (block) => block.id === target && block.kind !== 'parallel' && block.kind !== 'each',
  );
  if (at < 0) {
    scope.add(path, `${who} goes back to "${target}", which is not an earlier step of the same sequence`);
    return;
  }
  const each = before.slice(at).find(holdsEach);
  if (each)
    scope.add(path, `${who} goes back over "${each.id}", whose steps per system would not be done again`);
}

function holdsEach(block: Block): boolean {
  if (block.kind === 'parallel') return block.branches.some((branch) => branch.some(holdsEach));
  return block.kind === 'each';
}

function checkDue(scope: CheckScope, id: string, { from, escalate }: Due, path: Path): void {
  const what = `the due time of ${id} counts from`;
  if (typeof from === 'object' && 'step' in from) {
    const anchor = scope.steps.get(from.step);
    if (!anchor) scope.add(path, `${what} "${from.step}", which is not a step`);
    if (anchor?.each !== undefined) {
      scope.add(
        path,
        `${what} "${from.step}", which has one end per system: count from a step of the incident`,
      );
    }
  }
  if (typeof from === 'object' && 'fact' in from) {
    const fact = scope.fact(from.fact, path, what);
    if (fact && fact.type !== 'time')
      scope.add(path, `${what} "${from.fact}", which is not a fact of type time`);
  }
  for (const { to } of escalate) {
    if (!scope.roles.has(to)) {
      scope.add(path, `${id} escalates to the role "${to}", which the playbook does not declare`);
    }
  }
}

function checkForm(scope: CheckScope, step: Step, path: Path): void {
  scope.duplicates(
    `field of ${step.id}`,
    step.form.map((field) => field.id),
    path,
  );
  step.form.forEach((field, i) => checkField(scope, step, field, [...path, i]));
}

function checkField(scope: CheckScope, step: Step, field: Field, path: Path): void {
  const what = `the field ${field.id} of ${step.id}`;
  scope.texts(field.title, path, what);
  scope.options(field.options, path, what);
  if ((field.type === 'choice' || field.type === 'choices') && field.options.length === 0) {
    scope.add(path, `${what} is a choice: give it options`);
  }
  if (step.kind === 'decision' && field.id === 'answer') {
    scope.add(path, `a decision's answer is its own: rename the field "answer" of ${step.id}`);
  }
  if (scope.isInherited(field.id)) scope.add(path, `"${field.id}" has a meaning of its own: rename ${what}`);
  if (field.fact === undefined) return;
  const fact = scope.fact(field.fact, path, `${what} sets`);
  if (!fact) return;
  if (fact.type !== field.type && !(fact.type === 'text' && field.type === 'longtext')) {
    scope.add(path, `${what} is ${field.type}, but the fact ${fact.id} is ${fact.type}`);
    return;
  }
  for (const option of field.options) {
    const problem = factProblem(fact, option.id);
    if (problem) scope.add(path, `${what} offers "${option.id}", but ${problem}`);
  }
}

/** Facts that exist, compared with values that they can have: anything else would never hold, and never say so. */
function checkGuard(scope: CheckScope, guard: Guard, path: Path, id: string): void {
  if ('all' in guard) return guard.all.forEach((part) => checkGuard(scope, part, path, id));
  if ('any' in guard) return guard.any.forEach((part) => checkGuard(scope, part, path, id));
  if ('not' in guard) return checkGuard(scope, guard.not, path, id);
  const fact = scope.fact(guard.fact, path, `a condition of ${id} reads`);
  if (!fact || 'known' in guard) return;
  const what = `a condition of ${id} compares ${fact.id} with`;
  if ('atLeast' in guard) {
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

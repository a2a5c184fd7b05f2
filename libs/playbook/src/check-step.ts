/** What is checked of one step: whom it names, what it reads and sets, and where it goes back to. */
import type { CheckScope, StepPlace } from './check-scope.js';
import { checkBack, checkDecision } from './check-decision.js';
import { checkGuard } from './check-guard.js';
import { factProblem } from './fact-value.js';
import type { ApprovalStep, Due, Failed, Field, Step, WaitStep } from './model.js';
import type { Path } from './issue.js';

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
  if (step.failed) checkFailed(scope, step, step.failed, place, path);
  checkExtras(scope, step, place, path);
}

function checkFailed(scope: CheckScope, step: Step, failed: Failed, place: StepPlace, path: Path): void {
  if (step.kind === 'wait') scope.add(path, `${step.id} is a wait, which does not fail`);
  if (step.kind === 'approval' && step.timeoutMs === undefined) {
    scope.add(path, `${step.id} is an approval, which fails only when its time is up: give it a "timeout"`);
  }
  if (place.graph !== undefined) {
    scope.add(
      path,
      `${step.id} stands in the graph ${place.graph}: say where a failure leads with "after: [{step: ${step.id}, outcome: failed}]"`,
    );
  } else if ('repeat' in failed) {
    checkBack(scope, `a failure of ${step.id}`, failed.repeat, place, [...path, 'failed']);
  }
}

/** Who may leave it out, what proves it, what it discharges. */
function checkExtras(scope: CheckScope, step: Step, { inEach, anytime }: StepPlace, path: Path): void {
  const { skip, evidence, duty } = step;
  for (const role of skip?.roles ?? []) {
    if (!scope.roles.has(role)) {
      scope.add(path, `${step.id} may be skipped by the role "${role}", which the playbook does not declare`);
    }
  }
  if (skip) scope.options(skip.reasons, [...path, 'skip'], `the reasons to skip ${step.id}`);
  if (evidence?.title) scope.texts(evidence.title, path, `the evidence of ${step.id}`);
  if (evidence && (step.kind === 'approval' || step.kind === 'action' || step.kind === 'wait')) {
    scope.add(path, `evidence is asked for on a task, a notice or a decision, and ${step.id} is none`);
  }
  if (evidence && step.kind === 'decision' && step.answers.some(({ when }) => when)) {
    scope.add(path, `${step.id} answers itself, so nobody brings the evidence that it asks for`);
  }
  checkTimeout(scope, step, path);
  if (duty !== undefined) checkDuty(scope, step.id, duty, inEach, path);
  if (step.due?.working && !scope.playbook.workingHours) {
    scope.add([...path, 'due'], `${step.id} counts working time, and the playbook has no "workingHours"`);
  }
  if (anytime) checkAnytime(scope, step, path);
}

function checkTimeout(scope: CheckScope, { id, kind, timeoutMs }: Step, path: Path): void {
  if (timeoutMs === undefined || kind !== 'wait') return;
  scope.add(path, `${id} takes no "timeout": use "for"`);
}

function checkDuty(scope: CheckScope, step: string, duty: string, inEach: boolean, path: Path): void {
  if (!scope.playbook.duties.some(({ id }) => id === duty))
    scope.add(path, `${step} discharges the duty "${duty}", which the playbook does not declare`);
  if (inEach) scope.add(path, `${step} is done per system, and a duty is discharged once`);
}

function checkAnytime(scope: CheckScope, step: Step, path: Path): void {
  const fits = step.kind === 'task' || step.kind === 'notice';
  if (!fits) scope.add(path, `${step.id} is open at any time, so it is a task or a notice`);
  if (step.when || step.failed || step.timeoutMs !== undefined || step.move) {
    scope.add(path, `${step.id} is open at any time, so it takes no "when", "failed", "timeout" or "move"`);
  }
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
  if (step.refused !== undefined) {
    checkBack(scope, `a refusal of ${step.id}`, step.refused, place, [...path, 'refused']);
  } else if (place.graph === undefined) {
    scope.add(
      path,
      `${step.id} does not say where a refusal leads: write "refused: {repeat: an earlier step}"`,
    );
  }
  for (const id of step.covers) {
    if (!scope.steps.has(id))
      scope.add([...path, 'covers'], `${step.id} covers "${id}", which is not a step`);
    if (id === step.id) scope.add([...path, 'covers'], `${step.id} covers itself`);
  }
  for (const id of step.facts) scope.fact(id, [...path, 'facts'], `${step.id} approves`);
  scope.duplicates(`fact approved by ${step.id}`, step.facts, [...path, 'facts']);
  if (step.oneOfEach && new Set(step.roles).size < 2) {
    scope.add(path, `${step.id} asks for one of each role, so it names two different roles or more`);
  }
}

function checkWait(scope: CheckScope, step: WaitStep, path: Path): void {
  if (step.forMs === undefined && !step.until) {
    scope.add(path, `${step.id} waits for nothing: give it "for" or "until"`);
  }
  if (step.until) checkGuard(scope, step.until, [...path, 'until'], step.id);
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

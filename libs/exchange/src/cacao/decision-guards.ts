/** When a decision answers itself: conditions and cases over variables that became facts. */
import type { Json, JsonObject } from '@cordon/kernel';
import type { Guard } from '@cordon/playbook';
import { factValueOf, opposite, readCondition } from './condition.js';
import { nameOf, pointerOf, textOf } from './document.js';
import { isDefault, type FlowNode } from './flow.js';
import type { StepTexts } from './step-text.js';

/** The condition of an if or a while, if a machine can read it. What cannot be read is for a person, and a finding. */
export function guardOf(
  node: FlowNode,
  step: JsonObject,
  { findings, variables }: StepTexts,
): Guard | undefined {
  const condition = textOf(step, 'condition');
  const pointer = pointerOf('workflow', node.step, 'condition');
  if (condition === undefined) {
    findings.add('warning', pointer, `${nameOf(step, node.step)} has no condition: a person decides`);
    return undefined;
  }
  const guard = readCondition(condition, (name) => variables.findFact(node.step, name));
  if (!guard)
    findings.add('note', pointer, 'this condition is for people: a person decides, with it as the question');
  return guard;
}

/** When each way of an if answers itself. */
export function yesOrNo(
  node: FlowNode,
  step: JsonObject,
  texts: StepTexts,
): ReadonlyMap<string, Guard> | undefined {
  const guard = guardOf(node, step, texts);
  if (!guard) return undefined;
  return new Map([
    ['on_true', guard],
    ['on_false', opposite(guard)],
  ]);
}

/** When each case of a switch answers itself. */
export function casesOf(
  node: FlowNode,
  step: JsonObject,
  { findings, variables }: StepTexts,
): ReadonlyMap<string, Guard> | undefined {
  const pointer = pointerOf('workflow', node.step, 'switch');
  const asked = textOf(step, 'switch');
  if (asked === undefined) {
    findings.add(
      'warning',
      pointer,
      `${nameOf(step, node.step)} does not say what it switches on: a person decides`,
    );
    return undefined;
  }
  const variable = variables.findFact(node.step, asked.trim());
  const keys = node.branches.map(({ key }) => key).filter((key) => !isDefault(key));
  const values = variable ? keys.map((key) => factValueOf(variable.type, key.slice('cases/'.length))) : [];
  if (!variable || values.includes(undefined) || new Set(values).size < values.length) {
    findings.add('note', pointer, 'what is switched on is for people: a person decides');
    return undefined;
  }
  const { fact } = variable;
  const guards = new Map(keys.map((key, i): [string, Guard] => [key, { fact, is: values[i] as Json }]));
  const none = values.map((value): Guard => ({ fact, isNot: value as Json }));
  const rest = node.branches.find(({ key }) => isDefault(key));
  if (rest && none.length > 0) guards.set(rest.key, none.length === 1 ? (none[0] as Guard) : { all: none });
  return guards;
}

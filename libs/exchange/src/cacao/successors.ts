/** Where a workflow step leads, as the document writes it, for every step type (specification section 4). */
import type { JsonObject } from '@cordon/kernel';
import { nameOf, objectOf, pointerOf, textOf, type Findings } from './document.js';

export interface Pointer {
  /** Names the way out in findings and answers: `on_true`, `next_steps/0`, `cases/high`. */
  readonly key: string;
  readonly target: string;
}

export interface Successors {
  /** Ways that return to the step: branches of a parallel, if, while or switch. */
  readonly branches: readonly Pointer[];
  /** Where it goes on: on_completion, or on_success. */
  readonly next?: Pointer;
  readonly failure?: Pointer;
}

/** All pointers of a step, branches first. */
export function allPointers({ branches, next, failure }: Successors): readonly Pointer[] {
  return [...branches, ...(next ? [next] : []), ...(failure ? [failure] : [])];
}

/** Reads them; what is odd is a warning, and ways that the step's type does not have are not followed. */
export function readSuccessors(id: string, step: JsonObject, findings: Findings): Successors {
  const one = (key: string): Pointer | undefined => readPointer(id, step, key, findings);
  const type = textOf(step, 'type');
  if (type === 'end') {
    for (const key of ['on_completion', 'on_success', 'on_failure']) {
      if (step[key] !== undefined) {
        findings.add('warning', pointerOf('workflow', id, key), 'an end leads nowhere: this is not followed');
      }
    }
    return { branches: [] };
  }
  const completion = one('on_completion');
  const success = one('on_success');
  if (completion && success) {
    const message = `${nameOf(step, id)} has on_completion and on_success: on_completion is followed`;
    findings.add('warning', pointerOf('workflow', id, 'on_success'), message);
  }
  const next = completion ?? success;
  const failure = one('on_failure');
  const branches = branchesOf(id, step, type, one, findings);
  return { branches, ...(next ? { next } : {}), ...(failure ? { failure } : {}) };
}

function branchesOf(
  id: string,
  step: JsonObject,
  type: string | undefined,
  one: (key: string) => Pointer | undefined,
  findings: Findings,
): readonly Pointer[] {
  const present = (...keys: readonly string[]): Pointer[] => keys.flatMap((key) => one(key) ?? []);
  if (type === 'if-condition') return present('on_true', 'on_false');
  if (type === 'while-condition') return present('on_true');
  if (type === 'parallel') return forks(id, step, findings);
  if (type !== 'switch-condition') return [];
  const cases = objectOf(step, 'cases');
  if (!cases) {
    findings.add('warning', pointerOf('workflow', id, 'cases'), `${nameOf(step, id)} has no cases`);
  }
  const read = Object.keys(cases ?? {}).flatMap(
    (value) => readPointer(id, cases as JsonObject, value, findings, 'cases') ?? [],
  );
  return [...read, ...present('default')];
}

function forks(id: string, step: JsonObject, findings: Findings): readonly Pointer[] {
  const list = Array.isArray(step['next_steps']) ? step['next_steps'] : [];
  const seen = new Set<string>();
  const branches: Pointer[] = [];
  list.forEach((target, i) => {
    const pointer = pointerOf('workflow', id, 'next_steps', i);
    if (typeof target !== 'string') {
      findings.add('error', pointer, `${nameOf(step, id)} has a branch that is no id of a step`);
    } else if (seen.has(target)) {
      findings.add('warning', pointer, `${nameOf(step, id)} names this branch twice: it runs once`);
    } else {
      seen.add(target);
      branches.push({ key: `next_steps/${i}`, target });
    }
  });
  if (branches.length < 2) {
    const message = `${nameOf(step, id)} is parallel and has ${branches.length === 0 ? 'no branch' : 'one branch'}`;
    findings.add('warning', pointerOf('workflow', id, 'next_steps'), message);
  }
  return branches;
}

function readPointer(
  id: string,
  from: JsonObject,
  key: string,
  findings: Findings,
  under?: string,
): Pointer | undefined {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  if (value === undefined || value === null || value === '') return undefined;
  const named = under === undefined ? key : `${under}/${key}`;
  const pointer = pointerOf('workflow', id, ...(under === undefined ? [] : [under]), key);
  // Version 1 of the format wrote lists here.
  const only = Array.isArray(value) && value.length === 1 ? (value as readonly unknown[])[0] : value;
  if (typeof only === 'string') {
    if (only !== value) findings.add('warning', pointer, 'a list of one step is read as that step');
    return { key: named, target: only };
  }
  findings.add('error', pointer, 'this does not name one step: write the id of the step that comes next');
  return undefined;
}
